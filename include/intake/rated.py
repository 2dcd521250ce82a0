"""Read a sheet that rates: a row a subject, known by its code, and a column a figure.

A sheet may have 20,000 rows: what stands in a column is typed once, however often it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.intake.locating import readable
from include.intake.read_form import ReadCell, ReadForm, RowCells
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.workbooks.grids import Grid, letters
from include.workbooks.limits import Refusal
from include.workbooks.marks import NO_MARKS
from include.workbooks.texts import COLUMN_MARK, KEY_MARK, texts
from include.workbooks.values import half_width, text_of, type_value, visible
from include.workbooks.vocabulary import normalised, shown

CODE, NAME = "code", "name"
_ROWS_TO_HEADER = 30
_QUOTED = re.compile(r'^=?"(.*)"$')
_POINT_ZERO = re.compile(r"(?<=\d)\.0+\Z")
Values = tuple[str | None, str | None, str]  # as type_value gives them


@dataclass(frozen=True)
class Table:
    """Where the rows of a sheet begin, and in which column what stands."""

    grid: Grid
    first: int
    columns: dict[str, int]


def read_rated(grids: Sequence[Grid], form: ReadForm, scheme: Scheme) -> ReadForm:
    """The form with a cell a subject and column, keyed <code>/<column>. Raises Refusal for a sheet without such a table."""
    columns = scheme.columns_of(form.form)
    table, notes = _table(grids, columns)
    reader = _RatedRows(table, columns, is_csv=form.is_csv)
    for row in range(table.first, len(table.grid.rows)):
        reader.read(row)
    return replace(form, cells=reader.cells, subjects=reader.subjects, notes=[*form.notes, *notes])


def subject_code(raw: Any) -> str:
    """A code as it stands in a cell, without what spreadsheets do to codes: '0012, ="0012", 410102001001.0."""
    text = text_of(raw)
    if not text.isascii() or not text.isalnum():
        text = half_width(visible(text)).strip().lstrip("'")
        text = _POINT_ZERO.sub("", _QUOTED.sub(r"\1", text).strip())
    return text


def header_of(row: Sequence[Any]) -> dict[str, int]:
    """Columns by normalised title."""
    titles: dict[str, int] = {}
    for column, cell in enumerate(row):
        if isinstance(cell, str) and cell:
            titles.setdefault(normalised(cell), column)
    return titles


def is_header(titles: Sequence[str] | dict[str, int]) -> bool:
    """Whether a row of titles is that above rows of subjects: 编码 and 名称, and no 填报项."""
    words = texts()["rows"]
    return normalised(words[CODE]) in titles and normalised(words[NAME]) in titles


def _table(grids: Sequence[Grid], columns: list[FormField]) -> tuple[Table, list[str]]:
    """By the visible titles; where one was written over, by its hidden mark. Raises Refusal where a needed column is gone."""
    words = texts()["rows"]
    for grid in readable(list(grids)):
        marks: dict[str, int] = {}
        for row in range(min(_ROWS_TO_HEADER, len(grid.rows))):
            titles = header_of(grid.rows[row])
            marks |= {title[1:]: column for title, column in titles.items() if title.startswith(COLUMN_MARK)}
            if not is_header(titles):
                continue
            found = {CODE: titles[normalised(words[CODE])], NAME: titles[normalised(words[NAME])]}
            found |= places_in(grid.rows[row], marks, columns)
            refuse_missing(grid, found, columns)
            return Table(grid, row + 1, found), unknown_in(grid, row, titles, found)
    raise Refusal(
        words["headless"].format(columns="、".join([words[CODE], words[NAME], *(one.label for one in columns)]))
    )


def places_in(header: Sequence[Any], marks: dict[str, int], columns: list[FormField]) -> dict[str, int]:
    """Where each column stands: by its title, with or without its unit, by another of its titles, else by its hidden mark.

    A title that stands twice is meant where the mark is, else the last time: what we number lines by may be called as a column is.
    """
    titles = {normalised(cell): column for column, cell in enumerate(header) if isinstance(cell, str) and cell}
    found: dict[str, int] = {}
    for one in columns:
        labels = [normalised(label) for label in (one.label, f"{one.label}（{one.unit}）", *one.also)]
        marked = marks.get(one.key)
        said = header[marked] if marked is not None and marked < len(header) else ""
        if isinstance(said, str) and normalised(said) in labels:
            found[one.key] = marks[one.key]
            continue
        place = next((titles[label] for label in labels if label in titles), marked)
        if place is not None:
            found[one.key] = place
    return found


def refuse_missing(grid: Grid, found: dict[str, int], columns: list[FormField]) -> None:
    """Raise Refusal where a column that must be filled in is not there."""
    missing = [one.label for one in columns if one.key not in found and not one.may_be_empty]
    if missing:
        said: str = texts()["rows"]["columns_missing"]
        raise Refusal(said.format(sheet=shown(grid.name), columns="、".join(missing)))


def unknown_in(grid: Grid, row: int, titles: dict[str, int], found: dict[str, int]) -> list[str]:
    """A note for each title of the header that is none of the columns."""
    words, used = texts()["rows"], set(found.values())
    unknown = [grid.text(row, column) for column in titles.values() if column not in used]
    return [words["column_unknown"].format(column=shown(text)) for text in unknown if text not in words["ours"]]


@dataclass(frozen=True)
class Column:
    """A column of the sheet: where it stands (-1: nowhere), what its cells' places begin with, what was typed before."""

    field: FormField
    at: int
    place: str
    typed: dict[Any, ReadCell]


_KEPT = 20_000  # contents of a column that are remembered from sheet to sheet
_before: dict[tuple[int, type], tuple[FormField, dict[Any, ReadCell]]] = {}


def _typed_before(field: FormField, reader: type) -> dict[Any, ReadCell]:
    """What was typed of a column in the sheets before, as long as its field is the same object. Of one that tells of persons
    nothing is remembered beyond the sheet."""
    if field.personal:
        return {}
    known = _before.get((id(field), reader))
    if known is None or known[0] is not field or len(known[1]) > _KEPT:
        if len(_before) > 500:
            _before.clear()
        known = _before[id(field), reader] = field, {}
    return known[1]


class RowReader:
    """The rows of one sheet, one after the other; what a row is the kinds of sheets know."""

    def __init__(self, table: Table, fields: list[FormField], *, is_csv: bool) -> None:
        self.grid, self.places, self.look = table.grid, table.columns, table.grid.look
        self.subjects: dict[str, str] = {}
        self.has_marks = bool(self.look.marks or self.look.problems)
        begin = "第" if is_csv else f"{self.grid.name}!"
        self.columns = [
            Column(
                field,
                at,
                (begin if is_csv else f"{begin}{letters(at)}") if at >= 0 else "",
                _typed_before(field, type(self)),
            )
            for field in fields
            for at in (self.places.get(field.key, -1),)
        ]
        self.cells = RowCells({one.field.key: one.place for one in self.columns}, "行" if is_csv else "")

    def cells_at(self, row: int, cells: list[Any]) -> list[ReadCell]:
        """The cells of a row in the order of the columns, without their places but where a person sees them otherwise."""
        width, read = len(cells), []
        for number, column in enumerate(self.columns):
            at = column.at
            raw = cells[at] if 0 <= at < width else ""
            if self.has_marks and at >= 0 and (seen := self.seen(row, number, raw)) is not None:
                read.append(seen)
                continue
            key = raw if raw.__class__ is str or raw.__class__ is float else (raw.__class__, raw)
            typed = column.typed.get(key)
            if typed is None:
                value, problem, text = self.typed(column.field, raw)
                typed = ReadCell(text, value, problem)
                if problem is None:  # what is wrong may tell of a person, and is not remembered
                    column.typed[key] = typed
            read.append(typed)
        return read

    def typed(self, field: FormField, raw: Any) -> Values:
        return type_value(field, raw, NO_MARKS)

    def seen(self, row: int, number: int, raw: Any) -> ReadCell | None:
        """A cell that people see otherwise than it is stored, with its place; None of any other."""
        column = self.columns[number]
        problem = self.look.problems.get((row, column.at))
        if problem is not None:
            return self.cells.placed(ReadCell(problem[1], None, problem[0]), number, row + 1)
        marks = self.grid.marks(row, column.at)
        if not marks:
            return None
        value, said, text = type_value(column.field, raw, marks)
        return self.cells.placed(ReadCell(text, value, said, "", marks), number, row + 1)


class _RatedRows(RowReader):
    """Rows that rate a subject each."""

    def read(self, row: int) -> None:
        """Read a row; one without a code and with nothing filled in is none, and one that lacks the code alone is known by its line."""
        cells = self.grid.rows[row]
        code = subject_code(cells[self.places[CODE]]) if self.places[CODE] < len(cells) else ""
        if not code and isinstance(key := self.grid.at(row, 0), str) and key.startswith(KEY_MARK):
            code = key[1:]
        read = self.cells_at(row, cells)
        if not code:
            if not any(cell.text for cell in read):
                return
            code = f"（第{row + 1}行）"
        if code in self.subjects:
            self._again(code, row, read)
            return
        self.subjects[code] = self.grid.text(row, self.places[NAME])
        self.cells.add(code, row + 1, read)

    def _again(self, code: str, row: int, read: list[ReadCell]) -> None:
        """A subject's second row: it fills in what the first left empty, and what differs is for a person to decide."""
        known = self.cells.rows[code]
        for at, bare in enumerate(read):
            first = self.cells.placed(known[at], at, self.cells.lines[code])
            cell = self.cells.placed(bare, at, row + 1)
            if not first.is_filled:
                known[at] = cell
            elif cell.is_filled and (cell.value, cell.problem) != (first.value, first.problem):
                said = texts()["rows"]["twice"].format(places=f"{first.source_cell}、{cell.source_cell}")
                known[at] = ReadCell(f"{first.text}、{cell.text}", None, said, first.source_cell)
