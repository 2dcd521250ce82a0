"""The daily round over the steps of items of every kind: passed on where nobody answered, looked at again, chased."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import Connection

from include.db import sql
from include.items.chase import Stage, escalations
from include.items.holders import reached
from include.items.states import record
from include.items.step_notices import tell, told_step
from include.items.stepping import LOOKED_AT, kind_of, settle, wait
from include.keys import StageKey
from include.period import in_zone, is_working_day, months_later
from include.registry.units import find_unit

_MONTHS = 3  # from one look at what waits to the next
_SYSTEM = "系统"


def chase_steps(connection: Connection, at: dt.datetime, run_id: str = "", system: str = "") -> int:
    """Bring every item to where it stands at a moment and take its step to the highest stage of its policy that is reached;
    how many stages were acted on. The same day again does nothing; after a gap only the highest stage is acted on.

    Of a `system` alone, where one is named; on a day off steps are passed on and nobody is told. One notice a holder, kind of notice and day lists all of them. A step that waits is not chased: its holder is told on the
    day on which it is to be looked at again, and so every three months.
    """
    today = in_zone(at).date()
    for item in sql.fetch(connection, "items/select_to_settle", scheme=system, today=today):
        settle(connection, item["id"], today, at, run_id or _SYSTEM)
    if not is_working_day(today):
        return 0
    done: dict[str, set[str]] = defaultdict(set)
    for event in sql.fetch(connection, "items/select_step_chases"):
        done[event["item_id"]].add(event["stage"])
    to_tell: dict[tuple[str, str, str, str], list[sql.Row]] = defaultdict(list)
    acted = 0
    for item in sql.fetch(connection, "items/select_current", scheme=system):
        if item["waits_since_date"] is not None:
            if item["look_again_date"] <= today:
                _look_again(connection, item, today, at, run_id)
                to_tell[item["scheme"], "step_look_again", *_holder(item)].append(item)
            continue
        stage = _take_on(connection, item, done[item["id"]], today, at, run_id)
        acted += stage is not None
        if stage is not None and stage.notice is not None:
            to_tell[item["scheme"], stage.notice, *_told(connection, item, stage, today)].append(item)
    for (scheme, notice, scope, code), items in to_tell.items():
        listed = [told_step(connection, item, today) for item in items]
        period = max(item["opened_period"] for item in items)
        to = reached(connection, scope, code, today)
        tell(connection, notice, to, listed, [item["id"] for item in items], scheme, period, f"{notice}:{today}", at)
    return acted


def _take_on(
    connection: Connection, item: sql.Row, done: set[str], today: dt.date, at: dt.datetime, run_id: str
) -> Stage | None:
    """Record the stages that the step has newly reached; the one to act on, if any."""
    kind = kind_of(item["scheme"], item["opened_period"], item["kind"])
    step = kind.step(item["step"])
    policy = kind.escalation if step is None or step.escalation is None else step.escalation
    if not policy:
        return None
    stages = escalations()[policy].stages
    passed = [one for one in stages if one.after.date(item["began_date"], item["due_date"]) <= today]
    if not passed or _key(passed[-1], item) in done:
        return None
    actor = run_id or _SYSTEM
    for one in passed[:-1]:
        if _key(one, item) not in done:
            text = f"{item['step']}：{one.stage}未发：已到更高一级。"
            record(connection, item["id"], "skipped", _key(one, item), actor, text, at)
    highest = passed[-1]
    text = f"{item['step']}：期限 {item['due_date']}，{highest.stage}。"
    record(connection, item["id"], highest.event, _key(highest, item), actor, text, at)
    return highest


def _key(stage: Stage, item: sql.Row) -> str:
    """A stage counts for one step and last day: an extended step is chased anew."""
    return str(StageKey(f"{item['step']}{item['sequence']}{stage.stage}", item["due_date"]))


def _holder(item: sql.Row) -> tuple[str, str]:
    return item["holder_scope"], item["holder"]


def _told(connection: Connection, item: sql.Row, stage: Stage, today: dt.date) -> tuple[str, str]:
    """Whom a stage tells: who takes the step, or the committee of the street over it."""
    if stage.to == "holder":
        return _holder(item)
    unit = find_unit(connection, item["unit_code"], today)
    return "street", unit.street_code if unit else item["unit_code"][:9]


def _look_again(connection: Connection, item: sql.Row, today: dt.date, at: dt.datetime, run_id: str) -> None:
    again = item["look_again_date"]
    while again <= today:  # counted from the day itself, whenever the round comes to it
        again = months_later(again, _MONTHS)
    told = "到了复查的日子，已通知办理单位。"
    wait(connection, item["id"], item["waits_since_date"], again, run_id or _SYSTEM, told, at, LOOKED_AT)
