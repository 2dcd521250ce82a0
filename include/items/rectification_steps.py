"""The steps that an item of rectification has beside its states: of what was found in the first period of their version or later."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.items import stepping
from include.period import in_zone


def follow(connection: Connection, item_id: str, state: str, at: dt.datetime, sha256: str | None = None) -> None:
    """The steps follow the item into a state: those before it end on the day, and its own begins. Nothing of an item that has
    no steps, or that stands at the step already."""
    item = stepping.item_row(connection, item_id)
    kind = stepping.steps_of_rectification(item["scheme"], item["opened_period"])
    if kind is None:
        return
    day, target = in_zone(at).date(), kind.follows_states[state]
    run = stepping.current(connection, item_id)
    if run is None:
        is_first = not sql.fetch(connection, "items/select_steps", item_id=item_id)
        stepping.begin(connection, item_id, kind.first_step.step if is_first else target, day, at)
        return
    for _ in kind.steps:
        step = kind.step(run["step"])
        if step is None or step.step == target or (step is kind.first_step and state == step.state):
            return
        leads = [name for name, one in step.outcomes.items() if one.to == target]
        outcome = leads[0] if leads else step.unanswered or next(iter(step.outcomes))
        sql.execute(
            connection, "items/end_step", item_id=item_id, sequence=run["sequence"], ended_date=day, outcome=outcome,
            is_answered=bool(leads), ended_at=at, sha256=sha256,
        )  # fmt: skip
        stepping.begin(connection, item_id, step.outcomes[outcome].to, day, at)
        run = stepping.current(connection, item_id) or run


def extended(connection: Connection, item_id: str, deadline: dt.date) -> None:
    """The step whose last day is the item's deadline gets the new one."""
    item, run = stepping.item_row(connection, item_id), stepping.current(connection, item_id)
    kind = stepping.steps_of_rectification(item["scheme"], item["opened_period"])
    step = kind.step(run["step"]) if kind and run else None
    if run is not None and step is not None and step.on_time:
        stepping.set_clock(connection, item_id, run, due_date=deadline, is_provisional=False)
        stepping.place(connection, item, step_due_date=deadline)
