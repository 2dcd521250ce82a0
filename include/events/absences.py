"""Who was named as absent in the sheets of events running: told to the office in its next invitation, and to nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TypedDict

from sqlalchemy import Connection

from include.db import sql
from include.events.record import is_held, known_events
from include.ledgers.conditions import names_in
from include.ledgers.reading import rows_as_of
from include.period import Period, chinese_date, in_zone
from include.registry.offices import scope_name
from include.registry.units import find_unit
from include.schemes.loader import own_periods
from include.schemes.model import Scheme
from include.schemes.series import Absences, Series


class Absent(TypedDict):
    """`name` was absent at events of `series` running, held by `of` on these days."""

    name: str
    series: str
    of: str
    days: list[str]


def absent_running(
    connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime, since: dt.datetime | None
) -> list[Absent]:
    """Whom the sheets of a street's events named often enough running; `since`: of what was reported after that moment alone, so
    that each is named once."""
    found: list[Absent] = []
    today = in_zone(at).date()
    for series in scheme.series:
        if (counted := series.sheet.absences) is None:
            continue
        periods = _periods(scheme.scheme, series, today)
        sheets = {
            (row.filler_code, row.period): names_in(row.cells.get(counted.column, ""))
            for row in rows_as_of(connection, f"{scheme.scheme}.{series.sheet.form}", scope_code, today, at)
        }
        by_holder: dict[str, list[sql.Row]] = {}
        for event in known_events(connection, scheme.scheme, periods, scope_code, at):
            if event["series"] == series.key and is_held(series, event["state"]):
                by_holder.setdefault(event["unit_code"], []).append(event)
        for code, events in sorted(by_holder.items()):
            of = _holder_name(connection, code, today)
            for name, days in _running(events, sheets, counted, since):
                found.append(
                    {"name": name, "series": series.name, "of": of, "days": [chinese_date(day) for day in days]}
                )
    return found


def _periods(system: str, series: Series, today: dt.date) -> list[Period]:
    """Those in which the events of a series lay, of this year and the one before."""
    years = (today.year - 1, today.year)
    return [
        one
        for year in years
        for one in own_periods(system, year, with_sheets=True)
        if one.kind == series.period_kind and one.start_date <= today
    ]


def _running(
    events: list[sql.Row], sheets: dict[tuple[str, str], list[str]], counted: Absences, since: dt.datetime | None
) -> Iterator[tuple[str, list[dt.date]]]:
    """Each name with the days of its last run that is long enough and new."""
    days: dict[str, list[dt.date]] = {}
    told: dict[str, list[dt.date]] = {}
    for event in sorted(events, key=lambda one: (one["held_date"], one["period"], one["number"])):
        absent = sheets.get((event["unit_code"], event["period"]), [])
        days = {name: [*days.get(name, []), event["held_date"]] for name in absent}
        is_new = since is None or event["reported_at"] > since
        told |= {name: run for name, run in days.items() if is_new and len(run) >= counted.running}
    yield from sorted(told.items())


def _holder_name(connection: Connection, code: str, today: dt.date) -> str:
    unit = find_unit(connection, code, today)
    return unit.name if unit else scope_name(connection, code, today)
