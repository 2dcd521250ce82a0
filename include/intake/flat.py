"""The flat layout that every form has as CSV: 编码,填报项,填报值, one line a figure."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass

from include.intake.preambles import FORM_LABELS, PERIOD_LABELS
from include.intake.read_form import ReadCell, ReadForm
from include.items.workbooks import layouts
from include.period import Period
from include.workbooks.limits import MAX_COLUMNS, MAX_LINE_LENGTH, MAX_ROWS, Refusal, text_encodings, too_large
from include.workbooks.texts import texts
from include.workbooks.values import half_width, type_value
from include.workbooks.vocabulary import Vocabulary, candidates, code_in, normalised, period_in, shown

_CODE, _LABEL, _VALUE, _NAME = ("编码", "单位编码"), ("填报项",), ("填报值",), ("名称", "单位名称", "填报单位")
_NUMBERED = re.compile(r"(.+?)[(第]*(\d{1,2})[)项]*")
_END_OF_DOS_FILE = re.compile(r"\x1a[\x1a\s]*\Z")
_HEADER = "编码,填报项,填报值"
_DELIMITERS = ",\t;，"
_ROWS_TO_HEADER = 10
_COLUMNS_OF_A_SHEET = 4  # so many delimiters in one line are a line of a table, not of a text
_END = "\x1f end \x1f"  # a line behind the last one: it is missing from the rows where a quote was never closed


@dataclass(frozen=True)
class _Line:
    number: int  # as a person counts lines, the header being 1
    code: str
    label: str
    value: str
    unit_name: str
    surplus: list[str]  # what is filled in beyond the header's last column


def read_flat(rows: list[list[str]], name: str, default_period: Period | None) -> ReadForm:
    """The form in the rows of a CSV in the flat layout. Raises Refusal."""
    lines = _lines(rows, name)
    head = _preamble(rows) + [line for line in lines if _is_about_the_form(line)]
    _refuse_surplus(head, name)
    refused = _wrong_codes(head + lines, name, is_own=False)
    code = _only_code(head + lines, name, is_own=bool(refused))
    period = _period(head, name) or default_period
    if period is None:
        raise Refusal(
            f"文件“{shown(name)}”没有写明填报期间。请加一行，填报项为“期间”，填报值如 2026H1 或 2026年上半年。"
        )
    figures = [line for line in lines if not _is_about_the_form(line)]
    words = _best_match(figures, period, _form_named(head))
    if words is None:
        raise Refusal(
            f"文件“{shown(name)}”中没有一个填报项与{period.name}的表单相符。"
            f"请按“{_HEADER}”的格式填写，填报项的名称与填报表一致。"
        )
    if refused and not words.scheme.has_own_codes(words.form):
        raise refused
    found, notes = _gather(figures, words, name)
    cells = {cell.key: _cell(cell.key, found.get(cell.key, []), words) for cell in words.scheme.cells_of(words.form)}
    unit_name = next((shown(line.unit_name) for line in lines if line.unit_name), "")
    scheme = words.scheme
    return ReadForm(scheme.scheme, words.form, str(scheme.period), code, unit_name, scheme.version, cells, notes)


def decode(content: bytes, name: str) -> str:
    """The text of a CSV, without the mark that DOS put at the end of a file. Raises Refusal for what is no text."""
    for encoding in text_encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return _END_OF_DOS_FILE.sub("", text)
    raise Refusal(
        f"文件“{shown(name)}”不是电子表格，或文字编码无法识别。CSV 请存为 UTF-8 或 GB18030（GBK）编码后再发。"
    )


def csv_rows(content: bytes, name: str) -> list[list[str]]:
    """The rows of a CSV, in UTF-8, UTF-16, or GB18030. Raises Refusal, for an unclosed quote with its line."""
    text = decode(content, name)
    count = text.count("\n") + text.count("\r") - text.count("\r\n")
    if count > MAX_ROWS:
        raise too_large(name, f"有 {count} 行")
    if max(map(len, text.splitlines()), default=0) > MAX_LINE_LENGTH:
        raise too_large(name, "有过长的行")
    delimiter = _delimiter(text)
    rows, starts = [], [1]
    reader = csv.reader(
        io.StringIO(text + ("" if text.endswith(("\n", "\r")) else "\n") + _END, newline=""), delimiter=delimiter
    )
    try:
        for row in reader:
            rows.append(row)
            starts.append(reader.line_num + 1)
    except csv.Error as error:
        raise Refusal(f"文件“{shown(name)}”的 CSV 格式有误，无法读取。请用 Excel 或 WPS 打开后重新保存。") from error
    unclosed = next((number for number, row in enumerate(rows) if _swallowed(row, delimiter)), None)
    if unclosed is not None:
        raise Refusal(
            f'文件“{shown(name)}”第{starts[unclosed]}行有一个英文引号（"）没有配对，后面的行都被当成了这一格的内容，没有读取。'
            "请删去这个引号，或在文字后面补上另一半，再发。"
        )
    rows.pop()
    if max(map(len, rows), default=0) > MAX_COLUMNS:
        raise too_large(name, f"有 {max(map(len, rows))} 列")
    return rows


def _delimiter(text: str) -> str:
    """What parts the columns: what makes the header of the flat layout, else what is most frequent; a title decides nothing."""
    first = [line for line in itertools.islice(text.splitlines(), 3 * _ROWS_TO_HEADER) if line.strip()]
    for delimiter in _DELIMITERS:
        if _header([line.replace('"', "").split(delimiter) for line in first]) is not None:
            return delimiter
    return max(_DELIMITERS, key="\n".join(first).count)


def _swallowed(row: list[str], delimiter: str) -> bool:
    """Whether a cell of the row holds further lines of the file, or its end, because a quote was not closed."""
    further = [line for cell in row if "\n" in cell or "\r" in cell for line in cell.splitlines()[1:]]
    return any(
        line == _END or line.count(delimiter) >= _COLUMNS_OF_A_SHEET or code_in(line.partition(delimiter)[0])
        for line in further
    )


def is_flat(rows: list[list[str]]) -> bool:
    """Whether the header of the flat layout stands in the first rows."""
    return _header(rows) is not None


def refuse_sheet_alone(rows: list[list[str]], name: str) -> None:
    """Raise Refusal where a CSV is one sheet of a workbook that is read as a whole only: 退回说明, 现场核查表, 整改反馈表 …"""
    sheets = texts()["sheets"]
    wanted = {
        sheets["returned"]: texts()["returned"]["columns"].values(),
        sheets["inspection"]: texts()["inspection"]["columns"].values(),
        **{layout.title: [column.title for column in layout.columns] for layout in layouts().values()},
    }
    for row in rows[:_ROWS_TO_HEADER]:
        cells = {normalised(cell) for cell in row}
        sheet = next((sheet for sheet, titles in wanted.items() if cells.issuperset(map(normalised, titles))), None)
        if sheet is not None:
            sentence = texts()["alone"]["list" if sheet == sheets["returned"] else "sheet"]
            raise Refusal(sentence.format(name=shown(name), sheet=sheet))


def no_flat_header(name: str) -> Refusal:
    """For a CSV that is neither in the flat layout nor a sheet of ours."""
    return Refusal(f"文件“{shown(name)}”不是本系统的表单。CSV 的第一行应为：{_HEADER}。")


def _header(rows: list[list[str]]) -> tuple[int, list[int], int] | None:
    """(row, columns of code, label and value, column of the unit's name or -1)."""
    for start, row in enumerate(rows[:_ROWS_TO_HEADER]):
        titles = [normalised(cell) for cell in row]
        places = [next((titles.index(t) for t in wanted if t in titles), -1) for wanted in (_CODE, _LABEL, _VALUE)]
        if -1 not in places:
            return start, places, next((titles.index(title) for title in _NAME if title in titles), -1)
    return None


def _lines(rows: list[list[str]], name: str) -> list[_Line]:
    header = _header(rows)
    if header is None:
        raise no_flat_header(name)
    start, places, named = header
    width = filled_columns(rows[start])
    lines = []
    for number, cells in enumerate(rows[start + 1 :], start=start + 2):
        code, label, value = (cells[place].strip() if place < len(cells) else "" for place in places)
        if code or label or value:
            unit_name = cells[named].strip() if 0 <= named < len(cells) else ""
            surplus = [cell.strip() for cell in cells[width:] if cell.strip()]
            lines.append(_Line(number, code, label, value, unit_name, surplus))
    if not lines:
        raise Refusal(f"文件“{shown(name)}”只有表头，没有填报内容。请填写后再发。")
    return lines


def _preamble(rows: list[list[str]]) -> list[_Line]:
    """What stands above the header (表, 期间, 编码, one a line), as lines of its own."""
    start = (_header(rows) or (0,))[0]
    lines = []
    for number, row in enumerate(rows[:start], start=1):
        label, value = (cell.strip() for cell in (*row, "", "")[:2])
        if normalised(label) in _CODE:
            lines.append(_Line(number, value, label, "", "", []))
        elif normalised(label) in PERIOD_LABELS | FORM_LABELS:
            lines.append(_Line(number, "", label, value, "", []))
    return lines


def filled_columns(row: list[str]) -> int:
    """How many columns a header has: up to its last title."""
    return next((place for place in range(len(row), 0, -1) if row[place - 1].strip()), 0)


def surplus_sentence(number: int, surplus: list[str]) -> str:
    """What is said of a line that has more columns than the header, so that its figures may stand in the wrong ones."""
    found = "、".join(shown(text) for text in surplus[:3]) + ("等" if len(surplus) > 3 else "")
    return f"第{number}行比表头多出 {len(surplus)} 列（{found}），数字里有逗号的请去掉逗号，文字里有逗号的请加英文引号"


def refuse_surplus_columns(rows: list[list[str]], first_title: str, name: str) -> None:
    """Raise Refusal where a sheet saved as CSV has filled cells beyond its header, whose first title is given."""
    width, problems = 0, []
    for number, row in enumerate(rows, start=1):
        if first_title in map(normalised, row[:2]):
            width = filled_columns(row)
        elif width and (surplus := [cell.strip() for cell in row[width:] if cell.strip()]):
            problems.append(f"文件“{shown(name)}”{surplus_sentence(number, surplus)}后再发。")
    if problems:
        raise Refusal(*problems)


def _is_about_the_form(line: _Line) -> bool:
    return normalised(line.label) in PERIOD_LABELS | FORM_LABELS


def _refuse_surplus(lines: list[_Line], name: str) -> None:
    wrong = [surplus_sentence(line.number, line.surplus) for line in lines if line.surplus]
    if wrong:
        raise Refusal(*(f"文件“{shown(name)}”{sentence}后再发。" for sentence in wrong))


def _wrong_codes(lines: list[_Line], name: str, *, is_own: bool) -> Refusal | None:
    """What is said where the codes are no twelve digits; where `is_own`, no codes of any subject."""
    wrong = [shown(line.code) for line in lines if line.code and code_in(line.code, is_own=is_own) is None]
    if not wrong:
        return None
    listed = "、".join(list(dict.fromkeys(map(half_width, wrong)))[:5])
    return Refusal(f"文件“{shown(name)}”的单位编码“{listed}”不是 12 位数字。编码列请设为文本格式，避免变成科学计数法。")


def _only_code(lines: list[_Line], name: str, *, is_own: bool) -> str:
    if refused := _wrong_codes(lines, name, is_own=is_own):
        raise refused
    distinct = sorted({code for line in lines if (code := code_in(line.code, is_own=is_own))})
    if not distinct:
        raise Refusal(f"文件“{shown(name)}”没有填写单位编码（12 位数字）。")
    if len(distinct) > 1:
        listed = "、".join(distinct[:5]) + ("等" if len(distinct) > 5 else "")
        raise Refusal(f"文件“{shown(name)}”含有 {len(distinct)} 个单位的数据（{listed}）。请每个单位发一个文件。")
    return distinct[0]


def _period(lines: list[_Line], name: str) -> Period | None:
    given = {line.value: line for line in lines if normalised(line.label) in PERIOD_LABELS and line.value}
    periods = {text: period_in(text) for text in given}
    for text, period in periods.items():
        if period is None:
            raise Refusal(
                f"文件“{shown(name)}”第{given[text].number}行的期间“{shown(text)}”无法识别，请写成 2026H1 或 2026年上半年。"
            )
    if len(set(periods.values())) > 1:
        raise Refusal(f"文件“{shown(name)}”写了不同的期间（{'、'.join(map(shown, given))}）。请只保留一个。")
    return next(iter(periods.values()), None)


def _form_named(lines: list[_Line]) -> str:
    return next((line.value for line in lines if normalised(line.label) in FORM_LABELS), "")


def _best_match(lines: list[_Line], period: Period, form_named: str) -> Vocabulary | None:
    """The form that is named, where it knows a label; else the one that knows most, among equals the first of the scheme."""
    labels = {normalised(line.label) for line in lines}
    best, most = None, (False, 0)
    for words in candidates(period):
        known = len(labels & (words.keys.keys() | words.repeated.keys() | words.fields))
        form = next(form for form in words.scheme.forms if form.key == words.form)
        names = (form.key, form.name, words.scheme.scheme, words.scheme.name)
        rating = (bool(form_named) and form_named in names, known)
        if known and rating > most:
            best, most = words, rating
    return best


def _gather(lines: list[_Line], words: Vocabulary, name: str) -> tuple[dict[str, list[_Line]], list[str]]:
    """Lines by key of their cell. The n-th 事项 is that of the n-th row, unless it is numbered (事项2).

    Raises Refusal for a line of no known label that has more columns than the header: its label may be any of them.
    """
    found: dict[str, list[_Line]] = defaultdict(list)
    unknown: list[_Line] = []
    notes: list[str] = []
    count: dict[str, int] = defaultdict(int)
    for line in lines:
        label = normalised(line.label)
        if label in words.keys or label in words.fields:
            found[words.keys.get(label, label)].append(line)
            continue
        row, match = 0, _NUMBERED.fullmatch(label)
        if label in words.repeated:
            count[label] += 1
            row = count[label]
        elif match and match[1] in words.repeated:
            label, row = match[1], int(match[2])
        group, field = words.repeated.get(label, ("", ""))
        key = f"{group}_{row}_{field}"
        if key in words.scheme.cell:
            found[key].append(line)
        elif row:
            rows = max(cell.row for cell in words.scheme.group(group))
            notes.append(f"第{line.number}行：“{shown(line.label)}”最多 {rows} 项，多出的没有读取。")
        else:
            unknown.append(line)
            notes.append(f"第{line.number}行：没有名为“{shown(line.label)}”的填报项，没有读取。")
    _refuse_surplus(unknown, name)
    return found, notes


def _cell(key: str, lines: list[_Line], words: Vocabulary) -> ReadCell:
    if not lines:
        return ReadCell("", None)
    cell = words.scheme.cell[key]
    read = []
    for line in lines:
        value, problem, text = type_value(cell, line.value)
        if line.surplus:
            value, problem = None, surplus_sentence(line.number, line.surplus)
            text = ",".join([text, *map(shown, line.surplus)])
        read.append(ReadCell(text, value, problem, f"第{line.number}行"))
    filled = [one for one in read if one.is_filled]
    if len({one.text if one.value is None else one.value for one in filled}) > 1:
        places = "、".join(one.source_cell for one in filled)
        found = "、".join(one.text for one in filled)
        return ReadCell(found, None, f"同一填报项出现多次且内容不一致（{places}），请只保留一行", filled[0].source_cell)
    return (filled or read)[0]
