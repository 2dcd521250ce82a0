"""Problems of an assessment → items: opened, carried, or opened again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.items.answers import answer_workbook
from include.items.deadlines import deadline, stored, told
from include.items.rectification_steps import follow
from include.items.states import history, record, states
from include.keys import FindingKey, StageKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify, why_silent
from include.outbox.words import ItemsOpened
from include.period import Period, in_zone, start_of
from include.registry.offices import office_for
from include.registry.reached import has_items, owned_by
from include.registry.successions import Successions, successions
from include.registry.units import Unit, find_unit
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.codes import code_for, grouped, of_answer

ACTOR = "系统"
_FOUND = ("opened", "carried", "reopened")  # events of a period whose circular names the item


def item_id(scheme: str, unit_code: str, indicator: str, opened_period: str) -> str:
    """SHA-256 over the four."""
    key = json.dumps([scheme, unit_code, indicator, opened_period], ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()


def open_items(
    connection: Connection,
    assessment_id: str,
    issue_date: dt.date,
    opened_at: dt.datetime,
) -> int:
    """Make items of an issued circular's problems; how many were opened or opened again.

    The deadline counts working days from `issue_date` and is stored for good; for 暂定 ones see deadlines.py. A problem whose item is still open is
    carried: an event, no second item, and its deadline stays. One whose item is closed opens it again with its history,
    and with a new deadline from this circular. An item that this period found and a later revision no longer finds is
    closed, unless another period or a person found it too. Each unit with news gets one notice; in silence it
    brings no form. The same assessment again changes nothing, nor does one that a later issued revision
    has replaced.
    """
    if sql.fetch_one(connection, "items/select_replacing", assessment_id=assessment_id) is not None:
        return 0
    problems = [
        _held(problem, known, opened_at)
        for known in [successions(connection)]
        for problem in sql.fetch(connection, "items/select_problems", assessment_id=assessment_id)
    ]
    problems = [
        one for one in problems if (unit := _unit(connection, one, opened_at)) is None or has_items(unit, _system(one))
    ]
    news: dict[str, list[sql.Row]] = defaultdict(list)
    opened = 0
    for problem in problems:
        unit = _unit(connection, problem, opened_at)
        row, what = _take_up(connection, problem, unit, issue_date, opened_at)
        opened += what in ("opened", "reopened")
        if what:
            news[problem["unit_code"]].append(row)
    _close_refuted(connection, assessment_id, opened_at)
    number = sql.fetch_one(connection, "items/select_document_number", assessment_id=assessment_id)
    for unit_code, items in news.items():
        first = next(problem for problem in problems if problem["unit_code"] == unit_code)
        unit = _unit(connection, first, opened_at)
        form = _answer_form(unit, first, items, issue_date) if not why_silent() else []
        asked = [told(item) for item in items]
        code = grouped(code_for(of_answer(unit_code, issue_date.isoformat()))) if form else ""
        notify(
            connection,
            Notice(
                "rectification_opened",
                subject=f"{first['scheme']}/{first['period']}/{unit_code}",
                unit=owned_by(connection, unit, in_zone(opened_at).date(), _system(first)) if unit else None,
                office=office_for(load_scheme(first["scheme"], Period.parse(first["period"])), unit) if unit else None,
                revision=first["revision"],
                scheme=first["scheme"],
                period=first["period"],
                due_at=opened_at,
                words=ItemsOpened(
                    {
                        "unit_name": first["unit_name"],
                        "document_number": number["document_number"] if number else "本期通报",
                        "items": asked,
                        "code": code,
                    }
                ),
                attachments=form,
                asks=asked,
            ),
        )
    return opened


def _system(problem: sql.Row) -> Scheme:
    return load_scheme(problem["scheme"], Period.parse(problem["period"]))


def _held(problem: sql.Row, known: Successions, at: dt.datetime) -> sql.Row:
    """The problem as that of who stands for the unit now, where it has ended since the period."""
    holder = known.holder(problem["unit_code"], in_zone(at).date())
    return {
        **problem,
        "unit_code": holder,
        "origin_code": None if holder == problem["unit_code"] else problem["unit_code"],
    }


def _answer_form(
    unit: Unit | None, problem: sql.Row, items: list[sql.Row], issue_date: dt.date
) -> list[tuple[str, str]]:
    """The 整改反馈表 that goes with the notice; `problem` is any of the unit's."""
    if unit is None:
        return []
    scheme = load_scheme(problem["scheme"], Period.parse(problem["period"]))
    named = [{**item, "indicator": scheme.named(item["indicator"])} for item in items]
    content = answer_workbook(unit.code, unit.name, named, issue_date)
    return [(f"{unit.name}整改反馈表.xlsx", contents.store(content))]


def _unit(connection: Connection, problem: sql.Row, at: dt.datetime) -> Unit | None:
    """The unit with those who answer for it now; one that has left the register as the period knew it."""
    now_known = find_unit(connection, problem["unit_code"], in_zone(at).date())
    return now_known or find_unit(connection, problem["unit_code"], Period.parse(problem["period"]).end_date)


def _take_up(
    connection: Connection, problem: sql.Row, unit: Unit | None, issue_date: dt.date, at: dt.datetime
) -> tuple[sql.Row, str]:
    """The item as the unit's notice lists it, and what happened to it; "" where it was taken up before."""
    key = {name: problem[name] for name in ("scheme", "unit_code", "indicator")}
    stage, text = problem["period"], problem["problem"]
    known = sql.fetch_one(connection, "items/select_latest_item", **key)
    working_days = problem["deadline_working_days"]
    counted = deadline(issue_date, working_days)
    owner = owned_by(connection, unit, in_zone(at).date(), _system(problem)) if unit else None
    people = {"owner": owner.secretary_email, "liaison": owner.liaison_email} if owner else {"owner": "", "liaison": ""}
    fresh = {"problem": text, "details": problem["details"], "opened_date": issue_date, "deadline": counted.date,
             "is_provisional": counted.is_provisional, "working_days": working_days, "is_open": True, **people}  # fmt: skip
    first_found = {"opened_period": stage, "origin_code": problem["origin_code"]}
    past = history(connection, known["id"]) if known else []
    if known is None:
        known = {"id": item_id(**key, opened_period=stage)}
        what, reason = "opened", f"{text}，限期整改。"
        first = states().first
        sql.execute(connection, "items/insert_item", id=known["id"], state=first, **key, **fresh, **first_found)
    elif any(event["kind"] in _FOUND and event["stage"] == stage for event in past):
        stage = _revision_of(problem)
        what, reason = _found_anew(known, past, stage, problem["period"], text)
    elif known["is_open"]:
        what, reason = "carried", f"{text}：仍未销号，结转本期，期限不变。"
    else:
        what, reason = "reopened", f"{text}：销号后再次发现，按本期通报重新限期整改。"
    if what in ("carried", "restated", ""):
        counted = stored(known)
    if what == "reopened":
        sql.execute(connection, "items/reopen_item", id=known["id"], state=states().found_again, **fresh)
    elif what in ("carried", "restated"):
        sql.execute(connection, "items/carry_item", id=known["id"], problem=text, details=problem["details"], **people)
    if what:
        record(connection, known["id"], what, stage, ACTOR, reason, at)
    if what in ("opened", "reopened"):
        state = states().first if what == "opened" else states().found_again
        follow(connection, known["id"], state, start_of(issue_date) if what == "opened" else at)
    row = {"id": known["id"], "indicator": problem["indicator"], "problem": text}
    return row | {"deadline": counted.date, "is_provisional": counted.is_provisional}, what


def _revision_of(finding: sql.Row) -> str:
    """The stage of an event that only this revision of a period brings about."""
    return str(FindingKey(finding["period"], finding["revision"]))


def _namings(past: list[sql.Row]) -> list[sql.Row]:
    """The events by which a period's circular, or a person, named an item; that the chase carries one on is none (chase.py)."""
    return [event for event in past if event["kind"] in _FOUND and not StageKey.is_one(event["stage"])]


def _period_of(event: sql.Row) -> str:
    """2026H1 of 2026H1 and of 2026H1/r2."""
    return FindingKey.parse(event["stage"]).period


def _found_anew(known: sql.Row, past: list[sql.Row], stage: str, period: str, text: str) -> tuple[str, str]:
    """What a revision does to an item that its period found before, and why; nothing where it only finds it once more."""
    if _period_of(_namings(past)[-1]) != period or any(event["stage"] == stage for event in past):
        return "", ""  # another period's circular named it since, or this very revision did
    if known["is_open"]:
        return ("restated", f"经复核更正，该问题改为：{text}；期限不变。") if known["problem"] != text else ("", "")
    last_closed = next(event for event in reversed(past) if event["kind"] == "closed")
    if last_closed["actor"] != ACTOR:
        return "", ""  # done, and people have seen it
    return "reopened", f"{text}：经再次复核，该问题成立，重新限期整改。"


def _close_refuted(connection: Connection, assessment_id: str, at: dt.datetime) -> None:
    closed = states().closed
    for item in sql.fetch(connection, "items/select_not_found", assessment_id=assessment_id):
        if not _is_refuted(connection, item):
            continue
        sql.execute(
            connection,
            "items/move_item",
            id=item["id"],
            from_state=item["state"],
            state=closed,
            is_open=False,
        )
        record(connection, item["id"], "closed", "", ACTOR, "经复核更正，该问题不成立，予以销号。", at)


def _is_refuted(connection: Connection, item: sql.Row) -> bool:
    """Whether the item's period, whose newest revision does not find it, alone found it since it was closed last."""
    past = history(connection, item["id"])
    closed_before = max((event["sequence"] for event in past if event["kind"] == "closed"), default=0)
    found = [event for event in _namings(past) if event["sequence"] > closed_before]
    periods = {_period_of(event) for event in found}
    if item["period"] not in periods or any(event["actor"] != ACTOR for event in found):
        return False
    return not any(_finds(connection, item, other) for other in periods - {item["period"]})


def _finds(connection: Connection, item: sql.Row, period: str) -> bool:
    """Whether another period finds the item's problem, by its newest result."""
    key = {name: item[name] for name in ("scheme", "unit_code", "indicator")}
    origin = item["origin_code"] or item["unit_code"]
    row = sql.fetch_one(connection, "items/select_finding", period=period, origin_code=origin, **key)
    return row is not None and bool(row["has_problem"])
