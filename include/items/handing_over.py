"""Items of a subject that ended go on with who came after it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.items.states import record, states
from include.period import chinese_date, in_zone
from include.registry.successions import Successions, successions
from include.registry.units import find_unit

ACTOR = "系统"
HANDED_ON = "handed_on"
_NOBODY = {"owner": "", "liaison": ""}


def hand_over(connection: Connection, at: dt.datetime) -> int:
    """Give the items of those that ended by then to their successors, with their history; how many. Again does nothing.

    Of two open items with one problem that come together, the one with the later deadline is closed: the other goes on.
    """
    day, known = in_zone(at).date(), successions(connection)
    ended = known.ended(day)
    if not ended:
        return 0
    items = sql.fetch(connection, "items/select_to_hand_over", any_code=ended)
    for item in items:
        code = known.holder(item["unit_code"], day)
        key = {"scheme": item["scheme"], "unit_code": code, "indicator": item["indicator"]}
        there = sql.fetch_one(connection, "items/select_latest_item", **key)
        if item["is_open"] and there is not None and there["is_open"] and there["id"] != item["id"]:
            sql.execute(
                connection,
                "items/move_item",
                id=item["id"],
                from_state=item["state"],
                state=states().closed,
                is_open=False,
            )
            record(connection, item["id"], "closed", "", ACTOR, "与承接对象的同一问题合并办理。", at)
        _pass_on(connection, item, item["unit_code"], code, day, at)
    return len(items) + _hand_over_kinds(connection, ended, known, day, at)


def _hand_over_kinds(
    connection: Connection, ended: list[str], known: Successions, day: dt.date, at: dt.datetime
) -> int:
    """The same of items of other kinds: those of the subjects, and the steps that they hold of others' items."""
    items = sql.fetch(connection, "items/select_of_unit", any_code=ended)
    for item in items:
        moved = {code: known.holder(code, day) for code in (item["unit_code"], item["holder"]) if code in ended}
        for before, after in moved.items():
            _pass_on(connection, item, before, after, day, at)
    return len(items)


def _pass_on(connection: Connection, item: sql.Row, before: str, after: str, day: dt.date, at: dt.datetime) -> None:
    """What an ended subject had of an item, the item itself or a step of it, goes to its successor."""
    unit = find_unit(connection, after, day)
    if before == item["unit_code"]:
        people = {"owner": unit.secretary_email, "liaison": unit.liaison_email} if unit else _NOBODY
        sql.execute(connection, "items/hand_over_item", id=item["id"], unit_code=after, **people)
    sql.execute(connection, "items/hand_over_holder", id=item["id"], before=before, after=after)
    sql.execute(connection, "items/hand_over_step", item_id=item["id"], before=before, after=after)
    name = unit.name if unit else after
    reason = f"{before} 已由{name}承接，事项自{chinese_date(day)}起由{name}办理。"
    record(connection, item["id"], HANDED_ON, "", ACTOR, reason, at)
