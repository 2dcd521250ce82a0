"""今天: in one look who is missing, what is overdue, what waits for whom, what did not go, what comes next."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from include.db.engine import reading
from include.period import chinese_date, in_zone
from include.registry.offices import systems_of
from include.registry.units import registered_in
from include.reports.explaining import UNSENT, notice_rows, why_unsent
from include.reports.hand_ins import LATE, MISSING, RETURNED, due_words, hand_ins
from include.reports.views import (
    DUE_SOON,
    OVERDUE,
    DocumentRow,
    ItemRow,
    decision_rows,
    document_rows,
    item_rows,
    newest_arrivals,
    newest_runs,
)
from include.schemes.model import Scheme
from include.shapes import periods_of, shape_of
from plugins.duban_page.calendar import coming_days, may_turn
from plugins.duban_page.caller import CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.record import run_said
from plugins.duban_page.rendering import base_of, page
from plugins.duban_page.words import act_name, status_name

router = APIRouter()
_EVENTS = 10
_LOOKED_AT = 100  # for those of one street among those of all
_STEPS = 3
_MOMENTS = {"opens": "开放填报", "inspects": "发出现场核查表", "closes": "结账考评"}


@dataclass(frozen=True)
class Tile:
    """A number with the list behind it."""

    name: str
    count: int
    said: str
    link: str
    tone: str


@router.get("/")
def start(request: Request, _caller: CallerDep) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{base_of(request)}/today{query}")


@router.get("/today")
def today(request: Request, caller: CallerDep) -> Response:
    with reading() as connection:
        chosen = choose(connection, request, caller)
        scheme, papers = chosen.scheme, document_rows(connection, chosen.scope)
        items = item_rows(connection, chosen.scope, chosen.today)
        return page(
            request, caller, chosen, "today", "今天", tiles=_tiles(connection, chosen, scheme, papers, items, base_of(request)),
            milestones=_milestones(scheme, chosen.today) if scheme else [], coming=_coming(chosen), checked=_checked(connection),
            events=_events(connection, chosen, {str(one.row["id"]): one.title for one in papers}),
            calendar=coming_days(connection, chosen, items) if chosen.is_simulated else [], may_turn=may_turn(caller, chosen),
            said=request.query_params.get("said", ""),
        )  # fmt: skip


def _tiles(
    connection: Connection,
    chosen: Chosen,
    scheme: Scheme | None,
    papers: list[DocumentRow],
    found: list[ItemRow],
    base: str,
) -> list[Tile]:
    if scheme is None:
        return []
    states = Counter[str]()
    days_left: list[int] = []
    if scheme.forms:
        for one in hand_ins(connection, scheme, chosen.scope, chosen.at):
            states[one.state] += 1
            if one.is_open:
                days_left.append(one.days_left)
    left = min(days_left, default=0)
    items = Counter(one.standing for one in found)
    waiting = [one for one in papers if one.standing in ("待签发", "已退回")]
    unsent = _unsent(connection, chosen, scheme)
    to = {name: f"{base}/{view}?{chosen.query(**more)}" for name, view, more in (
        ("missing", "submissions", {"f_state": MISSING}), ("returned", "submissions", {"f_state": RETURNED}),
        ("signing", "documents", {"f_standing": waiting[0].standing} if len({one.standing for one in waiting}) == 1 else {}), ("overdue", "items", {"f_standing": OVERDUE}), ("unsent", "mails", {"f_unsent": UNSENT}),
    )}  # fmt: skip
    sent_back = sum(one.standing == "已退回" for one in waiting)
    return [
        Tile("未报", states[MISSING], due_words(left) if days_left else "都已交来", to["missing"], "bad" if states[MISSING] and left < 0 else "warn" if states[MISSING] else "good"),
        Tile("退回未改", states[RETURNED], f"另有迟报 {states[LATE]} 件" if states[LATE] else "", to["returned"], "warn" if states[RETURNED] else "good"),
        Tile("待签发", len(waiting) - sent_back, f"另有退回待改 {sent_back} 件" if sent_back else "", to["signing"], "warn" if waiting else "good"),
        Tile("逾期整改", items[OVERDUE], f"三天内到期 {items[DUE_SOON]} 件", to["overdue"], "bad" if items[OVERDUE] else "good"),
        Tile("未发出邮件", sum(unsent.values()), "，".join(f"{name} {count}" for name, count in unsent.items()), to["unsent"], "bad" if unsent else "good"),
    ]  # fmt: skip


def _unsent(connection: Connection, chosen: Chosen, scheme: Scheme) -> Counter[str]:
    found = Counter[str]()
    for one in notice_rows(connection, str(scheme.period)):
        if chosen.holds(one.street_code) and (why := why_unsent(one, chosen.at)):
            found[why] += 1
    return found


def _milestones(scheme: Scheme, now_date: dt.date) -> list[dict[str, Any]]:
    """The days of the period in their order; `is_next`: the first that is still to come."""
    dates = scheme.dates
    closes = shape_of(scheme.scheme, scheme.period).moments().get("closes", ())
    days = [
        ("开放填报", dates.opens_date),
        ("截止", dates.due_date),
        ("现场核查", dates.window_starts_date),
        ("核查结束", dates.window_ends_date),
        *(("结账", day) for day in closes),
        ("通报", dates.circular_date),
    ]
    if not scheme.forms:
        days = [one for one in days if one[0] in ("结账", "通报")]
    if not scheme.has_circular:
        days = [one for one in days if one[0] != "通报"]
    coming = next((day for _, day in days if day >= now_date), None)
    return [
        {
            "name": name,
            "date": chinese_date(day),
            "is_past": day < now_date,
            "is_next": day == coming,
            "days": (day - now_date).days,
        }
        for name, day in days
    ]


def _coming(chosen: Chosen) -> list[dict[str, Any]]:
    """The next steps that the schedule takes for the office, of every system that it runs."""
    year = chosen.today.year
    found: list[tuple[dt.date, str]] = []
    for key, use in systems_of(chosen.scope).items():
        for shape in periods_of(key, dt.date(year - 1, 1, 1), dt.date(year + 1, 12, 31)):
            if use.covers(key, shape.system.period):
                found += [
                    (day, f"{shape.system.name} {shape.system.period.name}{_MOMENTS[moment]}")
                    for moment, days in shape.moments().items()
                    for day in days
                    if day >= chosen.today
                ]
    return [
        {"date": chinese_date(day), "said": said, "days": (day - chosen.today).days}
        for day, said in sorted(found)[:_STEPS]
    ]


def _checked(connection: Connection) -> dict[str, Any] | None:
    """The last daily self-check: when, and how much it found."""
    rows = newest_runs(connection, 1, "self_check")
    return {"at": rows[0]["logged_at"], "findings": json.loads(rows[0]["detail"]).get("findings", 0)} if rows else None


def _events(connection: Connection, chosen: Chosen, titles: dict[str, str]) -> list[dict[str, Any]]:
    """What happened last, each in a sentence, the newest first."""
    found: list[tuple[dt.datetime, str]] = []
    names = {unit.code: unit.name for unit in registered_in(connection, chosen.scope, chosen.today)}
    for row in newest_arrivals(connection, _LOOKED_AT):
        if row["unit_code"] not in names and not chosen.holds(row["unit_code"] or "", row["streets"]):
            continue
        said = row["message"].split("。")[0] or status_name(row["status"])
        unit = names.get(row["unit_code"], "")
        how = f"{unit}交来" if unit else "收到"
        found.append((row["answered_at"] or row["received_at"], f"{how}“{row['name']}”：{said}。"))
    for row in decision_rows(connection, how_many=_LOOKED_AT):
        if row["unit_code"] not in names and not chosen.holds(row["unit_code"] or row["street_code"]):
            continue
        about = f"《{titles[row['field']]}》" if row["field"] in titles else names.get(row["unit_code"], "")
        why = f"：{row['reason']}" if row["reason"] else ""
        found.append((row["decided_at"], f"{row['decided_by']} 办理：{act_name(row['kind'])}{about}{why}"))
    for row in newest_runs(connection, _LOOKED_AT):
        if not chosen.holds(row["street_code"]):
            continue
        found.append((row["logged_at"], run_said(row, titles)))
    found.sort(key=lambda one: in_zone(one[0]), reverse=True)
    return [{"at": at, "said": said} for at, said in found[:_EVENTS]]
