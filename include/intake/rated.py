"""Read a sheet that rates: a row a subject, known by its code, and a column a figure.

A sheet may have 20,000 rows: what stands in a column is typed once, however often it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.intake.locating import readable
from include.intake.read_form import ReadCell, ReadForm
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
    typed: dict[Any, Values]


class RowReader:
    """The rows of one sheet, one after the other; what a row is the kinds of sheets know."""

    def __init__(self, table: Table, fields: list[FormField], *, is_csv: bool) -> None:
        self.grid, self.places, self.look = table.grid, table.columns, table.grid.look
        self.cells: dict[str, ReadCell] = {}
        self.subjects: dict[str, str] = {}
        self.unit = "行" if is_csv else ""
        self.has_marks = bool(self.look.marks or self.look.problems)
        places = [self.places.get(field.key, -1) for field in fields]
        sheet = self.grid.name
        self.columns = [
            Column(field, at, "第" if is_csv else f"{sheet}!{letters(max(at, 0))}", {})
            for field, at in zip(fields, places, strict=True)
        ]

    def cells_at(self, row: int, cells: list[Any]) -> dict[str, ReadCell]:
        """The cells of a row by column."""
        width, line, read = len(cells), f"{row + 1}{self.unit}", {}
        for column in self.columns:
            at, place = column.at, column.place + line
            if at < 0:
                read[column.field.key] = ReadCell("", None)
                continue
            raw = cells[at] if at < width else ""
            if self.has_marks and (seen := self.seen(row, column, raw, place)) is not None:
                read[column.field.key] = seen
                continue
            key = raw if raw.__class__ is str or raw.__class__ is float else (raw.__class__, raw)
            typed = column.typed.get(key)
            if typed is None:
                typed = column.typed[key] = self.typed(column.field, raw)
            read[column.field.key] = ReadCell(typed[2], typed[0], typed[1], place)
        return read

    def typed(self, field: FormField, raw: Any) -> Values:
        return type_value(field, raw, NO_MARKS)

    def seen(self, row: int, column: Column, raw: Any, place: str) -> ReadCell | None:
        """A cell that people see otherwise than it is stored; None of any other."""
        problem = self.look.problems.get((row, column.at))
        if problem is not None:
            return ReadCell(problem[1], None, problem[0], place)
        marks = self.grid.marks(row, column.at)
        if not marks:
            return None
        value, said, text = type_value(column.field, raw, marks)
        return ReadCell(text, value, said, place, marks)


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
            if not any(cell.text for cell in read.values()):
                return
            code = f"（第{row + 1}行）"
        if code in self.subjects:
            self._again(code, read)
            return
        self.subjects[code] = self.grid.text(row, self.places[NAME])
        for key, cell in read.items():
            self.cells[f"{code}/{key}"] = cell

    def _again(self, code: str, read: dict[str, ReadCell]) -> None:
        """A subject's second row: it fills in what the first left empty, and what differs is for a person to decide."""
        for key, cell in read.items():
            first = self.cells[f"{code}/{key}"]
            if not first.is_filled:
                self.cells[f"{code}/{key}"] = cell
            elif cell.is_filled and (cell.value, cell.problem) != (first.value, first.problem):
                said = texts()["rows"]["twice"].format(places=f"{first.source_cell}、{cell.source_cell}")
                self.cells[f"{code}/{key}"] = ReadCell(f"{first.text}、{cell.text}", None, said, first.source_cell)
