"""Figures of events as they were known at a moment: how many were held, made up, reported in time; sums over their sheets."""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from sqlalchemy import Connection

from include.db import sql
from include.events.record import is_held, known_events
from include.ledgers.conditions import Days, all_of, number_of
from include.ledgers.reading import rows_as_of
from include.period import Period, in_zone
from include.schemes.inputs import Source
from include.schemes.loader import find_scheme, own_periods
from include.schemes.model import Scheme
from include.schemes.series import CANCELLED, Series

_NO_CELLS: Mapping[str, str] = {}


class Events:
    """Events of a street or county and their sheets, as known at a moment: of a system's periods read once for all figures."""

    def __init__(self, connection: Connection, scheme: Scheme, scope_code: str, as_of: dt.datetime) -> None:
        self.connection, self.scheme, self.scope_code, self.as_of = connection, scheme, scope_code, as_of
        self._events = functools.cache(self._read_events)
        self._sheets = functools.cache(self._read_sheets)

    def figures(self, source: Source, period: Period) -> dict[str, Fraction]:
        """What a source gives of each holder that has an event of the series in the period, by code."""
        own_system, _, key = source.events.rpartition(".")
        system = own_system or self.scheme.scheme
        periods = [one for one in periods_within(system, period) if any(each.key == key for each in one.own_series)]
        if not periods:
            return {}
        series = next(one for one in periods[-1].own_series if one.key == key)
        if source.running:
            return self._running(system, series, source.outcome or "planned", period)
        sheets: Mapping[tuple[str, str], Mapping[str, str]] = {}
        if source.column or source.where:
            sheets = self._sheets(f"{system}.{series.sheet.form}", period.end_date)
        holds = all_of(source.where, Days(period.end_date, period.end_date, period))
        found: dict[str, Fraction] = {}
        for event in self._events(system, tuple(one.period for one in periods)):
            if event["series"] != key:
                continue
            cells = sheets.get((event["unit_code"], event["period"]), _NO_CELLS)
            value = Fraction(0)
            if _came_to(series, event, source.outcome or "planned") and (not source.where or holds(cells)):
                value = _number(cells, source.column) if source.column else Fraction(1)
            found[event["unit_code"]] = found.get(event["unit_code"], Fraction(0)) + value
        return found

    def _running(self, system: str, series: Series, outcome: str, period: Period) -> dict[str, Fraction]:
        """The longest run of events of an outcome that reaches into the period, of each holder that has an event in it; what was
        cancelled is passed over."""
        before = [one.period for one in periods_within(system, period.previous) if one.own_series]
        own = [one.period for one in periods_within(system, period) if one.own_series]
        asked = {str(one): one in own for one in [*before, *own]}
        runs: dict[str, int] = defaultdict(int)
        found: dict[str, Fraction] = {}
        events = [one for one in self._events(system, (*before, *own)) if one["series"] == series.key]
        places = {name: place for place, name in enumerate(asked)}
        for event in sorted(events, key=lambda one: (one["unit_code"], places[one["period"]], one["number"])):
            code = event["unit_code"]
            if event["state"] != CANCELLED:
                runs[code] = runs[code] + 1 if _came_to(series, event, outcome) else 0
            if asked[event["period"]]:
                found[code] = max(found.get(code, Fraction(0)), Fraction(runs[code]))
        return found

    def _read_events(self, system: str, periods: tuple[Period, ...]) -> list[sql.Row]:
        return known_events(self.connection, system, list(periods), self.scope_code, self.as_of)

    def _read_sheets(self, ledger: str, on_date: dt.date) -> dict[tuple[str, str], Mapping[str, str]]:
        rows = rows_as_of(self.connection, ledger, self.scope_code, on_date, self.as_of)
        return {(row.filler_code, row.period): row.cells for row in rows}


def silent_holders(connection: Connection, scheme: Scheme, scope_code: str, as_of: dt.datetime) -> set[str]:
    """Who was to hold events of the system within its period, and reported none of them."""
    if not scheme.series:
        return set()
    periods = [one for one in periods_within(scheme.scheme, scheme.period) if one.own_series]
    held_words = {series.key: series for one in periods for series in one.own_series}
    asked: set[str] = set()
    reported: set[str] = set()
    for event in known_events(connection, scheme.scheme, [one.period for one in periods], scope_code, as_of):
        if event["state"] != CANCELLED:
            asked.add(event["unit_code"])
        if is_held(held_words[event["series"]], event["state"]):
            reported.add(event["unit_code"])
    return asked - reported


def periods_within(system: str, period: Period) -> list[Scheme]:
    """The system in each of its periods that lie within another one, those included for which sheets are only collected."""
    within = [
        one
        for one in own_periods(system, period.year, with_sheets=True)
        if period.start_date <= one.start_date and one.end_date <= period.end_date
    ]
    return [scheme for one in within if (scheme := find_scheme(system, one)) is not None]


def _came_to(series: Series, event: sql.Row, outcome: str) -> bool:
    state: str = event["state"]
    if outcome in ("planned", "not_held"):
        return state != CANCELLED if outcome == "planned" else state == series.not_held_word
    if not is_held(series, state):
        return False
    if outcome in ("held", "made_up"):
        return outcome == "held" or state != series.held_word
    return (outcome == "late") is _is_late(series, event)


def _is_late(series: Series, event: sql.Row) -> bool:
    """Whether the first sheet of an event that was held came after its day."""
    due_date = series.due_date(event["planned_date"], event["held_date"])
    reported_at: dt.datetime | None = event["reported_at"]
    return due_date is not None and reported_at is not None and in_zone(reported_at).date() > due_date


def _number(cells: Mapping[str, str], column: str) -> Fraction:
    return Fraction(number_of(cells[column])) if column in cells else Fraction(0)
