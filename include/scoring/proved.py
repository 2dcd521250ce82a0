"""Whether what an item of a checklist asks for is there: by the sheets of another system, one for every period, or its events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from include.db import sql
from include.events.record import is_held, known_events
from include.period import Period
from include.registry.offices import is_run
from include.registry.taking_part import scope_of_street, taking_part
from include.registry.units import span_of
from include.schemes.series import CANCELLED, Series
from include.scoring.event_figures import periods_within


def lacking_in(
    connection: Connection, system: str, form: str, period: Period, scope_code: str, at: dt.datetime
) -> tuple[str, Mapping[str, Sequence[Period]]]:
    """The form's name, and of every subject that is asked for it the periods within another one of which nothing counts as of a
    moment: of a sheet that none was accepted, of one about an event that it was not held. Periods in which the office does not
    run the system are not asked for; where there are none, nobody is."""
    asked = [
        one
        for one in periods_within(system, period)
        if any(each.key == form for each in one.forms)
        and any(is_run(code, system, one.period) for code in {scope_code, scope_of_street(one, scope_code)})
    ]
    if not asked:
        return "", {}
    told = next(each for each in asked[-1].forms if each.key == form)
    there: dict[str, set[str]]
    if told.rows is not None and told.rows.holds:
        series = next(one for one in asked[-1].own_series if one.key == told.rows.holds)
        there = _held(connection, series, [one.period for one in asked], system, scope_code, at)
    else:
        there = _accepted(connection, system, form, scope_code, at)
    return told.name, {
        unit.code: [one.period for one in asked if str(one.period) not in there.get(unit.code, ())]
        for unit in taking_part(connection, asked[-1], scope_code)
    }


def _accepted(connection: Connection, system: str, form: str, scope_code: str, at: dt.datetime) -> dict[str, set[str]]:
    """The periods of which a sheet of each filler counts."""
    found: dict[str, set[str]] = {}
    asked = {"scheme": system, "form": form, "known_at": at, **span_of(scope_code)}
    for row in sql.fetch(connection, "scoring/select_fillers", **asked):
        found.setdefault(row["unit_code"], set()).add(row["period"])
    return found


def _held(
    connection: Connection, series: Series, periods: list[Period], system: str, scope_code: str, at: dt.datetime
) -> dict[str, set[str]]:
    """The periods of each holder in which all events were held or made up; who cancelled one with a reason does not lack it."""
    states: dict[tuple[str, str], list[str]] = {}
    for event in known_events(connection, system, periods, scope_code, at):
        if event["series"] == series.key:
            states.setdefault((event["unit_code"], event["period"]), []).append(event["state"])
    found: dict[str, set[str]] = {}
    for (code, period), of_period in states.items():
        if all(state == CANCELLED or is_held(series, state) for state in of_period):
            found.setdefault(code, set()).add(period)
    return found
