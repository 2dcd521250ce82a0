"""The sheet of one row by which an event is reported: what stands against it, and what it makes of the event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.events.planning import days_of, plan_events
from include.events.record import change, events_of_unit, is_held, is_told
from include.period import chinese_date, in_zone
from include.schemes.model import Scheme
from include.schemes.series import CANCELLED, MADE_UP, Series


@dataclass(frozen=True)
class Remark:
    """Something wrong with the day in a sheet (`fails`: it goes back), or to be looked at."""

    fails: bool
    sentence: str
    expected: str
    advice: str


@dataclass(frozen=True)
class Taken:
    """An event that a sheet has told of. `was_missed`: it had counted as not held, and what was opened for that is done."""

    event: sql.Row
    series: Series
    was_missed: bool


def series_of(scheme: Scheme, form: str) -> Series | None:
    """The series whose events a form reports."""
    return next((one for one in scheme.own_series if one.sheet.form == form), None)


def remarks_on(
    connection: Connection, scheme: Scheme, series: Series, unit_code: str, held_date: dt.date, received_at: dt.datetime
) -> list[Remark]:
    """What stands against the day on which an event is said to have been held: in another period, unless it was planned there
    or is made up; far from the day planned."""
    event = _meant(connection, scheme, series, unit_code, held_date)
    period, planned = scheme.period, event["planned_date"] if event else None
    if event is None:  # a sheet that came before the first daily round planned the event
        days = days_of(connection, scheme, series, unit_code)
        planned = min(days, key=lambda day: abs((held_date - day).days), default=None)
    is_inside = period.start_date <= held_date <= period.end_date
    is_missed = in_zone(received_at).date() >= series.not_held_date(period)
    if not is_inside and held_date != planned and not (is_missed and held_date > period.end_date):
        said = f"{chinese_date(held_date)}不在{period.name}内，属于另一期。"
        return [
            Remark(True, said, f"在 {period.start_date} 至 {period.end_date} 之间", "请核对日期，或改填那一期的表。")
        ]
    most = series.sheet.days_off_plan
    if most is not None and planned is not None and abs((held_date - planned).days) > most and not is_missed:
        said = f"{series.name}排定在{chinese_date(planned)}，实际{chinese_date(held_date)}，相差超过 {most} 天，未按统一日期。"
        return [Remark(False, said, planned.isoformat(), "请核对；确实如此的不必改。")]
    return []


def take_sheet(
    connection: Connection,
    scheme: Scheme,
    series: Series,
    unit_code: str,
    scope_code: str,
    cells: Mapping[str, str],
    received_at: dt.datetime,
    sha256: str,
) -> Taken | None:
    """An accepted sheet makes its event one that was held, or made up; a corrected one changes what is known of it. None of a
    period in which the unit holds none. The same sheet again changes nothing."""
    held_date = dt.date.fromisoformat(cells[series.sheet.held_on])
    event = _meant(connection, scheme, series, unit_code, held_date)
    if event is None:  # no daily run came to it before
        plan_events(connection, scheme, scope_code, received_at)
        event = _meant(connection, scheme, series, unit_code, held_date)
    if event is None or is_told(connection, event["id"], sha256):
        return None
    is_over = in_zone(received_at).date() >= series.not_held_date(scheme.period)
    was_missed = event["state"] == series.not_held_word
    is_known = is_held(series, event["state"])
    state = event["state"] if is_known else MADE_UP if is_over else series.held_word
    changed = change(
        connection, event, received_at, state=state, held_date=held_date,
        expected=_number(cells, series.sheet.expected), present=_number(cells, series.sheet.present), sha256=sha256,
        reported_at=event["reported_at"] or received_at,
    )  # fmt: skip
    return Taken(changed, series, was_missed)


def _number(cells: Mapping[str, str], column: str) -> int | None:
    text = cells.get(column, "") if column else ""
    return int(text) if text else None


def _meant(
    connection: Connection, scheme: Scheme, series: Series, unit_code: str, held_date: dt.date
) -> sql.Row | None:
    """Of the unit's events of the period the one of that day: already told to have been then, else planned nearest to it."""
    events = events_of_unit(connection, scheme, series, unit_code)
    if known := [one for one in events if one["held_date"] == held_date]:
        return known[0]
    if len(events) == 1:
        return events[0]
    waiting = [one for one in events if one["held_date"] is None and one["state"] != CANCELLED] or events
    return min(waiting, key=lambda one: (abs((held_date - one["planned_date"]).days), one["number"]), default=None)
