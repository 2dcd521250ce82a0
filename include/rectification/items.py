"""Problems of an assessment → items: opened, carried, or opened again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict

from sqlalchemy import Connection

from include.db import sql
from include.db.sql import Row
from include.intake import archive
from include.notices.outbox import notify
from include.period import Period, add_working_days
from include.rectification.answers import answer_workbook
from include.rectification.states import history, record, states
from include.registry.units import Unit, find_unit

ACTOR = "系统"


def item_id(scheme: str, unit_code: str, indicator: str, opened_period: str) -> str:
    """SHA-256 over the four."""
    key = json.dumps([scheme, unit_code, indicator, opened_period], ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()


def open_items(
    connection: Connection,
    assessment_id: str,
    issue_date: dt.date,
    opened_at: dt.datetime,
    *,
    announce: bool = True,
    reason: str = "",
) -> int:
    """Make items of an issued circular's problems; how many were opened or opened again.

    The deadline counts working days from `issue_date` and is stored for good. A problem whose item is still open is
    carried: an event, no second item, and its deadline stays. One whose item is closed opens it again with its history,
    and with a new deadline from this circular. An item that this period opened and a later revision no longer finds is
    closed. Each unit with news gets one notice; without `announce` it is recorded as skipped, with `reason`.
    The same assessment again changes nothing.
    """
    problems = sql.fetch(connection, "rectification/select_problems", assessment_id=assessment_id)
    news: dict[str, list[Row]] = defaultdict(list)
    opened = 0
    for problem in problems:
        unit = _unit(connection, problem)
        row, what = _take_up(connection, problem, unit, issue_date, opened_at)
        opened += what in ("opened", "reopened")
        if what:
            news[problem["unit_code"]].append(row)
    _close_refuted(connection, assessment_id, opened_at)
    number = sql.fetch_one(connection, "rectification/select_document_number", assessment_id=assessment_id)
    for unit_code, items in news.items():
        first = next(problem for problem in problems if problem["unit_code"] == unit_code)
        notify(
            connection,
            "rectification_opened",
            subject=f"{first['scheme']}/{first['period']}/{unit_code}",
            unit=_unit(connection, first),
            revision=first["revision"],
            period=first["period"],
            due_at=opened_at,
            payload={
                "unit_name": first["unit_name"],
                "document_number": number["document_number"] if number else "本期通报",
                "items": [
                    {name: item[name] for name in ("id", "indicator", "problem")}
                    | {"deadline": item["deadline"].isoformat()}
                    for item in items
                ],
            },
            attachments=_answer_form(_unit(connection, first), items, issue_date) if announce else [],
            is_enabled=announce,
            reason=reason,
        )
    return opened


def _answer_form(unit: Unit | None, items: list[Row], issue_date: dt.date) -> list[tuple[str, str]]:
    """The 整改反馈表 that goes with the notice."""
    if unit is None:
        return []
    content = answer_workbook(unit.code, unit.name, items, issue_date)
    return [(f"{unit.name}整改反馈表.xlsx", archive.store(content))]


def _unit(connection: Connection, problem: Row) -> Unit | None:
    return find_unit(connection, problem["unit_code"], Period.parse(problem["period"]).end_date)


def _take_up(
    connection: Connection, problem: Row, unit: Unit | None, issue_date: dt.date, at: dt.datetime
) -> tuple[Row, str]:
    """The item as the unit's notice lists it, and what happened to it; "" where it was taken up before."""
    key = {name: problem[name] for name in ("scheme", "unit_code", "indicator")}
    period, text = problem["period"], problem["problem"]
    known = sql.fetch_one(connection, "rectification/select_latest_item", **key)
    deadline = add_working_days(issue_date, problem["deadline_working_days"])
    fresh = {
        "problem": text,
        "opened_date": issue_date,
        "deadline": deadline,
        "is_open": True,
        "owner": unit.secretary_email if unit else "",
        "liaison": unit.liaison_email if unit else "",
    }
    if known is None:
        known = {"id": item_id(**key, opened_period=period)}
        what, reason = "opened", f"{text}，限期整改。"
        sql.execute(
            connection,
            "rectification/insert_item",
            id=known["id"],
            opened_period=period,
            state=states().first,
            **key,
            **fresh,
        )
    elif _was_taken_up(connection, known["id"], period):
        what, deadline, reason = "", known["deadline"], ""
    elif known["is_open"]:
        what, deadline, reason = "carried", known["deadline"], f"{text}：仍未销号，结转本期，期限不变。"
    else:
        what, reason = "reopened", f"{text}：销号后再次发现，按本期通报重新限期整改。"
        sql.execute(connection, "rectification/reopen_item", id=known["id"], state=states().found_again, **fresh)
    if what:
        record(connection, known["id"], what, period, ACTOR, reason, at)
    return {"id": known["id"], "indicator": problem["indicator"], "problem": text, "deadline": deadline}, what


def _was_taken_up(connection: Connection, known_id: str, period: str) -> bool:
    kinds = ("opened", "carried", "reopened")
    return any(event["kind"] in kinds and event["stage"] == period for event in history(connection, known_id))


def _close_refuted(connection: Connection, assessment_id: str, at: dt.datetime) -> None:
    for item in sql.fetch(connection, "rectification/select_opened_in", assessment_id=assessment_id):
        closed = states().closed
        sql.execute(
            connection,
            "rectification/move_item",
            id=item["id"],
            from_state=item["state"],
            state=closed,
            is_open=False,
        )
        record(connection, item["id"], "closed", "", ACTOR, "经复核更正，该问题不成立，予以销号。", at)
