"""What falls due of events on a day: who holds one is told of it; what was not reported, or not held, is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Unpack

from sqlalchemy import Connection

from include.db import sql
from include.events.absences import absent_running
from include.events.planning import Holder, holders_of
from include.events.record import change, events_in, events_of_unit
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import EventNews, OfEvent
from include.period import add_working_days, chinese_weekday, in_zone, working_days_between
from include.registry.offices import Office, office_for, office_on
from include.registry.units import Unit, find_unit
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.schemes.series import ANNOUNCED, PLANNED, UNREPORTED, Series

OpenItems = Callable[[Connection, str], list[str]]
"""What is open with a unit, as lines to be talked over."""

INVITATION, MISSED = "event_invitation", "event_missed"


@dataclass(frozen=True)
class NotHeld:
    """An event that counts as not held from a day on, from which its item's days run."""

    event: sql.Row
    series: Series
    holder: Holder
    since_date: dt.date


def go_round(
    connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime, open_items: OpenItems = lambda *_: []
) -> list[NotHeld]:
    """Take every event of the scheme's period in a street or county to the state that it has reached, and tell who holds
    it; those that have come to count as not held. A day on which nothing ran is caught up; the same day again changes nothing."""
    missed = []
    for series in scheme.own_series:
        holders = {holder.code: holder for holder in holders_of(connection, scheme, series, scope_code)}
        for event in events_in(connection, scheme, series, scope_code):
            if (holder := holders.get(event["unit_code"])) is None:  # it is gone: nothing is asked of it any more
                continue
            if (one := _advance(connection, scheme, series, event, holder, at, open_items)) is not None:
                missed.append(one)
    return missed


def _advance(
    connection: Connection, scheme: Scheme, series: Series, event: sql.Row, holder: Holder, at: dt.datetime,
    open_items: OpenItems,
) -> NotHeld | None:  # fmt: skip
    if event["state"] not in (PLANNED, ANNOUNCED, UNREPORTED):
        return None
    today, since = in_zone(at).date(), series.not_held_date(scheme.period)
    if today >= since:
        return NotHeld(change(connection, event, at, state=series.not_held_word), series, holder, since)
    due_date = series.due_date(event["planned_date"], None)
    if due_date is not None and today > due_date:
        if event["state"] != UNREPORTED:
            event = change(connection, event, at, state=UNREPORTED)
            tell(connection, scheme, series, event, holder, at, MISSED, UNREPORTED, due_date=due_date.isoformat())
        return None
    if stage := _stage_of(series, event, today):
        along = _absent(connection, scheme, series, holder, at)
        if series.invite and series.invite.open_items and (topics := open_items(connection, holder.code)):
            along["topics"] = topics
        tell(connection, scheme, series, event, holder, at, INVITATION, stage, **along)
        if event["state"] == PLANNED:
            change(connection, event, at, state=ANNOUNCED, announced_at=at)
    return None


def _absent(connection: Connection, scheme: Scheme, series: Series, holder: Holder, at: dt.datetime) -> EventNews:
    """Who was absent running, and was not named in the invitation to the event before; nothing where there is nobody."""
    if series.invite is None or not series.invite.names_absent or holder.code != holder.street_code:
        return {}
    before = find_scheme(scheme.scheme, scheme.period.previous)
    told = events_of_unit(connection, before, series, holder.code) if before is not None else []
    since = max((one["announced_at"] for one in told if one["announced_at"]), default=None)
    found = absent_running(connection, scheme, holder.street_code, at, since)
    return {"absent": found} if found else {}


def _stage_of(series: Series, event: sql.Row, today: dt.date) -> str:
    """The nearest of the days before an event that has come; empty where none has, or the event is past."""
    day: dt.date | None = event["planned_date"]
    if series.invite is None or day is None or today > day:
        return ""
    reached = [count for count in series.invite.working_days_before if today >= add_working_days(day, -count)]
    return f"{day}-{min(reached)}" if reached else ""


def tell(
    connection: Connection,
    scheme: Scheme,
    series: Series,
    event: sql.Row,
    holder: Holder,
    at: dt.datetime,
    kind: str,
    stage: str,
    **news: Unpack[EventNews],
) -> None:
    """A notice about an event to who holds it: a unit's secretary, the committee of a street or county."""
    unit, office = _addressed(connection, scheme, holder, in_zone(at).date())
    day: dt.date | None = event["planned_date"]
    notify(
        connection,
        Notice(
            kind,
            subject=event["id"],
            stage=stage,
            unit=unit,
            office=office,
            scheme=scheme.scheme,
            period=str(scheme.period),
            due_at=at,
            words=OfEvent(
                {
                    "series_name": series.name,
                    "period_name": scheme.period.name,
                    "unit_name": unit.name if unit else office.street,
                    "planned_date": day.isoformat() if day else "",
                    "weekday": chinese_weekday(day) if day else "",
                    "working_days_left": working_days_between(in_zone(at).date(), day) if day else 0,
                    "sheet_name": next(form.name for form in scheme.forms if form.key == series.sheet.form),
                    "sheet_due_date": due.isoformat() if (due := series.due_date(day, None)) else "",
                    "sheet_due_working_days": series.sheet.due_working_days,
                    "status": event["state"],
                    **news,
                }
            ),
        ),
    )


def _addressed(connection: Connection, scheme: Scheme, holder: Holder, today: dt.date) -> tuple[Unit | None, Office]:
    unit = find_unit(connection, holder.code, today) if holder.code != holder.street_code else None
    return unit, office_for(scheme, unit) if unit else office_on(connection, holder.code, today)
