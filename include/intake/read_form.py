"""What was read from one file, before anything is judged."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from include.schemes.model import Scheme
from include.workbooks.marks import NO_MARKS, Marks
from include.workbooks.printed import Printed


class ReadCell(NamedTuple):
    """One input cell as it came."""

    text: str  # as it stood
    value: str | None  # canonical; None: missing or unreadable
    problem: str | None = None  # Chinese: why it could not be read
    source_cell: str = ""  # 填报表!G7, or 第5行 of a CSV; empty where the file has no such cell
    marks: Marks = NO_MARKS  # how the text is shown, where it is shown otherwise than it is stored

    @property
    def is_filled(self) -> bool:
        """False for an empty cell and for a word such as 无 where the cell may stay empty."""
        return self.value is not None or self.problem is not None


class RowCells(Mapping[str, ReadCell]):
    """The cells of a sheet of many rows, keyed <row>/<column>, row by row.

    There may be hundreds of thousands, and most say what others of their column say: those are one object, without its place,
    and where a cell stands is worked out when it is asked for.
    """

    def __init__(self, columns: Mapping[str, str], after_line: str = "") -> None:
        """`columns`: what the places of a column's cells begin with, by its key, in the order of the form; empty where the file
        has no such column. `after_line`: how each place ends behind the number of the line."""
        self.columns: Sequence[str] = list(columns)
        self.rows: dict[str, list[ReadCell]] = {}
        self.lines: dict[str, int] = {}  # on which line of the sheet a row stands, from 1
        self._begin, self._after_line = list(columns.values()), after_line
        self._at = {key: at for at, key in enumerate(columns)}

    def add(self, row: str, line: int, cells: list[ReadCell]) -> None:
        """A row's cells, in the order of the columns; one that has its place already keeps it."""
        self.rows[row], self.lines[row] = cells, line

    def placed(self, cell: ReadCell, at: int, line: int) -> ReadCell:
        """A cell of the column `at`, with its place."""
        if cell.source_cell or not self._begin[at]:
            return cell
        text, value, problem, _, marks = cell  # _replace takes thrice as long
        return ReadCell(text, value, problem, f"{self._begin[at]}{line}{self._after_line}", marks)

    @cached_property
    def filled(self) -> dict[str, dict[str, str]]:
        """The values that could be read, row by row and by column."""
        return {
            row: {key: cell[1] for key, cell in zip(self.columns, cells, strict=True) if cell[1] is not None}
            for row, cells in self.rows.items()
        }

    def __getitem__(self, key: str) -> ReadCell:
        row, _, column = key.rpartition("/")
        at = self._at[column]
        return self.placed(self.rows[row][at], at, self.lines[row])

    def __iter__(self) -> Iterator[str]:
        return (f"{row}/{column}" for row in self.rows for column in self.columns)

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)

    def items(self) -> ItemsView[str, ReadCell]:
        return _RowItems(self)


class _RowItems(ItemsView[str, ReadCell]):
    """Without a look-up for each of them."""

    def __init__(self, cells: RowCells) -> None:
        super().__init__(cells)
        self.cells = cells

    def __iter__(self) -> Iterator[tuple[str, ReadCell]]:
        of = self.cells
        for row, cells in of.rows.items():
            line = of.lines[row]
            for at, (column, cell) in enumerate(zip(of.columns, cells, strict=True)):
                yield f"{row}/{column}", of.placed(cell, at, line)


def read_values(cells: Mapping[str, ReadCell]) -> dict[str, str | None]:
    """The value of every cell."""
    if not isinstance(cells, RowCells):
        return {key: cell.value for key, cell in cells.items()}
    return {
        f"{row}/{column}": cell.value
        for row, read in cells.rows.items()
        for column, cell in zip(cells.columns, read, strict=True)
    }


@dataclass(frozen=True)
class Correction:
    """A figure that the inspectors found to be different from the reported one."""

    unit_code: str
    unit_name: str
    field: str
    value: str
    reason: str
    inspector: str
    source_cell: str


@dataclass(frozen=True)
class ListedCell:
    """A row of 退回说明 as it came back: what was found in the cell, what is expected, what to do."""

    found: str
    expected: str
    advice: str


@dataclass(frozen=True)
class ReadForm:
    """A form of ours, read. `cells` has every input cell of the form, filled in or not.

    For a form that rates, unit_code and unit_name are those of who filled it in, and cells are keyed <subject>/<column>.
    For one of free rows they are keyed <row>/<column>, `subjects` says what each row is called, and `is_nothing` that its
    tick for no rows is set.
    For the inspectors' form (form "inspection") `cells` has only the entries that could not be read, keyed by their
    place, and `corrections` the others; unit_code and unit_name are then the street's.
    """

    scheme_key: str
    form: str
    period: str
    unit_code: str
    unit_name: str
    scheme_version: str
    cells: Mapping[str, ReadCell]
    notes: list[str] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    lost_sheets: dict[str, str] = field(default_factory=dict)  # sheets of the form that the file has not: name by group
    is_csv: bool = False
    listed: dict[str, ListedCell] = field(default_factory=dict)  # rows of 退回说明 by the cell that they are about
    places: dict[str, str] = field(default_factory=dict)  # cell of the head by unit_code, period, version; where known
    subjects: dict[str, str] = field(
        default_factory=dict
    )  # of a sheet that rates: the names of its rows by subject's code
    is_nothing: bool = False
    printed: list[Printed] = field(default_factory=list)  # cells that were printed to be read, as they came back
    marks: dict[str, str] = field(default_factory=dict)  # every pair of the hidden sheet; empty where that was lost


def within(form: ReadForm, scheme: Scheme) -> ReadForm:
    """The form with the cells of the scheme alone: what was filled in for another group counts nowhere, and is said. A sheet of
    many rows is the same for every group."""
    if form.form in scheme.forms_by_row:
        return form
    own = {cell.key for cell in scheme.cells_of(form.form)}
    foreign = [key for key, cell in form.cells.items() if key not in own and cell.is_filled]
    notes = [f"{form.cells[key].source_cell or key}：不是{scheme.for_group}要填的，没有采用。" for key in foreign]
    groups = {cell.group for cell in scheme.cells_of(form.form)}
    return replace(
        form,
        cells={key: cell for key, cell in form.cells.items() if key in own},
        notes=form.notes + notes,
        lost_sheets={group: name for group, name in form.lost_sheets.items() if group in groups or not group},
    )
