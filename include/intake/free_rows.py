"""Read a sheet of free rows: every line below the header in which anything stands is a row, known by its place and its key.

Numbers that tell who a person is (身份证号, 手机号) are refused and not kept: nobody may quote what nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from include.intake.locating import readable
from include.intake.rated import (
    RowReader,
    Table,
    Values,
    header_of,
    places_in,
    refuse_missing,
    unknown_in,
)
from include.intake.read_form import ReadCell, ReadForm
from include.schemes.fields import FormField, personal_columns
from include.schemes.model import Scheme
from include.schemes.rows import Rows
from include.workbooks.grids import Grid
from include.workbooks.limits import Refusal
from include.workbooks.texts import COLUMN_MARK, KEY_MARK, texts
from include.workbooks.vocabulary import normalised

NOTHING = "nothing"
"""What the tick for no rows is called among the places of the head."""
_ROWS_TO_HEADER = 30
_OF_A_PERSON = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
_SHORTEST = 11  # characters


def read_free_rows(grids: Sequence[Grid], form: ReadForm, scheme: Scheme) -> ReadForm:
    """The form with a cell a row and column, keyed <row>/<column>. Raises Refusal for a sheet without its table."""
    rows = scheme.row_forms[form.form].rows
    assert rows is not None
    columns = scheme.columns_of(form.form)
    is_ticked, place = _tick(grids, rows.nothing)
    places = {**form.places, NOTHING: place} if place else form.places
    table, notes = _table(grids, columns)
    if table is None:
        if is_ticked:
            return replace(form, is_nothing=True, places=places)
        said: str = texts()["rows"]["headless"]
        raise Refusal(said.format(columns="、".join(one.label for one in columns)))
    reader = _FreeRows(table, columns, rows, is_csv=form.is_csv)
    for row in range(table.first, len(table.grid.rows)):
        reader.read(row)
    return replace(
        form,
        cells=reader.cells,
        subjects=reader.subjects,
        notes=[*form.notes, *notes],
        is_nothing=is_ticked,
        places=places,
    )


def _tick(grids: Sequence[Grid], nothing: str) -> tuple[bool, str]:
    """Whether the tick for no rows is set, and where it stands; an empty place where the sheet has none."""
    wanted = normalised(nothing)
    for grid in readable(list(grids)):
        for row in range(min(_ROWS_TO_HEADER, len(grid.rows))):
            for column, cell in enumerate(grid.rows[row][:3]):
                if isinstance(cell, str) and cell and normalised(cell) == wanted:
                    beside = max((end[1] for start, end in grid.merges if start == (row, column)), default=column) + 1
                    at = next((at for at in range(beside, len(grid.rows[row])) if grid.text(row, at)), beside)
                    return grid.text(row, at) in texts()["rows"]["ticked"], grid.reference(row, at)
    return False, ""


def _table(grids: Sequence[Grid], columns: list[FormField]) -> tuple[Table | None, list[str]]:
    """Where the header stands with most of the columns' titles. Raises Refusal where a needed column is gone."""
    best: tuple[int, Grid, int, dict[str, int]] | None = None
    for grid in readable(list(grids)):
        marks: dict[str, int] = {}
        for row in range(min(_ROWS_TO_HEADER, len(grid.rows))):
            titles = header_of(grid.rows[row])
            marks |= {title[1:]: column for title, column in titles.items() if title.startswith(COLUMN_MARK)}
            known = len(places_in(grid.rows[row], {}, columns))
            if known and (best is None or known > best[0]):
                best = known, grid, row, places_in(grid.rows[row], marks, columns)
    if best is None:
        return None, []
    _, grid, row, found = best
    refuse_missing(grid, found, columns)
    return Table(grid, row + 1, found), unknown_in(grid, row, header_of(grid.rows[row]), found)


class _FreeRows(RowReader):
    def __init__(self, table: Table, fields: list[FormField], rows: Rows, *, is_csv: bool) -> None:
        super().__init__(table, fields, is_csv=is_csv)
        places = {field.key: at for at, field in enumerate(fields)}
        tells_of_a_person = personal_columns(fields).intersection(rows.key)
        self.noun, self.key = rows.noun, [] if tells_of_a_person else [places[part] for part in rows.key]

    def read(self, row: int) -> None:
        """Read a row; an empty one is none. Ours are known by a hidden mark, others by their line."""
        cells = self.grid.rows[row]
        read = self.cells_at(row, cells)
        if not any(cell.text or cell.problem for cell in read):
            return
        mark = cells[0] if cells and isinstance(cells[0], str) else ""
        name = mark[1:] if mark.startswith(KEY_MARK) and mark[1:] not in self.subjects else f"r{row + 1}"
        key = " ".join([text for at in self.key if (text := read[at].text)])
        self.subjects[name] = f"{self.noun} {key}" if key else f"第{row + 1}行"
        self.cells.add(name, row + 1, read)

    def typed(self, field: FormField, raw: Any) -> Values:
        value, problem, text = _without_persons(super().typed(field, raw))
        return (value, problem, texts()["rows"]["hidden"]) if problem and field.personal else (value, problem, text)

    def seen(self, row: int, number: int, raw: Any) -> ReadCell | None:
        cell = super().seen(row, number, raw)
        if cell is None:
            return None
        value, problem, text = _without_persons((cell.value, cell.problem, cell.text))
        if problem and self.columns[number].field.personal:
            text = texts()["rows"]["hidden"]
        return cell._replace(value=value, problem=problem, text=text)


def _without_persons(typed: Values) -> Values:
    """A cell in which a person's number stands goes back, and the number is nowhere repeated."""
    if len(typed[2]) < _SHORTEST or not _OF_A_PERSON.search(typed[2]):
        return typed
    words = texts()["rows"]
    return None, words["of_a_person"], _OF_A_PERSON.sub(words["hidden"], typed[2])
