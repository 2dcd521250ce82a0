"""Moves of an item between its states, each an event with who, when, why and the file that came with it."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

from pydantic import Field
from sqlalchemy import Connection

from include.data_files import Part, read_yaml
from include.db import sql
from include.errors import UserError
from include.items.deadlines import stored, told
from include.items.whose import office_of_item
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import ItemMoved
from include.period import at_latest_now, chinese_date, in_zone
from include.registry.units import find_unit


class _Move(Part):
    from_states: list[str] = Field(alias="from", min_length=1)
    event: str
    notice: str | None = None


class States(Part):
    """The table of states: where an item begins, where it ends, and what leads where."""

    first: str
    closed: str
    found_again: str
    waiting_for_inspectors: list[str]
    moves: dict[str, _Move]


@functools.cache
def states() -> States:
    return States.model_validate(read_yaml(Path(__file__).parent / "states.yaml"))


def move(
    connection: Connection,
    item_id: str,
    to: str,
    actor: str,
    reason: str,
    at: dt.datetime,
    sha256: str | None = None,
    deadline: dt.date | None = None,
) -> None:
    """Bring an item to the state `to`, with another deadline where one is given.

    Raises UserError, in Chinese, for a move that the table does not allow.
    """
    item, table = _item(connection, item_id), states()
    if to not in table.moves:
        raise UserError(f"没有“{to}”这个整改状态：可用的状态有{'、'.join(table.moves)}。")
    allowed = table.moves[to]
    if item["state"] not in allowed.from_states:
        raise UserError(
            f"{item['unit_code']} 的整改事项“{item['problem']}”现为“{item['state']}”，不能改为“{to}”："
            f"只有{'、'.join(allowed.from_states)}的事项可以。"
        )
    moved = sql.execute(
        connection,
        "items/move_item",
        id=item_id,
        from_state=item["state"],
        state=to,
        is_open=to != table.closed,
    )
    if moved == 0:
        raise UserError(f"整改事项“{item['problem']}”刚刚被他人改动，请刷新后重试。")
    record(connection, item_id, allowed.event, "", actor, reason, at, sha256)
    if deadline is not None:
        extend(connection, item_id, deadline, actor, reason, at)
        item |= {"deadline": deadline, "is_provisional": False}
    _follow(connection, item_id, to, at, sha256)
    if allowed.notice is not None:
        _tell(connection, allowed.notice, item, to, reason, at)


def _follow(connection: Connection, item_id: str, state: str, at: dt.datetime, sha256: str | None) -> None:
    from include.items.rectification_steps import follow  # steps speak of states, too

    follow(connection, item_id, state, at, sha256)


def _tell(connection: Connection, kind: str, item: sql.Row, state: str, reason: str, at: dt.datetime) -> None:
    """Tell the unit at once of a move that leaves it with work to do."""
    unit = find_unit(connection, item["unit_code"], in_zone(at).date())
    asked = [told(item, in_zone(at).date())]
    notify(
        connection,
        Notice(
            kind,
            subject=f"item/{item['id']}",
            stage=f"{state}:{at.isoformat()}",
            unit=unit,
            office=office_of_item(item, unit),
            period=item["opened_period"],
            due_at=at_latest_now(at),
            words=ItemMoved(
                {
                    "unit_name": unit.name if unit else item["unit_code"],
                    "state": state,
                    "reason": reason,
                    "items": asked,
                }
            ),
            asks=asked,
        ),
    )


def extend(connection: Connection, item_id: str, deadline: dt.date, actor: str, reason: str, at: dt.datetime) -> None:
    """Give an open item another deadline; the chase begins anew from it. Raises UserError, in Chinese."""
    item = _item(connection, item_id)
    problems = []
    if not item["is_open"]:
        problems.append(f"整改事项“{item['problem']}”已销号，不能延期。")
    if deadline <= item["deadline"]:
        problems.append(f"新的期限应晚于现在的期限 {stored(item).shown}。")
    if not reason.strip():
        problems.append("请写明延期的理由。")
    if problems:
        raise UserError(*problems)
    text = f"期限由{stored(item).shown}延至{chinese_date(deadline)}：{reason.strip()}"
    give_deadline(connection, item_id, deadline, actor, text, at)


def give_deadline(
    connection: Connection, item_id: str, deadline: dt.date, actor: str, text: str, at: dt.datetime
) -> None:
    """Carry out an extension that was found sound, now or when it was recorded; `text` is what its event says. Raises
    UserError, in Chinese, for an item that is closed."""
    if not sql.execute(connection, "items/extend_item", id=item_id, deadline=deadline):
        raise UserError(f"整改事项“{_item(connection, item_id)['problem']}”已销号，不能延期。")
    record(connection, item_id, "extended", "", actor, text, at, deadline=deadline)
    from include.items.rectification_steps import extended  # steps speak of states, too

    extended(connection, item_id, deadline)


def history(connection: Connection, item_id: str) -> list[sql.Row]:
    """Every event of an item, in order."""
    return sql.fetch(connection, "items/select_events", item_id=item_id)


def record(
    connection: Connection,
    item_id: str,
    kind: str,
    stage: str,
    actor: str,
    reason: str,
    at: dt.datetime,
    sha256: str | None = None,
    deadline: dt.date | None = None,
) -> None:
    """Write an event after the item's last one. `stage` makes it unique; an empty one becomes its number. `deadline` is
    the one that it gave to the item, where it gave one."""
    sql.fetch(connection, "items/lock_item", id=item_id)  # two that take the same number would lose one event
    sql.execute(
        connection,
        "items/insert_event",
        item_id=item_id,
        kind=kind,
        stage=stage,
        actor=actor,
        reason=reason,
        happened_at=at,
        sha256=sha256,
        deadline=deadline,
    )


def _item(connection: Connection, item_id: str) -> sql.Row:
    """The item, which nobody else moves before this transaction ends."""
    sql.fetch(connection, "items/lock_item", id=item_id)
    item = sql.fetch_one(connection, "items/select_item", id=item_id)
    if item is None:
        raise UserError(f"没有编号为 {item_id} 的整改事项。")
    return item
