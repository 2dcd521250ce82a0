"""The lists: who handed in, mails, results, and what the office has set."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from include.acts.act import EITHER, ROLES
from include.asking.reminders import reminded_of
from include.circulars.score_table import columns_of
from include.db import sql
from include.db.engine import reading
from include.outbox.policies import load_policies
from include.period import calendar_is_known, chinese_date
from include.registry.offices import systems_of
from include.registry.persons import deputies_on, persons_from
from include.registry.units import registered_in
from include.reports.evidence_open import asks_of_rows, evidence_open
from include.reports.explaining import UNSENT, notice_rows, why_unsent
from include.reports.hand_ins import MISSING, RETURNED, HandIn, hand_ins
from include.reports.views import (
    Marks,
    newest_assessment,
    registered_kinds,
    score_marks,
    score_rows,
)
from include.schemes.loader import scheme_names
from include.scoring.lines import NOT_APPLICABLE
from include.steps.taking_up import faults_in_force
from include.subject_kinds import subject_kinds
from plugins.duban_page.caller import CallerDep
from plugins.duban_page.chosen import choose
from plugins.duban_page.rendering import UnitCells, base_of, page_or_file
from plugins.duban_page.tables import Cell, Column, Line, made

router = APIRouter()
_TONES = {MISSING: "bad", RETURNED: "warn", "迟报": "warn", "已受理": "good",
          "发送失败": "bad", "是否送达不明": "bad", "不发送": "warn", "已发送": "good", "待签发": "warn"}  # fmt: skip
_MOST_PARTS = 10  # columns of points; a system without areas may have thirty indicators


def _tone(word: str) -> str:
    return _TONES.get(word, "")


@router.get("/submissions")
def submissions(request: Request, caller: CallerDep) -> Response:
    """One row a form that somebody is to hand in."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        scheme = chosen.needed
        found = hand_ins(connection, scheme, chosen.scope, chosen.at) if scheme.forms else []
        missing = evidence_open(connection, scheme, chosen.scope, found)
    columns = [
        Column("unit", "单位"), Column("form", "表单", filtered=True, tells_apart=True), Column("state", "状态", filtered=True), Column("said", "说明"),
        Column("version", "版次", is_number=True), Column("received", "收到"), Column("due", "截止"),
        *([Column("evidence", "佐证缺", is_number=True, filtered=True), Column("papers", "缺的佐证", only_in_files=True)] if scheme.evidence else []),
        Column("reminders", "已提醒", is_number=True), Column("act", "办理"), Column("file", "最后来件"), Column("liaison", "包社区组长"),
    ]  # fmt: skip
    base, cells, may = base_of(request), UnitCells.of(request, chosen), caller.answers_for(chosen.scope)
    reminded = reminded_of(scheme, chosen.today) if may else set()
    lines: list[Line] = [
        {
            **_submission(base, cells, one),
            **_evidence(cells, one, missing.get((one.unit.code, one.form)), has_rows=asks_of_rows(scheme, one)),
            "act": Cell("再提醒", f"{base}/acts/remind?unit_code={one.unit.code}&{chosen.query()}")
            if may and one.is_open and one.form in reminded
            else "",
        }
        for one in found
    ]
    return page_or_file(request, caller, chosen, "submissions", "报送情况", made(request, "报送情况", columns, lines))


def _submission(base: str, cells: UnitCells, one: HandIn) -> Line:
    newest = one.newest
    said = ""
    if one.state == RETURNED:
        said = f"{newest['failures']} 处要改"
    elif one.days_late:
        said = f"迟 {one.days_late} 天"
    elif one.is_open:
        said = f"还有 {one.days_left} 天" if one.days_left >= 0 else f"已过 {-one.days_left} 天"
    name = str(newest.get("file_name") or "")
    return {
        "unit": cells.known(one.unit.code, one.unit.name),
        "form": one.form_name,
        "state": Cell(one.state, tone=_tone(one.state)),
        "said": said,
        "version": newest.get("version"),
        "received": newest.get("received_at"),
        "due": Cell(f"{one.due_date.isoformat()}{'（已延期）' if one.is_extended else ''}"),
        "reminders": one.reminders,
        "file": Cell(name, f"{base}/content/{newest['sha256']}" if newest else ""),
        "liaison": one.unit.liaison_email,
    }


def _evidence(cells: UnitCells, one: HandIn, missing: Sequence[str] | None, *, has_rows: bool) -> Line:
    """How much evidence of an accepted form is still to come, and which; of a sheet of many rows its unit's page says it."""
    if missing is None:
        return {"evidence": cells.known(one.unit.code, "见单位页") if has_rows and not one.is_open else None}
    papers = "、".join(missing)
    return {"evidence": Cell(len(missing), tone="warn" if missing else "", told=papers), "papers": papers}


@router.get("/mails")
def mails(request: Request, caller: CallerDep) -> Response:
    """One row a notice of the period, the newest first."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        found = notice_rows(connection, str(chosen.needed.period))
        units = registered_in(connection, chosen.scope, chosen.today)
    base, cells = base_of(request), UnitCells.of(request, chosen, units)
    columns = [
        Column("due", "应发时间"), Column("unit", "单位"), Column("kind", "通知", filtered=True), Column("recipient", "收件人"),
        Column("state", "状态", filtered=True), Column("mail", "邮件"), Column("act", "办理"), Column("sent", "发出时间"),
        Column("reason", "原因"), Column("unsent", "发出", filtered=True, is_shown=False),
    ]  # fmt: skip
    lines: list[Line] = []
    for one in found:
        if not chosen.holds(one.street_code) and one.unit_code not in cells.names:
            continue
        told = one.told
        settles = one.state in ("发送失败", "是否送达不明") and one.mail_id and caller.may(EITHER)
        lines.append(
            {
                "due": one.due_at,
                "unit": cells.of_code(one.unit_code),
                "kind": told["通知"],
                "recipient": told["收件人"],
                "state": Cell(one.state, tone=_tone(one.state)),
                "reason": told["原因"],
                "sent": one.sent_at,
                "unsent": UNSENT if why_unsent(one, chosen.at) else "",
                "mail": Cell(
                    "看邮件" if one.mail_sha256 else "", f"{base}/mail/{one.mail_sha256}" if one.mail_sha256 else ""
                ),
                "act": Cell(
                    "登记" if settles else "",
                    f"{base}/acts/mail?mail={one.mail_id}&{chosen.query()}" if settles else "",
                ),
            }
        )
    return page_or_file(request, caller, chosen, "mails", "邮件", made(request, "邮件", columns, lines))


@router.get("/scores")
def scores(request: Request, caller: CallerDep) -> Response:
    """The newest results of the period, the best place first."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        scheme = chosen.needed
        assessment = newest_assessment(connection, scheme, chosen.scope)
        rows = score_rows(connection, assessment["id"]) if assessment else []
        before = newest_assessment(
            connection, scheme.model_copy(update={"period_text": str(scheme.previous)}), chosen.scope
        )
        earlier = {row["unit_code"]: row for row in score_rows(connection, before["id"])} if before else {}
        marks = score_marks(connection, scheme, assessment["id"]) if assessment else {}
    cells, parts = UnitCells.of(request, chosen), columns_of(scheme)
    parts = parts if len(parts) <= _MOST_PARTS else []
    columns = [
        Column("rank", "名次", is_number=True),
        Column("unit", "单位"),
        *(Column(f"part_{code}", name, is_number=True) for code, name, _ in parts),
        Column("extra", "加分", is_number=True),
        Column("late", "迟报扣分", is_number=True),
        Column("total", "总分", is_number=True),
        Column("grade", "等次", filtered=True),
        Column("status", "报送", filtered=True),
        Column("not_applicable", "不适用的指标"),
        Column("before", "上期总分", is_number=True),
        Column("moved", "增减", is_number=True),
        Column("before_rank", "上期名次", is_number=True),
    ]
    lines = [_score(cells, row, earlier.get(row["unit_code"]), marks.get(row["unit_code"], Marks())) for row in rows]
    return page_or_file(
        request, caller, chosen, "scores", "得分与名次", made(request, "得分与名次", columns, lines), assessment=assessment,
        has_chart=any(row["total"] is not None for row in rows), has_marks=any(one.not_applicable for one in marks.values()),
        has_late=any(one.late is not None for one in marks.values()),
    )  # fmt: skip


def _score(cells: UnitCells, row: sql.Row, before: sql.Row | None, marks: Marks) -> Line:
    """A unit's line: 不适用, 0 and lateness are told apart; who has no total has no points either."""
    total, earlier = _number(row["total"]), _number(before["total"]) if before else None
    moved = total - earlier if total is not None and earlier is not None else None
    return {
        "rank": row["rank"],
        "unit": cells.known(row["unit_code"], row["unit_name"]),
        **(
            {f"part_{code}": _part(points, code in marks.partly) for code, points in marks.areas.items()}
            if total is not None
            else {}
        ),
        "extra": _number(marks.extra),
        "late": Cell(_number(marks.late), tone="bad"),
        "not_applicable": "、".join(marks.not_applicable),
        "total": total,
        "grade": row["grade"],
        "status": Cell(row["status"], tone=_tone(row["status"])),
        "before": earlier,
        "moved": Cell(f"{moved:+.2f}" if moved is not None else "", sort=moved),
        "before_rank": before["rank"] if before else None,
    }


def _part(points: Decimal | None, is_partly: bool) -> Cell:
    if points is None:
        return Cell(NOT_APPLICABLE, tone="quiet")
    return Cell(_number(points), mark="＊" if is_partly else "")


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


@router.get("/settings")
def settings(request: Request, caller: CallerDep) -> Response:
    """What the office has set: addresses, systems, days off, the register."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        kinds = registered_kinds(connection, chosen.scope, chosen.today)
        units = registered_in(connection, chosen.scope, chosen.today)
    names, usual = scheme_names(), next(iter(subject_kinds().kinds))
    policies, on_or_off = load_policies().kinds, chosen.office.mails.get
    persons = [one for one in persons_from(chosen.today) if caller.sees_all or one.acts_in(chosen.scope)]
    known = {one.name for one in persons}
    systems = [(names.get(key, key), key, use.since or "施行之日") for key, use in systems_of(chosen.scope).items()]
    years = [(year, calendar_is_known(year)) for year in range(chosen.today.year - 1, chosen.today.year + 2)]
    columns = [
        Column("code", "编码"),
        Column("name", "名称"),
        Column("kind", "类别", filtered=True),
        Column("secretary", "书记邮箱"),
        Column("officer", "组织委员邮箱"),
        Column("liaison", "包社区组长邮箱", filtered=True),
    ]
    cells = UnitCells.of(request, chosen)
    lines: list[Line] = [
        {
            "code": unit.code,
            "name": cells.known(unit.code, unit.name),
            "kind": unit.kind or usual,
            "secretary": unit.secretary_email,
            "officer": unit.officer_email,
            "liaison": unit.liaison_email,
        }
        for unit in units
    ]
    return page_or_file(
        request, caller, chosen, "settings", "设置", made(request, "登记册", columns, lines), systems=systems, years=years,
        faults=faults_in_force(),
        kinds=[(row["kind"] or usual, row["subjects"]) for row in kinds], day=chinese_date(chosen.today),
        kinds_sent=[one.name for key, one in policies.items() if on_or_off(key, one.usual)],
        kinds_not_sent=[one.name for key, one in policies.items() if not on_or_off(key, one.usual)],
        names=dict(chosen.offices), persons=persons, deputies=[pair for pair in deputies_on(chosen.today) if known.issuperset(pair)], roles=ROLES,
    )  # fmt: skip
