"""The daily round over the steps of items of every kind: passed on where nobody answered, looked at again, chased."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from include.db import sql
from include.items.chase import Escalation, Stage, escalations
from include.items.holders import reached
from include.items.states import record
from include.items.step_notices import tell, told_step
from include.items.stepping import LOOKED_AT, kind_of, settle, wait
from include.keys import StageKey
from include.period import in_zone, is_working_day, months_later
from include.registry.units import find_unit

_MONTHS = 3  # from one look at what waits to the next
_SYSTEM = "系统"


class Due(NamedTuple):
    """A letter of a kind that a stage has due to a unit."""

    kind: str
    stage: str
    unit_code: str


@dataclass
class StepChase:
    """How many stages were acted on, and the letters that are due."""

    acted: int = 0
    due_letters: set[Due] = field(default_factory=set)


def chase_steps(connection: Connection, at: dt.datetime, run_id: str = "", system: str = "") -> StepChase:
    """Bring every item to where it stands at a moment and take its step to the highest stage of its policy that is reached.
    The same day again does nothing; after a gap only the highest stage is acted on. A stage with a letter is due to the unit that
    takes the step, and over when a person has approved the letter or sent it back; whoever else takes one is told by mail.

    Of a `system` alone, where one is named; on a day off steps are passed on and nobody is told. One notice a holder, kind of notice and day lists all of them. A step that waits is not chased: its holder is told on the
    day on which it is to be looked at again, and so every three months.
    """
    today = in_zone(at).date()
    for item in sql.fetch(connection, "items/select_to_settle", scheme=system, today=today):
        settle(connection, item["id"], today, at, run_id or _SYSTEM)
    if not is_working_day(today):
        return StepChase()
    done: dict[str, set[str]] = defaultdict(set)
    drafted: dict[str, set[str]] = defaultdict(set)
    for event in sql.fetch(connection, "items/select_step_chases"):
        (drafted if event["kind"] == "drafted" else done)[event["item_id"]].add(event["stage"])
    to_tell: dict[tuple[str, str, str, str], list[sql.Row]] = defaultdict(list)
    result = StepChase()
    for item in sql.fetch(connection, "items/select_current", scheme=system):
        if item["waits_since_date"] is not None:
            if item["look_again_date"] <= today:
                _look_again(connection, item, today, at, run_id)
                to_tell[item["scheme"], "step_look_again", *_holder(item)].append(item)
            continue
        stage = _take_on(connection, item, done[item["id"]], drafted[item["id"]], today, at, run_id)
        if stage is None:
            continue
        result.acted += stage_key(stage, item) not in drafted[item["id"]]
        if _is_written_of(stage, item):
            result.due_letters.add(Due(stage.letter, stage.stage, item["holder"]))
        elif stage.notice is not None:
            to_tell[item["scheme"], stage.notice, *_told(connection, item, stage, today)].append(item)
    for (scheme, notice, scope, code), items in to_tell.items():
        listed = [told_step(connection, item, today) for item in items]
        period = max(item["opened_period"] for item in items)
        to = reached(connection, scope, code, today)
        tell(connection, notice, to, listed, [item["id"] for item in items], scheme, period, f"{notice}:{today}", at)
    return result


def policy_of(item: sql.Row) -> Escalation | None:
    """The policy by which the step is chased at which an item stands; None where nobody is."""
    kind = kind_of(item["scheme"], item["opened_period"], item["kind"])
    step = kind.step(item["step"])
    name = kind.escalation if step is None or step.escalation is None else step.escalation
    return escalations()[name] if name else None


def _take_on(
    connection: Connection, item: sql.Row, done: set[str], drafted: set[str], today: dt.date, at: dt.datetime, run_id: str
) -> Stage | None:  # fmt: skip
    """Record the stages that the step has newly reached; the one to act on, if any."""
    policy = policy_of(item)
    if policy is None:
        return None
    passed = [one for one in policy.stages if one.after.date(item["began_date"], item["due_date"]) <= today]
    if not passed or stage_key(passed[-1], item) in done:
        return None
    actor, highest = run_id or _SYSTEM, passed[-1]
    for one in passed[:-1]:
        if stage_key(one, item) not in done | drafted:
            text = f"{item['step']}：{one.stage}未发：已到更高一级。"
            record(connection, item["id"], "skipped", stage_key(one, item), actor, text, at)
    if not _is_written_of(highest, item):
        text = f"{item['step']}：期限 {item['due_date']}，{highest.stage}。"
        record(connection, item["id"], highest.event, stage_key(highest, item), actor, text, at)
    return highest


def _is_written_of(stage: Stage, item: sql.Row) -> bool:
    """Whether a letter goes to who takes the step: to a unit that the office stands over."""
    return bool(stage.letter) and item["holder_scope"] == "community"


def stage_key(stage: Stage, item: sql.Row) -> str:
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
