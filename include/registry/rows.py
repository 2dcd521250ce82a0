"""One line of a register: its cells checked and put into the order of the staging table."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from include.direction_marks import has_direction_marks, without_direction_marks
from include.safe_text import from_text_cell
from include.subject_kinds import subject_kinds

COLUMNS = (
    "code", "name", "street_code", "street", "unit_type", "households",
    "secretary_email", "officer_email", "liaison_email",
)  # fmt: skip
SUBJECT_COLUMNS = (*COLUMNS, "kind")
PROVISIONAL = "99"
COUNTY_DIGITS = 6  # of a street's code: those of its county
_EMAILS = {"secretary_email": "书记邮箱", "officer_email": "组织委员邮箱", "liaison_email": "包社区服务组组长邮箱"}
_EMAIL = re.compile(r"[^\s@,;<>\"()]+@[^\s@,;<>\"()]+")
_CODE = re.compile(r"[0-9]{12}")
_OWN_KINDS_CODE = re.compile(r"[0-9A-Za-z-]{1,32}")
_STREET_CODE = re.compile(r"[0-9]{1,12}")
_POINT_ZERO = re.compile(r"(?<=\d)\.0+\Z")
_WHOLE = re.compile(r"[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def read_row(number: int, texts: list[str], street_names: dict[str, str], problems: list[str]) -> list[object]:
    """The staging row of line `number`: its cells in the order of COLUMNS, then whether the code is our own, and the kind.

    `texts` are the cells of SUBJECT_COLUMNS. What is wrong with the line is added to `problems`, in Chinese. A subject
    without a code gets one beginning with 99, derived from its street and name; one without a street code takes the first
    nine digits of a code of the statistics bureau's.
    """
    where = f"第{number}行"
    line = "".join(texts)
    if _CONTROL.search(line):
        problems.append(f"{where}：含有换行或控制字符，请删去后重新导入。")
    if has_direction_marks(line):
        texts = [without_direction_marks(text) for text in texts]
    code, name, street_code, street, unit_type, households, *emails, kind = texts
    name, street, unit_type = from_text_cell(name), from_text_cell(street), from_text_cell(unit_type)
    kinds = subject_kinds()
    if kind and kind not in kinds.kinds:
        problems.append(
            f"{where}：对象类型“{kind}”不认识；可用：{'、'.join(kinds.kinds)}；留空则按单位类型和名称判定。"
        )
    kind = kind or kinds.kind_of(unit_type, name)
    is_national = kinds.of(kind).code == "national"
    code, street_code = _plain(code) if is_national else code, _plain(street_code)
    if not name:
        problems.append(f"{where}：缺少单位名称（name）。")
    if code and is_national and not _CODE.fullmatch(code):
        problems.append(f"{where}：编码“{code}”应为 12 位数字；没有编码的单位请留空。")
    if code and not is_national and not _OWN_KINDS_CODE.fullmatch(code):
        problems.append(f"{where}：编码“{code[:40]}”应为 1 至 32 位数字、字母或“-”；没有编码的请留空。")
    if street_code and not _STREET_CODE.fullmatch(street_code):
        problems.append(f"{where}：街道编码“{street_code}”应为数字（一般为 9 位）。")
    street_code = street_code or (code[:9] if code and is_national else own_code(7, street))
    street = street or street_names.get(street_code, "")
    code = code or own_code(10, street_code, street, name)
    households = _plain(households)
    if households and not _WHOLE.fullmatch(households):
        problems.append(f"{where}：户数“{households}”应为整数，不带单位；不清楚的请留空。")
    for column, text in zip(_EMAILS, emails, strict=True):
        if text and not _EMAIL.fullmatch(text):
            problems.append(f"{where}：{_EMAILS[column]}“{text[:60]}”不是有效的邮箱地址；没有邮箱的请留空。")
    return [
        code, name, street_code, street, unit_type or (kinds.by_ending(name) if kind in kinds.default else ""),
        int(households) if _WHOLE.fullmatch(households) else None, *emails, code.startswith(PROVISIONAL), kind,
    ]  # fmt: skip


def own_code(digits: int, *parts: str) -> str:
    """A code of the project's own: 99 and `digits` digits that follow from the parts, the same every time."""
    digest = int(hashlib.sha256("\n".join(parts).encode()).hexdigest(), 16)
    return f"{PROVISIONAL}{digest % 10**digits:0{digits}d}"


def _plain(text: str) -> str:
    """Full-width digits as plain ones, without spaces and the .0 of a sheet that took them for numbers: ` １２.0 ` is 12."""
    plain = text if text.isascii() and " " not in text else unicodedata.normalize("NFKC", text).replace(" ", "")
    return _POINT_ZERO.sub("", plain) if "." in plain else plain
