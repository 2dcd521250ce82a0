"""What was done: every act of a person (办理记录), and what the workflows did and do next (运行情况)."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from include.db import sql
from include.db.engine import reading
from include.errors import UserError
from include.period import Period
from include.registry.units import registered_in
from include.reports.explaining import run_words, system_of_run
from include.reports.views import decision_rows, document_rows, newest_runs
from include.schemes.loader import find_scheme, scheme_names
from plugins.duban_page.airflow import Airflow, AirflowError
from plugins.duban_page.calendar import next_days
from plugins.duban_page.caller import CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import UnitCells, base_of, page_or_file
from plugins.duban_page.tables import Cell, Column, Line, made, shown
from plugins.duban_page.words import act_name, period_name

router = APIRouter()
_RUNS = 300


@router.get("/decisions")
def decisions(request: Request, caller: CallerDep) -> Response:
    """Every act of a person: who, when, what, why. A document stands by its title, a figure by its name in the form."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        rows = decision_rows(connection)
        units = registered_in(connection, chosen.scope, chosen.today)
        titles = titles_of(connection, chosen)
    names, cells, base = scheme_names(), UnitCells.of(request, chosen, units), base_of(request)
    columns = [
        Column("at", "时间"), Column("kind", "办理", filtered=True), Column("unit", "单位"), Column("field", "事项"),
        Column("value", "内容"), Column("reason", "理由"), Column("by", "经办人"), Column("system", "制度", filtered=True),
        Column("period", "期间", filtered=True), Column("account", "账号", filtered=True),
    ]  # fmt: skip
    lines: list[Line] = []
    for row in rows:
        if row["unit_code"] not in cells.names and not chosen.holds(row["unit_code"] or row["street_code"]):
            continue
        is_document = row["field"] in titles
        about = Cell(titles[row["field"]], f"{base}/document?id={row['field']}&{chosen.query()}") if is_document else Cell(_field_name(row["scheme"], row["period"], row["field"]))  # fmt: skip
        lines.append(
            {
                "at": row["decided_at"],
                "kind": act_name(row["kind"]),
                "unit": cells.of_code(row["unit_code"]),
                "field": about,
                "value": "" if is_document else row["value"],  # of a document the hash of what was signed
                "reason": row["reason"],
                "by": row["decided_by"],
                "system": names.get(row["scheme"], row["scheme"]),
                "period": period_name(row["period"]),
                "account": row["account"],
            }
        )
    return page_or_file(request, caller, chosen, "decisions", "办理记录", made(request, "办理记录", columns, lines))


def titles_of(connection: Connection, chosen: Chosen) -> dict[str, str]:
    """Titles of the office's documents by their ids."""
    return {str(one.row["id"]): one.title for one in document_rows(connection, chosen.scope)}


@functools.lru_cache(maxsize=2_000)
def _field_name(system: str, period: str, field: str) -> str:
    """A figure by its name in the form; anything else as it stands."""
    try:
        scheme = find_scheme(system, Period.parse(period)) if system in scheme_names() and period else None
    except UserError:
        return field
    cell = scheme.find(field) if scheme and field else None
    return cell.label_in_errors if cell else field


def run_said(row: sql.Row, titles: dict[str, str]) -> str:
    """What a run did, and of which system and period where that is not plain."""
    system = scheme_names().get(system_of_run(row), "")
    before = f"{system}{period_name(row['period'])}：" if system else ""
    return before + run_words(row, titles)[2]


@router.get("/runs")
def runs(request: Request, caller: CallerDep) -> Response:
    """What the workflows did, and what they do next."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        rows = newest_runs(connection, _RUNS)
        titles = titles_of(connection, chosen)
        simulated = next_days(connection, chosen) if chosen.is_simulated else None
    columns = [
        Column("at", "时间"), Column("step", "步骤", filtered=True), Column("period", "期间", filtered=True),
        Column("outcome", "结果", filtered=True), Column("said", "做了什么"), Column("account", "账号"),
    ]  # fmt: skip
    lines: list[Line] = []
    for row in rows:
        if not chosen.holds(row["street_code"]):
            continue
        step, outcome, _ = run_words(row, titles)
        lines.append(
            {
                "at": row["logged_at"],
                "step": step,
                "period": period_name(row["period"]),
                "outcome": Cell(outcome, tone="bad" if row["outcome"] == "refused" else ""),
                "said": run_said(row, titles),
                "account": row["account"],
            }
        )
    workflows, trouble = _workflows(Airflow(caller), simulated)
    return page_or_file(
        request, caller, chosen, "runs", "运行情况", made(request, "运行情况", columns, lines), workflows=workflows, trouble=trouble,
    )  # fmt: skip


def _workflows(airflow: Airflow, simulated: dict[str, dt.date] | None) -> tuple[list[dict[str, Any]], str]:
    """Each workflow with its last run, what that did, and its next; acts of people are left out. Where Airflow says nothing: why.

    On a simulated calendar no workflow is due by the real clock: `simulated` has the days on which they come next.
    """
    try:
        known: Sequence[dict[str, Any]] = airflow.workflows()
        last: dict[str, dict[str, Any]] = {}
        for run in airflow.newest_runs():
            last.setdefault(run["dag_id"], run)
    except AirflowError as error:
        return [], str(error)
    found = []
    for one in known:
        name, run = one["dag_id"], last.get(one["dag_id"], {})
        if name.startswith("act_"):
            continue
        coming = shown(simulated.get(name)) if simulated is not None else _local(one.get("next_dagrun_run_after"))
        found.append(
            {
                "name": one["dag_display_name"],
                "is_paused": one["is_paused"],
                "next": coming,
                "last": _local(run.get("run_after")),
                "state": run.get("state") or "",
                "said": run.get("note") or "",
            }
        )
    return found, ""


def _local(moment: str | None) -> str:
    """Airflow's moment as the office's clock shows it."""
    return shown(dt.datetime.fromisoformat(moment)) if moment else ""
