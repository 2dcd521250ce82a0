"""One cell's text becomes a value, or a Chinese sentence on why it does not."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import Any

from include.direction_marks import DIRECTION_MARKS
from include.schemes.fields import FormField
from include.workbooks.marks import NO_MARKS, PERCENT, PICTURE, RAISED, STRUCK, Marks, is_picture
from include.workbooks.texts import texts

LARGEST = Decimal(10) ** 9
MAX_TEXT_LENGTH = 500
_LONGEST_NOTHING = 12
_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_WITH_WORDS = re.compile(r"[+-]?[\d,]+(\.\d+)?\s*\D{1,8}", re.ASCII)
_ERRORS = {"#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
# What binary arithmetic may leave of a sum or difference: a part of the number, and never as much as a clerk could mean.
_RESIDUE, _LARGEST_RESIDUE = Decimal("1e-9"), Decimal("0.0005")
_DECIMALS = {"count": 0, "yuan": 2}
_BEFORE_A_FORMULA = tuple("=＝'\"’‘")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def type_value(cell: FormField, raw: Any, marks: Marks = NO_MARKS) -> tuple[str | None, str | None, str]:
    """(canonical value, problem, text as it stood) of what a cell holds.

    Empty: (None, None, ""): missing, which is for the checks to judge. Unreadable: value None and a problem.
    A word for nothing (无, /, —) where the cell may stay empty: (None, None, the word).
    `raw` is what a reader of workbooks or CSV gives: str, int, float, bool, date, time … or None; `marks` is how the
    cell is shown.
    """
    exact = _without_residue(cell, raw)
    text = text_of(exact)
    if marks or text[:1] in _BEFORE_A_FORMULA:
        seen = seen_otherwise(cell.type, raw, text, marks, _kind(cell))
        if seen is not None:
            return None, *seen
    if not text:
        return None, None, ""
    if text in _ERRORS:
        return None, f"单元格是错误值 {text}，请改填{_kind(cell)}", text
    if cell.may_be_empty and cell.type in ("text", "choice") and is_nothing(text) and text not in cell.choices:
        return None, None, text
    value, problem = _READERS[cell.type](cell, exact, half_width(visible(text)).strip())
    return value, problem, text


def is_nothing(text: str) -> bool:
    """Whether a text says that there is nothing to say: 无, 没有, 暂无。, /, —, 0. The words are in texts.yaml."""
    if len(text) > _LONGEST_NOTHING:
        return False
    kept = bare(text)
    return not kept or kept in texts()["nothing"]


def bare(text: str) -> str:
    """The letters and digits of a text, in half width and lower case: whatever punctuation stands around a word."""
    return "".join(c for c in half_width(visible(text)) if unicodedata.category(c)[0] not in "PSZC").lower()


def seen_otherwise(kind: str, raw: Any, text: str, marks: Marks, wanted: str = "") -> tuple[str, str] | None:
    """(problem, text as it is seen) where a person sees another content than the cell holds.

    `kind` is the type of a field, `wanted` what it asks for. A text may have superscripts, a figure may not: 10² is no 102.
    """
    found, why = text, ""
    if PICTURE in marks or is_picture(text):
        found, why = text or texts()["seen"]["found"], "picture"
    elif text and (STRUCK in marks or (RAISED in marks and kind != "text")):
        why = "struck"
    elif PERCENT in marks and isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        found, why = canonical(Decimal(_plain_number(raw)) * 100) + "%", "percent"
    return (_said(why, kind, found, wanted), found) if why else None


def _said(why: str, kind: str, found: str, wanted: str) -> str:
    sentences: dict[str, str] = texts()["seen"][why]
    return sentences.get(kind, sentences["other"]).format(found=found, wanted=wanted)


def _without_residue(cell: FormField, raw: Any) -> Any:
    """A number that is all but a whole count, or all but a whole number of fen, as that number.

    300 times 1.1 added up is 330.00000000000057 in the file and 330 to everybody who looks at it.
    """
    places = _DECIMALS.get(cell.type)
    if places is None or not isinstance(raw, float) or raw.is_integer() or not math.isfinite(raw):
        return raw
    number = Decimal(raw)
    if abs(number) > LARGEST:
        return raw
    near = round(number, places)
    return float(near) if abs(number - near) <= min(_RESIDUE * max(Decimal(1), abs(number)), _LARGEST_RESIDUE) else raw


def text_of(raw: Any) -> str:
    """The text of a cell as people see it: 12 for 12.0, dates in ISO form, control characters removed, NFC."""
    if isinstance(raw, str):
        return _clean(raw)
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, int | float):
        return _plain_number(raw)
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        raw = raw.date()
    return str(raw) if isinstance(raw, dt.date | dt.time | dt.timedelta) else _clean(str(raw))


def _clean(text: str) -> str:
    if not text.isprintable():
        text = "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or _is_kept(c))
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _is_kept(character: str) -> bool:
    """Control characters, invisible fillers and marks of direction go; emoji and their joiners stay."""
    return (
        unicodedata.category(character) not in ("Cc", "Cs")
        and character not in "\ufeff\u200b"
        and character not in DIRECTION_MARKS
    )


def visible(text: str) -> str:
    """The text without characters that show nothing: marks of direction, joiners, fillers."""
    return text if text.isprintable() else "".join(c for c in text if unicodedata.category(c) != "Cf")


def half_width(text: str) -> str:
    """Full-width letters, digits, signs and blanks as their ASCII counterparts; nothing else is changed."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def canonical(number: Decimal) -> str:
    """Plain digits, no exponent, no trailing zeros, no negative zero."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain_number(number: float) -> str:
    """At the 15 digits that a spreadsheet keeps: 0.1 + 0.2 is 0.3."""
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)
    return canonical(Decimal(number if isinstance(number, int) else f"{number:.15g}"))


def _kind(cell: FormField) -> str:
    return {
        "count": "整数（没有发生的填 0）",
        "yuan": "金额（以元为单位，最多两位小数）",
        "decimal": "数字",
        "yes_no": "“是”或“否”",
        "choice": "下列之一：" + "、".join(cell.options),
        "date": "日期，如 2026-07-20",
        "month": "年月，如 1980-05",
        "text": "文字",
    }[cell.type]


def _read_number(cell: FormField, raw: Any, text: str) -> tuple[str | None, str | None]:
    expected = _kind(cell)
    if isinstance(raw, bool):
        return None, f"填的是逻辑值 {text}，应填{expected}"
    if isinstance(raw, dt.date | dt.time | dt.timedelta) or _DATE.fullmatch(text):
        return None, f"填的是日期或时间“{text}”，应填{expected}"
    if _EXPONENT.fullmatch(text):
        return None, f"“{text}”是科学计数法，请写成普通数字"
    if not _PLAIN.fullmatch(text):
        if text.endswith("%") and _PLAIN.fullmatch(text[:-1].rstrip()):
            return None, _said("percent", cell.type, text, expected)
        if _WITH_WORDS.fullmatch(text):
            return None, f"只填数字，不带单位和其他文字；应填{expected}"
        return None, f"不是数字，应填{expected}"
    number = Decimal(text.replace(",", ""))
    problem = _out_of_bounds(cell, number)
    return (None, problem) if problem else (canonical(number), None)


def _out_of_bounds(cell: FormField, number: Decimal) -> str | None:
    """What no figure of its type may be; the scheme's own ranges are for the checks."""
    if abs(number) > LARGEST:
        return "数值过大（超过 10 亿），请核对"
    if cell.type == "decimal":
        return None
    if number < 0:
        return f"不能是负数，应填{_kind(cell)}"
    if cell.type == "count" and number != number.to_integral_value():
        return f"不能有小数，应填{_kind(cell)}"
    if cell.type == "yuan" and number != round(number, 2):
        return "金额最多两位小数"
    return None


def _read_choice(cell: FormField, raw: Any, text: str) -> tuple[str | None, str | None]:
    if isinstance(raw, bool):
        return None, f"填的是逻辑值 {text}，应填{_kind(cell)}"
    chosen = "".join(text.split())
    for option in cell.choices:
        if "".join(half_width(option).split()) == chosen:
            return option, None
    return None, f"不在可选范围内，应填{_kind(cell)}"


def _read_text(cell: FormField, raw: Any, text: str) -> tuple[str | None, str | None]:
    kept = text_of(raw)
    if len(kept) > MAX_TEXT_LENGTH:
        return None, f"有 {len(kept)} 个字，最多 {MAX_TEXT_LENGTH} 个字，请改短"
    if cell.pattern and not re.fullmatch(cell.pattern, text):
        return None, f"写法不对，应填{cell.help or _kind(cell)}"
    return (text if cell.pattern else kept), None


def day_in(text: str) -> dt.date | None:
    """The day that a text names (2026-07-10, 2026年7月10日); None where it is none, or there is no such day."""
    match = _DATE.fullmatch(text.strip())
    try:
        return dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _read_date(cell: FormField, raw: Any, text: str) -> tuple[str | None, str | None]:
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat(), None
    if isinstance(raw, dt.date):
        return raw.isoformat(), None
    match = _DATE.fullmatch(text)
    try:
        return dt.date(*(int(part) for part in match.groups())).isoformat() if match else None, (
            None if match else f"不是日期，应填{_kind(cell)}"
        )
    except ValueError:
        return None, "没有这一天，请核对日期"


def _read_month(cell: FormField, raw: Any, text: str) -> tuple[str | None, str | None]:
    if (day := raw if isinstance(raw, dt.date) else day_in(text)) is not None:
        return f"{day:%Y-%m}", None
    if (match := _MONTH.fullmatch(text)) is None:
        return None, f"不是年月，应填{_kind(cell)}"
    year, month = int(match[1]), int(match[2])
    return (f"{year}-{month:02}", None) if 1 <= month <= 12 else (None, "没有这个月，请核对")


_READERS = {
    "count": _read_number,
    "yuan": _read_number,
    "decimal": _read_number,
    "yes_no": _read_choice,
    "choice": _read_choice,
    "text": _read_text,
    "date": _read_date,
    "month": _read_month,
}
