"""整改清单: every item of the office, under headings as asked, and one act done to all that were ticked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from include.acts.act import perform
from include.acts.on_items import ITEM, TOGETHER
from include.db.engine import reading
from include.errors import NotAllowedError, UserError
from include.reports.views import CLOSED, DUE_SOON, OVERDUE, ItemRow, item_rows
from include.schemes.item_kinds import RECTIFICATION
from include.schemes.loader import scheme_names
from plugins.duban_page.acting import missing
from plugins.duban_page.airflow import Airflow
from plugins.duban_page.caller import ActingDep, Caller, CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import UnitCells, base_of, page, page_or_file
from plugins.duban_page.tables import ROWS_A_PAGE, Cell, Column, Grouping, Line, Table, Tick, cell_of, made
from plugins.duban_page.words import period_name

router = APIRouter()
_TONES = {OVERDUE: "bad", DUE_SOON: "warn", CLOSED: "quiet"}
_MOST_NAMED = 10
_COLUMNS = [
    Column("unit", "单位"), Column("indicator", "指标"), Column("problem", "问题"), Column("deadline", "期限"),
    Column("days", "剩余天数", is_number=True), Column("standing", "情况", filtered=True), Column("state", "状态", filtered=True),
    Column("act", "办理"), Column("stage", "催办到"), Column("answered", "最近反馈"), Column("opened", "发现于"),
    Column("system", "制度", filtered=True, tells_apart=True), Column("liaison", "包社区组长", filtered=True),
]  # fmt: skip


def _said(line: Line, key: str) -> str:
    return cell_of(line, key).text


_GROUPS = {
    "unit": Grouping("单位", lambda line: cell_of(line, "unit").link, lambda line: _said(line, "unit")),
    "problem": Grouping(
        "问题",
        lambda line: (_said(line, "system"), _said(line, "indicator")),
        lambda line: f"{_said(line, 'indicator')} {_said(line, 'problem')}",
    ),
    "liaison": Grouping(
        "包社区组长", lambda line: _said(line, "liaison"), lambda line: _said(line, "liaison") or "没有登记包社区组长"
    ),
}


@dataclass
class _Outcome:
    """What became of an act on several: the sentence of what was done, and what was refused, why, and which it was."""

    done: str = ""
    problems: list[str] = field(default_factory=list)
    left: Collection[str] = ()  # ids that stay ticked


@router.get("/items")
def items(request: Request, caller: CallerDep) -> Response:
    """One row an item, of every system of the office."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        found = item_rows(connection, chosen.scope, chosen.today)
    table = _table(request, caller, chosen, found)
    shown = _asked({}, _Outcome(), _tickable(caller, chosen, found))
    return page_or_file(request, caller, chosen, "items", "整改清单", table, **shown)


@router.post("/items")
def act_on_ticked(
    request: Request,
    caller: ActingDep,
    ids: Annotated[list[str] | None, Form()] = None,
    act: Annotated[str, Form()] = "",
    deadline: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """One act to each of the items, each as by its own form. What is refused is named with why, the others are done."""
    given = {"act": act.strip(), "deadline": deadline.strip(), "reason": reason.strip()}
    wanted = list(dict.fromkeys(ids or []))
    with reading() as connection:
        chosen = choose(connection, request, caller)
        known = {str(one.row["id"]): one for one in item_rows(connection, chosen.scope, chosen.today)}
    ticked = [known[one] for one in wanted if one in known]
    if wanted and not ticked:
        raise NotAllowedError(f"所选的事项不在{chosen.office.street}的整改清单里：可能已移交别处，请重新打开清单再选。")
    outcome = _Outcome(problems=missing(TOGETHER, {key: text or None for key, text in given.items()}), left=wanted)
    if not wanted:
        outcome.problems.append("没有选事项：请先在清单里勾选要办的。")
    if len(wanted) > ROWS_A_PAGE:
        outcome.problems.append(f"一次最多办 {ROWS_A_PAGE} 件：请分几次。")
    if not outcome.problems:
        outcome = _do(caller, ticked, given)
        if gone := len(wanted) - len(ticked):
            outcome.problems.append(f"另有 {gone} 件已不在{chosen.office.street}的整改清单里，没有办理。")
    with reading() as connection:
        found = item_rows(connection, chosen.scope, chosen.today)
    table = _table(request, caller, chosen, found, outcome.left)
    shown = _asked(given if outcome.problems else {}, outcome, _tickable(caller, chosen, found))
    response = page(request, caller, chosen, "items", "整改清单", table=table, **shown)
    response.status_code = 200 if outcome.done else 422
    return response


def _do(caller: Caller, ticked: Sequence[ItemRow], given: dict[str, str]) -> _Outcome:
    """Raises NotAllowedError where the login may do nothing of this."""
    done: list[str] = []
    left: list[str] = []
    refused: dict[str, list[str]] = defaultdict(list)
    for one in ticked:
        name = f"{one.row['unit_name']} {one.row['indicator']}"
        if one.row["kind"] != RECTIFICATION:
            left.append(str(one.row["id"]))
            refused["按环节办理，请在“办理事项”里用“事项”。"].append(name)
            continue
        own = {key: one.row[key] for key in ("unit_code", "indicator", "scheme")} | {"item": one.row["id"]}
        try:
            perform(ITEM, {**given, "deadline": given["deadline"] or None, **own}, caller.account, "page")
            done.append(name)
        except UserError as error:
            if isinstance(error, NotAllowedError) and not done:
                raise
            left.append(str(one.row["id"]))
            for problem in error.problems:
                refused[problem].append(name)
    said = ""
    if done:
        named = "、".join(done[:_MOST_NAMED]) + (" 等" if len(done) > _MOST_NAMED else "")
        said = f"已对 {len(done)} 件办理“{given['act']}”：{named}。{Airflow(caller).wake(ITEM, '')}"
    return _Outcome(said, [f"{'、'.join(names)}：{problem}" for problem, names in refused.items()], left)


def _tickable(caller: Caller, chosen: Chosen, found: Sequence[ItemRow]) -> set[str]:
    """The items that have a box: open ones to be put right, where the login answers for the office."""
    if not caller.answers_for(chosen.scope):
        return set()
    return {str(one.row["id"]) for one in found if one.row["is_open"] and one.row["kind"] == RECTIFICATION}


def _asked(given: dict[str, str], outcome: _Outcome, tickable: Collection[str]) -> dict[str, object]:
    """What the template needs beside the table. The form stays where a filter leaves no box: the table is changed without it."""
    return {
        "fields": TOGETHER, "given": given, "lists": {one.name: one.choices for one in TOGETHER}, "names": {}, "most": ROWS_A_PAGE,
        "done": outcome.done, "problems": outcome.problems, "ticks": bool(tickable),
    }  # fmt: skip


def _table(
    request: Request, caller: Caller, chosen: Chosen, found: Sequence[ItemRow], ticked: Collection[str] = ()
) -> Table:
    names, base, cells = scheme_names(), base_of(request), UnitCells.of(request, chosen)
    may, query = caller.answers_for(chosen.scope), chosen.query()
    tickable, on = _tickable(caller, chosen, found), set(ticked)
    lines: list[Line] = []
    for one in found:
        row = one.row
        act = (
            f"{base}/acts/item?unit_code={row['unit_code']}&indicator={row['indicator']}&scheme={row['scheme']}&{query}"
        )
        unit = cells.known(row["unit_code"], row["unit_name"])
        if row["id"] in tickable:
            label = f"选 {row['unit_name']} {row['indicator']} {row['problem']}"
            unit = unit._replace(tick=Tick(row["id"], label, row["id"] in on))
        tone = _TONES.get(one.standing, "")
        lines.append(
            {
                "unit": unit,
                "system": names.get(row["scheme"], row["scheme"]),
                "indicator": row["indicator"],
                "problem": row["problem"],
                "deadline": Cell(f"{'暂定 ' if row['is_provisional'] else ''}{row['deadline']}", sort=row["deadline"]),
                "days": Cell(one.days_left if row["is_open"] else None, tone=tone if one.days_left < 0 else ""),
                "standing": Cell(one.standing, tone=tone),
                "state": row["state"],
                "stage": (row["stage"] or "").split("@")[0],
                "answered": row["answered_at"],
                "opened": Cell(period_name(row["opened_period"]), sort=row["opened_period"]),
                "liaison": row["liaison"] or "",
                "act": Cell("办理", act if may else ""),
            }
        )
    return made(request, "整改清单", _COLUMNS, lines, _GROUPS)
