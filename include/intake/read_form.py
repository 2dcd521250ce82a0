"""What was read from one file, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from include.schemes.model import Scheme
from include.workbooks.marks import NO_MARKS, Marks
from include.workbooks.printed import Printed


class ReadCell(NamedTuple):
    """One input cell as it came. A tuple: a sheet that rates has hundreds of thousands of them."""

    text: str  # as it stood
    value: str | None  # canonical; None: missing or unreadable
    problem: str | None = None  # Chinese: why it could not be read
    source_cell: str = ""  # 填报表!G7, or 第5行 of a CSV; empty where the file has no such cell
    marks: Marks = NO_MARKS  # how the text is shown, where it is shown otherwise than it is stored

    @property
    def is_filled(self) -> bool:
        """False for an empty cell and for a word such as 无 where the cell may stay empty."""
        return self.value is not None or self.problem is not None


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
    cells: dict[str, ReadCell]
    notes: list[str] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    lost_sheets: dict[str, str] = field(default_factory=dict)  # sheets of the form that the file has not: name by group
    is_csv: bool = False
    listed: dict[str, ListedCell] = field(default_factory=dict)  # rows of 退回说明 by the cell that they are about
    places: dict[str, str] = field(default_factory=dict)  # cell of the head by unit_code, period, version; where known
    subjects: dict[str, str] = field(
        default_factory=dict
    )  # of a sheet that rates: the names of its rows by subject's code
    rows: dict[str, dict[str, ReadCell]] = field(default_factory=dict)  # of free rows: the same cells, row by row
    is_nothing: bool = False
    printed: list[Printed] = field(default_factory=list)  # cells that were printed to be read, as they came back
    marks: dict[str, str] = field(default_factory=dict)  # every pair of the hidden sheet; empty where that was lost


def within(form: ReadForm, scheme: Scheme) -> ReadForm:
    """The form with the cells of the scheme alone: what was filled in for another group counts nowhere, and is said."""
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
