"""What a check found wrong with a hand-in. Light: importing this loads no Great Expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, runtime_checkable

from include.schemes.model import Scheme


class Cell(Protocol):
    """A cell as it was read: its text, its canonical value or why it has none, and where it stood."""

    @property
    def text(self) -> str: ...
    @property
    def value(self) -> str | None: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def source_cell(self) -> str: ...


@runtime_checkable
class ByRow(Protocol):
    """Cells of a sheet of many rows, at hand row by row too, each in the order of the columns."""

    @property
    def rows(self) -> Mapping[str, Sequence[Cell]]: ...


@dataclass(frozen=True)
class Candidate:
    """A form to be checked. `previous` are last period's figures by field; `registered` are the register's figures by code of the
    check; `subjects` the names of those that a sheet rates, by code."""

    sha256: str
    scheme: Scheme
    form: str
    cells: Mapping[str, Cell]
    previous: Mapping[str, str] = field(default_factory=dict)
    registered: Mapping[str, Decimal] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One thing wrong, with both sides of the comparison.

    `severity` is fail (the form goes back) or warn (it is accepted with a note); `outcome` is false or not_reported.
    `message` is the whole Chinese sentence, `summary` its short form for a list; `advice` what to do. `is_private`: a note
    on a person, which stands in the answer to who handed in and is kept nowhere.
    """

    check_code: str
    field: str
    severity: str
    outcome: str
    found: str
    expected: str
    message: str
    label: str = ""
    source_cell: str = ""
    advice: str = ""
    summary: str = ""
    is_private: bool = False

    @property
    def sheet(self) -> str:
        """Name of the sheet; empty for a line of a CSV."""
        return self.source_cell.rpartition("!")[0]

    @property
    def cell(self) -> str:
        """E7, or 第5行 of a CSV; empty where the file has no such cell at all."""
        return self.source_cell.rpartition("!")[2]
