"""The record of events: what each is now, and every move of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.period import Period
from include.registry.rows import COUNTY_DIGITS
from include.registry.units import span_of
from include.schemes.model import Scheme
from include.schemes.series import MADE_UP, Series

MACHINE = "系统"
_CHANGED = ("state", "planned_date", "held_date", "expected", "present", "sha256")


def event_id(scheme: Scheme, series: Series, unit_code: str, number: int) -> str:
    return f"{scheme.scheme}.{series.key}/{unit_code}/{scheme.period}/{number}"


def events_in(connection: Connection, scheme: Scheme, series: Series, scope_code: str) -> list[sql.Row]:
    """The events of the scheme's period that are held in a street or county; of a county's own series those of the county."""
    county = scope_code[:COUNTY_DIGITS]
    span = {"first_street": county, "last_street": county} if series.held_by == "county" else span_of(scope_code)
    return sql.fetch(
        connection, "events/select_events", scheme=scheme.scheme, series=series.key, period=str(scheme.period), **span
    )


def events_of_unit(connection: Connection, scheme: Scheme, series: Series, unit_code: str) -> list[sql.Row]:
    """Those that one holds in the scheme's period, by number."""
    return sql.fetch(
        connection,
        "events/select_of_unit",
        scheme=scheme.scheme,
        series=series.key,
        period=str(scheme.period),
        unit_code=unit_code,
    )


def known_events(
    connection: Connection, scheme: str, periods: list[Period], scope_code: str, known_at: dt.datetime
) -> list[sql.Row]:
    """Every event of the periods as it was known at a moment, those of a county that a street belongs to not among them."""
    if not periods:
        return []
    return sql.fetch(
        connection,
        "events/select_known",
        scheme=scheme,
        any_period=[str(one) for one in periods],
        **span_of(scope_code),
        known_at=known_at,
    )


def insert(connection: Connection, event: sql.Row, at: dt.datetime) -> bool:
    """A new event with its first move; False where it was planned already."""
    if not sql.execute(connection, "events/insert_event", **event, planned_at=at):
        return False
    _note(connection, {**dict.fromkeys(_CHANGED), **event}, at, MACHINE, "")
    return True


def change(
    connection: Connection, event: sql.Row, at: dt.datetime, *, actor: str = MACHINE, reason: str = "", **changes: Any
) -> sql.Row:
    """An event with what is changed of it, as it stands from then on; the same again changes nothing."""
    changed = {**event, **changes}
    if changed == event:
        return event
    kept = {name: value for name, value in changed.items() if name not in _FIXED}
    sql.execute(connection, "events/update_event", id=event["id"], **kept)
    if any(changed[name] != event[name] for name in _CHANGED):
        _note(connection, changed, at, actor, reason)
    return changed


_FIXED = ("id", "scheme", "series", "unit_code", "street_code", "period", "number")


def _note(connection: Connection, event: sql.Row, at: dt.datetime, actor: str, reason: str) -> None:
    sql.execute(
        connection,
        "events/insert_change",
        event_id=event["id"],
        **{name: event.get(name) for name in _CHANGED},
        actor=actor,
        reason=reason,
        happened_at=at,
    )


def is_told(connection: Connection, event_id: str, sha256: str) -> bool:
    """Whether a sheet has told of the event already."""
    found = sql.fetch(connection, "events/count_sheets", event_id=event_id, sha256=sha256)
    return bool(found[0]["moves"])


def copy_events(connection: Connection, events: list[sql.Row], changes: list[sql.Row]) -> None:
    """Rows of another record as they are: what was planned and told cannot be computed again."""
    for event in events:
        planned = {name: event[name] for name in (*_FIXED, "nominal_date", "planned_date", "state")}
        sql.execute(connection, "events/insert_event", **planned, planned_at=event["planned_at"])
        kept = {name: value for name, value in event.items() if name not in (*_FIXED, "planned_at")}
        sql.execute(connection, "events/update_event", id=event["id"], **kept)
    sql.execute_many(
        connection, "events/insert_change", [{k: v for k, v in row.items() if k != "sequence"} for row in changes]
    )


def is_held(series: Series, state: str) -> bool:
    """Whether it was held, in its time or made up."""
    return state in (series.held_word, MADE_UP)
