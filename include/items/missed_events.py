"""Events that were not held as items: opened when one counts as not held, done when it is made up for."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.events.rounds import MISSED, NotHeld, tell
from include.events.sheets import Taken
from include.items.kinds import open_item, open_of_code
from include.items.stepping import close
from include.items.whose import subject_of
from include.outbox.words import EventNews
from include.schemes.model import Scheme
from include.schemes.series import Series

_REASON = "已补报：{period}{name}于{day}举行。"


def open_missed(connection: Connection, scheme: Scheme, missed: NotHeld, at: dt.datetime) -> str | None:
    """Open the item of an event that was not held, and tell who was to hold it until when it is to be made up for; the item's id.

    Its days run from the day on which the event came to count as not held. None where the series opens none, or the unit is gone.
    """
    event, series = missed.event, missed.series
    item_id = None
    news: EventNews = {"is_missed": True}
    if series.not_held.item:
        item_id = item_of_missed(connection, scheme, series, event, missed.since_date, at)
        if item_id is None:
            return None
        found = sql.fetch_one(connection, "items/select_item", id=item_id) or {}
        news["deadline"] = found["deadline"].isoformat()
    tell(connection, scheme, series, event, missed.holder, at, MISSED, series.not_held_word, **news)
    return item_id


def item_of_missed(
    connection: Connection, scheme: Scheme, series: Series, event: sql.Row, since_date: dt.date, at: dt.datetime
) -> str | None:
    """Open the item alone, without telling anybody; None where the unit is gone."""
    subject = subject_of(connection, event["unit_code"], since_date)
    if subject is None:
        return None
    return open_item(
        connection, scheme, series.not_held.item, subject, code=_code(event),
        problem=f"{scheme.period.name}{series.name}{series.not_held_word}", opened_at=at, began=since_date,
        cells={"holder": series.held_by},
    ).id  # fmt: skip


def end_missed(connection: Connection, scheme: Scheme, taken: Taken, at: dt.datetime, sha256: str) -> None:
    """The item of an event that was made up for is done."""
    series, event = taken.series, taken.event
    if not series.not_held.item:
        return
    item_id = open_of_code(connection, scheme.scheme, series.not_held.item, event["unit_code"], _code(event))
    if item_id is not None:
        said = _REASON.format(period=scheme.period.name, name=series.name, day=event["held_date"])
        close(connection, item_id, said, at, sha256=sha256)


def _code(event: sql.Row) -> str:
    """What tells the event from the unit's others."""
    number = f"/{event['number']}" if event["number"] > 1 else ""
    return f"{event['series']}/{event['period']}{number}"
