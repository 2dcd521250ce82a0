"""Items of events that were not held: opened when the event's record says so, and ended when a sheet made up for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import Connection

from include.db import sql
from include.events.record import is_held
from include.events.sheets import Taken
from include.items.missed_events import end_missed, item_of_missed
from include.period import Period
from include.schemes.loader import find_scheme, load_scheme
from include.schemes.model import Scheme
from include.schemes.series import Series


def missed_and_made_up(
    events: Iterable[sql.Row], moves: Iterable[sql.Row], arrivals: Iterable[sql.Row]
) -> list[sql.Row]:
    """The moves by which an event came to count as not held, or was made up for, each with its event as it then was, and `at`:
    when it took effect, which is that of the answer to the arrival that brought it. `moves` in the order of event and move."""
    known, found = {event["id"]: event for event in events}, []
    latest_first = sorted(arrivals, key=lambda row: row["answered_at"], reverse=True)
    answered = {row["sha256"]: row["answered_at"] for row in latest_first}
    for event_id, own in groupby(moves, key=lambda move: move["event_id"]):
        event, before = known.get(event_id), ""
        series = _series(event) if event is not None else None
        if event is None or series is None or not series.not_held.item:
            continue
        for move in own:
            was_missed, before = before == series.not_held_word, move["state"]
            is_made_up = was_missed and is_held(series, before)
            if is_made_up or (before == series.not_held_word and not was_missed):
                at = answered.get(move["sha256"] or "", move["happened_at"]) if is_made_up else move["happened_at"]
                found.append({**event, **move, "is_made_up": is_made_up, "at": at})
    return sorted(found, key=lambda row: (row["at"], row["scheme"], Period.parse(row["period"]), _place(row)))


def replay_missed(connection: Connection, row: sql.Row) -> None:
    """Open the event's item, or end it."""
    scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
    series = _own(scheme, row)
    if series is None:
        return
    if row["is_made_up"]:
        end_missed(connection, scheme, Taken(row, series, was_missed=True), row["happened_at"], row["sha256"])
    else:
        item_of_missed(connection, scheme, series, row, series.not_held_date(scheme.period), row["happened_at"])


def _series(event: sql.Row) -> Series | None:
    scheme = find_scheme(event["scheme"], Period.parse(event["period"]))
    return _own(scheme, event) if scheme is not None else None


def _own(scheme: Scheme, event: sql.Row) -> Series | None:
    return next((one for one in scheme.own_series if one.key == event["series"]), None)


def _place(row: sql.Row) -> tuple[int, str]:
    """In which order one round comes to a unit's events: numbers of items go by it."""
    scheme = find_scheme(row["scheme"], Period.parse(row["period"]))
    keys: Sequence[str] = [one.key for one in scheme.own_series] if scheme is not None else []
    return keys.index(row["series"]), row["event_id"]
