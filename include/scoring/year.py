"""A year's result from the totals of its halves (domain.md §2 Year end): nothing is handed in, nothing is read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.period import Period, end_of
from include.registry.taking_part import groups_of_units, lists_of, taking_part
from include.registry.units import Unit, span_of
from include.schemes.model import Scheme
from include.scoring.conditions import Facts
from include.scoring.difference import exact
from include.scoring.explaining import explain
from include.scoring.figures import Figures
from include.scoring.given import Given
from include.scoring.inputs import MISSING, ON_TIME, given_deciding, listed, registered
from include.scoring.lines import MET, UNMET, Line, UnitScore, total_of
from include.scoring.scores import graded, places_of
from include.scoring.sources import as_figures

_NOT_ASSESSED = "没有考评结果"


@dataclass(frozen=True)
class PartResult:
    """A unit's newest official result in a part of the year; no total where it was not scored then."""

    total: Decimal | None
    status: str


@dataclass(frozen=True)
class YearInputs:
    """One unit: its results by indicator, and the total of the year before where there is one."""

    unit: Unit
    due_date: dt.date
    parts: dict[str, PartResult]
    before: Decimal | None
    group: str = ""
    ranked_with: str = ""
    given: dict[str, Given] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return all(part.total is not None for part in self.parts.values())

    @property
    def status(self) -> str:
        return ON_TIME if self.is_complete else MISSING

    @property
    def deciding(self) -> dict[str, Any]:
        """What of all this decides the result, as JSON values."""
        return {
            "unit": registered(self.unit),
            **listed(self.group, self.ranked_with),
            "parts": {code: [_text(part.total), part.status] for code, part in self.parts.items()},
            "before": _text(self.before),
            **given_deciding(self.given),
        }


def gather_year(connection: Connection, scheme: Scheme, street_code: str, as_of: dt.datetime) -> list[YearInputs]:
    """The inputs of every unit of the street on the year's last day, by code; a unit that moved brings its results along.

    Raises UserError where a half has not been assessed at all: while its window lasts, or where neither half has.
    """
    results = {code: _results(connection, scheme, period, street_code, as_of) for code, period in scheme.parts.items()}
    empty = [scheme.parts[code] for code, found in results.items() if not found]
    if empty and (len(empty) == len(results) or as_of <= end_of(scheme.dates.window_ends_date)):
        raise UserError(
            *(f"{period.name}还没有正式考评结果，{scheme.period.name}不能合成：请先结账 {period}。" for period in empty)
        )
    before = _results(connection, scheme, scheme.period.previous, street_code, as_of)
    none = PartResult(None, _NOT_ASSESSED)
    units = taking_part(connection, scheme, street_code)
    groups = groups_of_units(connection, scheme, street_code, units)
    lists = lists_of(connection, scheme, street_code)
    return [
        YearInputs(
            unit,
            scheme.dates.due_date,
            {code: found.get(unit.code, none) for code, found in results.items()},
            before[unit.code].total if unit.code in before else None,
            groups.get(unit.code, ""),
            lists.get(unit.code, ""),
        )
        for unit in units
    ]


def score_years(scheme: Scheme, units: Sequence[YearInputs]) -> dict[str, UnitScore]:
    """Of each unit a line for each half with its total; the year's total is their mean, two decimals half up."""
    counted = {one.unit.code: _facts(scheme, one) for one in units}
    lists = {one.unit.code: f"{one.group}/{one.ranked_with}" for one in units}
    places = places_of({code: facts.total for code, facts in counted.items()}, lists)
    return {code: graded(scheme, replace(facts, place=places.get(code))) for code, facts in counted.items()}


def _facts(scheme: Scheme, inputs: YearInputs) -> Facts:
    """Nothing is handed in: figures are from elsewhere alone."""
    return Facts(scheme, Figures(scheme, {}, as_figures(scheme, inputs.given)), *_lines(scheme, inputs))


def _lines(scheme: Scheme, inputs: YearInputs) -> tuple[list[Line], Decimal | None]:
    lines = [_line(code, part) for code, part in inputs.parts.items()]
    total = total_of(scheme, lines) if inputs.is_complete else None
    sentences = {code: _sentence(scheme, code, inputs, total) for code in inputs.parts}
    return [replace(line, explanation=sentences[line.indicator]) for line in lines], total


def _results(
    connection: Connection, scheme: Scheme, period: Period, street_code: str, as_of: dt.datetime
) -> dict[str, PartResult]:
    rows = sql.fetch(
        connection,
        "scoring/select_period_results",
        scheme=scheme.scheme,
        period=str(period),
        **span_of(street_code),
        on_date=scheme.period.end_date,
        as_of_at=as_of,
    )
    return {row["unit_code"]: PartResult(exact(row["total"]), row["status"]) for row in rows}


def _line(code: str, part: PartResult) -> Line:
    if part.total is None:
        return Line(code, None, None, None, UNMET, "")
    full = Decimal(100)
    return Line(code, Fraction(part.total), part.total, full, MET if part.total >= full else UNMET, "")


def _sentence(scheme: Scheme, code: str, inputs: YearInputs, total: Decimal | None) -> str:
    parts = [
        {"period": scheme.parts[key].name, "total": part.total, "status": part.status}
        for key, part in inputs.parts.items()
    ]
    before = None
    if total is not None and inputs.before is not None:
        moved = total - inputs.before
        before = {
            "period": scheme.period.previous.name,
            "total": inputs.before,
            "moved": abs(moved),
            "direction": "提高" if moved > 0 else "下降",
        }
    return explain("period_total", parts=parts, total=total, before=before, clause=scheme.clause_of(code))


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
