"""整改核验表 typed as a CSV: 编码,指标,结论,日期, one line an item that somebody looked at on that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from include.intake.flat import csv_rows
from include.intake.preambles import CODE_LABELS
from include.items.workbooks import Entry, Kind, Named, Sheet, read_workbook
from include.workbooks.limits import Refusal, admit
from include.workbooks.values import day_in, text_of
from include.workbooks.vocabulary import normalised, shown

_KIND: Kind = "verification"
_ROWS_TO_HEADER = 12
_STREET_DIGITS = 9
_COLUMNS = {
    "code": (*sorted(CODE_LABELS), "社区编码"),
    "indicator": ("指标", "指标编码"),
    "verdict": ("结论", "核验结论"),
    "on": ("日期", "核验日期"),
    "system": ("制度",),
    "remark": ("核验意见",),
    "inspector": ("核验人",),
}
_NEEDED = ("code", "indicator", "verdict", "on")
Rows = Sequence[Sequence[str]]


def read_sheet(content: bytes, name: str) -> Sheet | None:
    """A workbook of rectification, or such a CSV; None for any other file. Raises Refusal where it cannot be opened, and for a
    line of which the day or the item is missing, all at once."""
    if admit(content, name).kind != "csv":
        return read_workbook(content, name)
    rows = csv_rows(content, name)
    return _read(rows, name) if is_of_verdicts(rows) else None


def is_of_verdicts(rows: Rows) -> bool:
    """Whether the header of such a table stands in the first rows."""
    return _header(rows) is not None


def days_of(sheet: Sheet) -> list[dt.date]:
    """The days that the lines of a sheet name."""
    return [entry.named.on for entry in sheet.entries if entry.named is not None]


def _read(rows: Rows, name: str) -> Sheet:
    header = _header(rows)
    assert header is not None
    start, places = header
    said = (row for row in rows[:start] if row and normalised(row[0]) in CODE_LABELS)
    filler = next((text_of(cell) for row in said for cell in row[1:] if cell.strip()), "")
    entries, problems = [], []
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        texts = {key: row[place].strip() if place < len(row) else "" for key, place in places.items()}
        if not any(texts.values()):
            continue
        day, codes = day_in(texts["on"]), texts["indicator"].split()
        where = f"文件“{shown(name)}”第{number}行"
        if not texts["code"] or not codes:
            problems.append(f"{where}：没有写明单位编码或指标，请照整改清单补上。")
        if day is None:
            problems.append(f"{where}：日期“{shown(texts['on'])}”不是日期，请填如 2026-07-10。")
        if texts["code"] and codes and day is not None:
            named = Named(texts["code"], codes[0], texts.get("system", ""), day)
            fill = {key: texts.get(key, "") for key in ("verdict", "remark", "inspector")}
            entries.append(Entry("", fill, f"第{number}行", named=named))
    streets = {entry.named.unit_code[:_STREET_DIGITS] for entry in entries if entry.named is not None}
    if not filler and len(streets) != 1:
        problems.append(f"文件“{shown(name)}”没有写明是哪个街道的。请在表的上方写一行“编码,<街道的 9 位编码>”。")
    if problems:
        raise Refusal(*problems)
    return Sheet(_KIND, filler or streets.pop(), entries)


def _header(rows: Rows) -> tuple[int, dict[str, int]] | None:
    """The row above the lines, and the column of each part."""
    for start, row in enumerate(rows[:_ROWS_TO_HEADER]):
        titles = [normalised(cell) for cell in row]
        found = {
            key: next((titles.index(title) for title in wanted if title in titles), -1)
            for key, wanted in _COLUMNS.items()
        }
        if all(found[key] >= 0 for key in _NEEDED):
            return start, {key: place for key, place in found.items() if place >= 0}
    return None
