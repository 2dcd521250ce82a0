"""The workbooks that go out for rectification and come back filled in: 整改反馈表 and 整改核验表.

Every row carries its item's id in a hidden column and every column its key in a hidden row, so that a sheet still
reads after people have sorted it or put rows and columns in between. Bytes depend on the arguments alone.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import xlsxwriter
from pydantic import Field

from include.beforehand import beforehand
from include.data_files import Part, read_yaml
from include.db import sql
from include.direction_marks import without_direction_marks
from include.workbooks.codes import CODE, MADE_ON, RECIPIENT, code_for, of_answer, of_verification
from include.workbooks.grids import Grid, read_grids
from include.workbooks.limits import admit
from include.workbooks.printed import Printed
from include.workbooks.styles import STYLES, lines_of
from include.workbooks.texts import COLUMN_MARK, KEY_MARK, METADATA_MARK
from include.workbooks.values import is_nothing, seen_otherwise

Kind = Literal["rectification", "verification"]
_ITEM = re.compile(r"#([0-9a-f]{64})")
_A4 = 9
_MAX_LENGTH = 500
_MAY_BE_EMPTY = {"remark"}  # 无 there says what an empty cell says; of a 退回 it is no reason


class Column(Part):
    key: str
    title: str
    width: int
    fill: bool = False
    type: Literal["text", "choice", "date"] = "text"
    choices: list[str] = Field(default_factory=list)


class Layout(Part):
    title: str
    note: str
    typed_over: str  # of a printed cell in which something was typed
    typed_over_more: str
    columns: list[Column]


class Named(NamedTuple):
    """An item as people name it, where its row does not carry its id: `system` may be empty. `on`: the day that the row is of."""

    unit_code: str
    indicator: str
    system: str
    on: dt.date


@dataclass(frozen=True)
class Entry:
    """A filled-in row: its item, the texts by column key, and where it stands (整改反馈表!第5行).

    `is_plan`: no answer but what is to be done, in the text `plan`; only mails bring such. `named`: the item of a row that was typed.
    """

    item_id: str
    texts: dict[str, str]
    place: str
    is_plan: bool = False
    problems: list[str] = field(default_factory=list)  # sentences on cells that show something else than they hold
    named: Named | None = None


@dataclass(frozen=True)
class Sheet:
    """A workbook of ours, read. `code` is the unit's, or the street's for 整改核验表; rows left empty are left out.

    `files` (name, sha256, bytes) came with the mail that stands for it. `marks` are the pairs of its hidden sheet. `printed`: what
    stands in its printed columns; `notes`: sentences on what was typed there.
    """

    kind: Kind
    code: str
    entries: list[Entry]
    files: list[sql.Row] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    printed: list[Printed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@functools.cache
def layouts() -> dict[str, Layout]:
    tree = read_yaml(Path(__file__).parent / "workbooks.yaml")
    return {kind: Layout.model_validate(layout) for kind, layout in tree.items()}


@beforehand(meanwhile=b"")
def write_workbook(
    kind: Kind, code: str, name: str, items: Sequence[Mapping[str, str]], made_on: dt.date, recipient: str = ""
) -> bytes:
    """The .xlsx for a unit or street: one row an item, `id` and the printed columns from `items`.

    整改核验表 is written for a `recipient`, to carry the code by which it is known when it comes back.
    """
    layout, buffer = layouts()[kind], io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, plain)
    common = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    styles = {key: book.add_format({**common, **STYLES[key]}) for key in STYLES}
    sheet, last = book.add_worksheet(layout.title), len(layout.columns) + 1
    sheet.protect("", {"format_rows": True, "format_columns": True, "sort": True})
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, None, None, {"hidden": True})
    sheet.set_column(1, 1, 5.5)
    sheet.set_row(0, 34)
    sheet.merge_range(0, 1, 0, last, f"{name}{layout.title}", styles["title"])
    sheet.set_row(1, 34)
    sheet.merge_range(1, 1, 1, last, layout.note, styles["note"])
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.write_string(3, 1, "序号", styles["column"])
    for place, column in enumerate(layout.columns, start=2):
        sheet.set_column(place, place, column.width)
        sheet.write_string(2, place, COLUMN_MARK + column.key)
        sheet.write_string(3, place, column.title, styles["column"])
        if column.choices and items:
            sheet.data_validation(4, place, 3 + len(items), place, {"validate": "list", "source": column.choices})
    for number, item in enumerate(items, start=1):
        row = 3 + number
        tallest = max(lines_of(item.get(column.key, ""), column.width) for column in layout.columns)
        sheet.set_row(row, 16 * max(2, tallest))
        sheet.write_string(row, 0, KEY_MARK + item["id"])
        sheet.write_number(row, 1, number, styles["center"])
        for place, column in enumerate(layout.columns, start=2):
            if column.fill:
                sheet.write_blank(row, place, None, styles["input_text"])
            else:
                sheet.write_string(row, place, without_direction_marks(item[column.key]), styles["left"])
    sheet.freeze_panes(4, 0)
    hidden = book.add_worksheet("_duban")
    hidden.very_hidden()
    for row, (key, value) in enumerate(
        [
            (METADATA_MARK, "1"),
            ("form", kind),
            ("unit_code", code),
            ("unit_name", name),
            *_proof(kind, code, made_on.isoformat(), recipient).items(),
        ]
    ):
        hidden.write_string(row, 0, key)
        hidden.write_string(row, 1, value)
    book.set_properties({"title": f"{name}{layout.title}", "created": dt.datetime.combine(made_on, dt.time())})
    book.close()
    return buffer.getvalue()


def verification_code(street_code: str, made_on: dt.date, recipient: str) -> str:
    """The code of the 整改核验表 that a mail address was sent on a day."""
    return code_for(of_verification(street_code, made_on.isoformat(), recipient))


def _proof(kind: Kind, code: str, made_on: str, recipient: str) -> dict[str, str]:
    if kind == "rectification":
        return {MADE_ON: made_on, CODE: code_for(of_answer(code, made_on))}
    if not recipient:
        return {MADE_ON: made_on}
    proof = code_for(of_verification(code, made_on, recipient))
    return {MADE_ON: made_on, RECIPIENT: recipient, CODE: proof}


def read_workbook(content: bytes, name: str) -> Sheet | None:
    """The filled-in rows; None for a file that is not one of these two workbooks. Raises Refusal where it cannot be opened."""
    package = admit(content, name)
    if package.kind == "csv":
        return None
    grids = read_grids(package, name)
    marked = next((grid for grid in grids if grid.text(0, 0) == METADATA_MARK), None)
    if marked is None:
        return None
    pairs = {marked.text(row, 0): marked.text(row, 1) for row in range(1, len(marked.rows))}
    for kind in ("rectification", "verification"):
        if pairs.get("form") == kind:
            layout = layouts()[kind]
            filled = [grid for grid in grids if grid is not marked]
            entries = [entry for grid in filled for entry in _entries(grid, layout)]
            printed = [one for grid in filled for one in _printed(grid, layout)]
            return Sheet(kind, pairs.get("unit_code", ""), entries, marks=pairs, printed=printed)
    return None


def _entries(grid: Grid, layout: Layout) -> list[Entry]:
    columns = _columns(grid, layout)
    found = []
    for row, item_id in _items(grid):
        entry = Entry(item_id, {}, f"{grid.name}!第{row + 1}行")
        for column in (column for column in layout.columns if column.fill):
            place = columns.get(column.key)
            text, problem = _filled_in(grid, row, place, column) if place is not None else ("", "")
            entry.texts[column.key] = "" if column.key in _MAY_BE_EMPTY and is_nothing(text) else text
            entry.problems.extend([problem] if problem else [])
        if any(entry.texts.values()):
            found.append(entry)
    return found


def _columns(grid: Grid, layout: Layout) -> dict[str, int]:
    """Where each column stands, by its key."""
    marks = {COLUMN_MARK + column.key: column.key for column in layout.columns}
    return {marks[cell]: column for _, column, cell in _strings(grid) if cell in marks}


def _items(grid: Grid) -> Iterator[tuple[int, str]]:
    """The rows of items, with the item's id."""
    for row in range(len(grid.rows)):
        marks = (_ITEM.fullmatch(grid.text(row, column)) for column in range(len(grid.rows[row])))
        if (item := next(filter(None, marks), None)) is not None:
            yield row, item[1]


def _printed(grid: Grid, layout: Layout) -> Iterator[Printed]:
    columns = _columns(grid, layout)
    shown = [
        (column.title, columns[column.key]) for column in layout.columns if not column.fill and column.key in columns
    ]
    for row, item_id in _items(grid):
        for title, place in shown:
            if text := grid.text(row, place):
                yield Printed(item_id, title, text, grid.reference(row, place))


def _filled_in(grid: Grid, row: int, place: int, column: Column) -> tuple[str, str]:
    """(text, problem) of a cell that people fill in; the problem is empty where they see what the file holds."""
    text = grid.text(row, place)
    hidden = grid.look.problems.get((row, place))
    seen = hidden or seen_otherwise(column.type, grid.at(row, place), text, grid.marks(row, place), column.title)
    if seen is None:
        return text[:_MAX_LENGTH], ""
    return seen[1][:_MAX_LENGTH], f"{grid.reference(row, place)}“{column.title}”：{seen[0]}。"


def _strings(grid: Grid) -> list[tuple[int, int, str]]:
    return [
        (row, column, text)
        for row in range(len(grid.rows))
        for column in range(len(grid.rows[row]))
        if (text := grid.text(row, column))
    ]
