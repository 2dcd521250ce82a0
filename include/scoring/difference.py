"""What moved between two assessments of one street's period: figures, points, totals and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from include.db import sql
from include.numbers import two_decimals


@dataclass(frozen=True)
class FigureChange:
    """A cell whose figure used differs; one is empty where that side has none. `source_cell` is the newer hand-in's."""

    unit_code: str
    field: str
    label: str
    old_figure: str
    new_figure: str
    source_cell: str
    is_correction: bool


@dataclass(frozen=True)
class PointChange:
    """An indicator whose points, outcome or problem differ; points are None where 不适用 or absent."""

    unit_code: str
    indicator: str
    old_points: Decimal | None
    new_points: Decimal | None
    old_outcome: str
    new_outcome: str
    old_problem: str
    new_problem: str

    @property
    def moved(self) -> Decimal:
        return (self.new_points or Decimal(0)) - (self.old_points or Decimal(0))


@dataclass(frozen=True)
class ResultChange:
    """A unit whose total, rank, grade or status differs."""

    unit_code: str
    unit_name: str
    old_total: Decimal | None
    new_total: Decimal | None
    old_rank: int | None
    new_rank: int | None
    old_grade: str
    new_grade: str
    old_status: str
    new_status: str


@dataclass(frozen=True)
class Difference:
    """Each list by unit code, then the order of the form or the scheme."""

    figures: list[FigureChange]
    points: list[PointChange]
    results: list[ResultChange]


def difference(connection: Connection, older_id: str, newer_id: str) -> Difference:
    """Everything that differs between two assessments; all empty where they say the same."""
    ids = {"older_id": older_id, "newer_id": newer_id}
    figures = [FigureChange(**row) for row in sql.fetch(connection, "scoring/select_figure_changes", **ids)]
    points = [
        PointChange(**{**row, "old_points": exact(row["old_points"]), "new_points": exact(row["new_points"])})
        for row in sql.fetch(connection, "scoring/select_point_changes", **ids)
    ]
    results = [
        ResultChange(**{**row, "old_total": exact(row["old_total"]), "new_total": exact(row["new_total"])})
        for row in sql.fetch(connection, "scoring/select_result_changes", **ids)
    ]
    return Difference(figures, points, results)


def exact(number: Decimal | int | None) -> Decimal | None:
    """Two decimals on either database (SQLite gives a whole number as an integer)."""
    return None if number is None else two_decimals(Decimal(number))
