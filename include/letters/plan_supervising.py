"""A plan that was asked for and did not come: reminded of, urged, and supervised by a numbered letter (`plans` in escalations.yaml)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from sqlalchemy import Connection

from include.db import sql
from include.documents.drafts import withdraw_draft
from include.items.chase import Stage, escalations
from include.items.plans import AwaitedPlan
from include.items.states import record
from include.keys import StageKey
from include.letters.letter import Letter, LetterItem
from include.letters.letters import PLAN_SUPERVISION, draft_letter, frame_of_unit, items_of
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import ResultLetter
from include.period import chinese_date, in_zone
from include.registry.offices import Office, office_of
from include.registry.units import Unit, find_unit


def chase_plans(connection: Connection, plans: Iterable[AwaitedPlan], at: dt.datetime) -> list[str]:
    """Take every awaited plan to the highest stage that it has reached, once; the ids of the letters drafted. A draft about a plan
    that came is withdrawn; one that was sent back is not written again."""
    drafted = []
    for plan in plans:
        known = _letters(connection, plan)
        if plan.is_here:
            for row in (one for one in known if one["state"] == "draft"):
                withdraw_draft(connection, row["id"])
            continue
        stage = _stage(plan, in_zone(at).date())
        unit = find_unit(connection, plan.unit_code, in_zone(at).date())
        if stage is None or unit is None:
            continue
        office = office_of(plan.street_code, plan.street)
        items = [
            one
            for one in items_of(connection, office.street_code, in_zone(at).date(), unit.code)
            if one["id"] in plan.items
        ]
        if stage.letter and not known and items:
            drafted.append(_draft(connection, plan, unit, office, items, at))
        elif stage.notice is not None and items:
            _tell(connection, plan, stage, unit, office, items, at)
    return drafted


def plan_supervised(connection: Connection, letter: Letter, number: str, by: str, at: dt.datetime) -> None:
    """The items' history gets the number of the letter that was issued."""
    key = str(StageKey("方案督办", dt.date.fromisoformat(letter["plan"]["due_date"])))
    for item in letter["items"]:
        record(connection, item["id"], "supervised", key, by, f"已下发{PLAN_SUPERVISION}（{number}）。", at)


def _stage(plan: AwaitedPlan, today: dt.date) -> Stage | None:
    reached = [one for one in escalations()["plans"].stages if one.after.date(plan.issue_date, plan.due_date) <= today]
    return reached[-1] if reached else None


def _letters(connection: Connection, plan: AwaitedPlan) -> list[sql.Row]:
    """Those written about this plan, whatever became of them."""
    rows = sql.fetch(
        connection, "letters/select_of_period", kind=PLAN_SUPERVISION, unit_code=plan.unit_code, period=plan.period
    )
    return [row for row in rows if json.loads(row["model"])["plan"]["letter_id"] == plan.letter_id]


def _draft(
    connection: Connection, plan: AwaitedPlan, unit: Unit, office: Office, items: list[LetterItem], at: dt.datetime
) -> str:
    on = in_zone(at).date()
    letter = frame_of_unit(PLAN_SUPERVISION, unit, office, on, items)
    letter["period"] = plan.period
    letter["plan"] = {
        "letter_id": plan.letter_id,
        "letter": plan.title,
        "number": plan.number,
        "due": chinese_date(plan.due_date),
        "due_date": plan.due_date.isoformat(),
        "days_late": (on - plan.due_date).days,
    }
    return draft_letter(connection, PLAN_SUPERVISION, letter, at)[0]


def _tell(
    connection: Connection, plan: AwaitedPlan, stage: Stage, unit: Unit, office: Office, items: list[LetterItem],
    at: dt.datetime,
) -> None:  # fmt: skip
    words: ResultLetter = {
        "title": plan.title,
        "kind": plan.kind,
        "document_number": plan.number,
        "issue_date": chinese_date(plan.issue_date),
        "unit_name": unit.name,
        "items": [dict(one) for one in items],
        "total": "",
        "grade": "",
        "reply_by": chinese_date(plan.due_date),
    }
    notice = Notice(
        str(stage.notice),
        f"{plan.letter_id}/方案",
        words,
        at,
        unit=unit,
        office=office,
        stage=stage.stage,
        scheme=plan.scheme,
        period=plan.period,
        asks=[dict(one) for one in items],
    )
    notify(connection, notice)
