"""How Airflow's workflows stand, as the API server tells the daily self-check: tasks do not see Airflow's own tables (ADR 69)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypedDict

from include import identity
from include.errors import UserError
from include.period import real_now
from include.steps.health import rules

CODE_HEADER = "X-Duban-Code"
_PURPOSE = "workflows"


class Workflow(TypedDict):
    """`due_at`: when its next run is due, ISO and by the real clock; empty where no clock starts it."""

    workflow: str
    is_paused: bool
    due_at: str


def code_of_today() -> str:
    """What only this installation's processes know: who has it may ask how the workflows stand."""
    return identity.code(_PURPOSE, f"{real_now().astimezone(dt.UTC):%Y-%m-%d}")


def is_code_of_today(given: str) -> bool:
    """Also that of yesterday, for who asked at midnight."""
    days = (real_now().astimezone(dt.UTC) - dt.timedelta(days=back) for back in (0, 1))
    return bool(given) and any(identity.is_code(given, _PURPOSE, f"{day:%Y-%m-%d}") for day in days)


def is_late(one: Workflow, at: dt.datetime) -> bool:
    """Whether its run should have begun some time ago and has not. One that is paused is told as that."""
    if one["is_paused"] or not one["due_at"]:
        return False
    return at - dt.datetime.fromisoformat(one["due_at"]) > dt.timedelta(minutes=rules().minutes_a_run_may_be_late)


def standing_still(ask: Callable[[], Sequence[Workflow]] | None) -> list[str]:
    """A sentence for the workflows that are paused, and one for each that its schedule did not start. `ask` asks the API server;
    None where there is none."""
    if ask is None:
        return []
    said = rules().findings
    try:
        found = ask()
    except UserError as error:
        return error.problems
    paused = [one["workflow"] for one in found if one["is_paused"]]
    at = real_now()
    late = [one for one in found if is_late(one, at)]
    sentences = [said["paused"].format(names="、".join(paused))] if paused else []
    for one in late:
        due_at = dt.datetime.fromisoformat(one["due_at"]).astimezone(at.tzinfo)
        sentences.append(said["late"].format(name=one["workflow"], due=f"{due_at:%Y-%m-%d %H:%M}"))
    return sentences
