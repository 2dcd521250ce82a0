"""The simulated calendar: what comes next on it, and the button that turns it on to that day and has the day's workflows run."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from include.airflow_ext.timetables import ticks_from
from include.db.engine import reading
from include.errors import NotAllowedError
from include.period import chinese_date, move_clock, start_of
from include.registry.offices import is_run_by_any
from include.reports.views import ItemRow, item_rows
from include.schemes.loader import scheme_names
from include.shapes import Moment
from include.steps.planning import open_on
from plugins.duban_page.airflow import Airflow
from plugins.duban_page.caller import ActingDep, Caller
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import base_of

router = APIRouter()
_MOMENTS: dict[Moment, tuple[str, str]] = {
    "opens": ("open_period", "开放填报"),
    "inspects": ("open_inspection", "发出现场核查表"),
    "closes": ("close_period", "结账考评"),
}
_EVERY_DAY = ("self_check", "diary", "chase")
_HOUR = dt.timedelta(hours=8, minutes=30)  # when the last of them runs on the real clock
_SHOWN = 8


@dataclass(frozen=True)
class Day:
    """A day on which something falls due: `said` what, `runs` the workflows that it has besides those of every day, with their keys."""

    date: dt.date
    said: tuple[str, ...]
    runs: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> str:
        return chinese_date(self.date)


def coming_days(connection: Connection, chosen: Chosen, items: Sequence[ItemRow] | None = None) -> list[Day]:
    """The days after today on which the calendar has something, the next one first; tomorrow alone where it has nothing."""
    said: dict[dt.date, dict[str, None]] = defaultdict(dict)
    runs: dict[dt.date, list[tuple[str, str]]] = defaultdict(list)
    names, today = scheme_names(), chosen.today
    for moment, (workflow, words) in _MOMENTS.items():
        for tick in ticks_from(chosen.at, moment):
            if tick.at.date() > today:
                said[tick.at.date()][f"{names[tick.system]} {tick.period.name}{words}"] = None
                runs[tick.at.date()].append((workflow, tick.key))
    for shape in open_on(today):
        system = shape.system
        if not is_run_by_any(system.scheme, system.period):
            continue
        for before in system.calendar.reminders_days_before_due if getattr(system, "forms", None) else ():
            said[system.dates.due_date - dt.timedelta(days=before)][f"{system.name} 提醒未报（截止前 {before} 天）"] = (
                None
            )
    for item in item_rows(connection, chosen.scope, today) if items is None else items:
        if item.row["is_open"] and item.row["deadline"]:
            said[item.row["deadline"]]["整改期限到期"] = None
    days = sorted(day for day in said if day > today)[:_SHOWN] or [today + dt.timedelta(days=1)]
    return [Day(day, tuple(said.get(day, {})) or ("没有到期的事",), tuple(runs.get(day, ()))) for day in days]


def next_days(connection: Connection, chosen: Chosen) -> dict[str, dt.date]:
    """The day of the simulated calendar on which each workflow comes next, as far as that is known; those of every day on the next."""
    days = coming_days(connection, chosen)
    found = dict.fromkeys(_EVERY_DAY, days[0].date)
    for day in days:
        for workflow, _ in day.runs:
            found.setdefault(workflow, day.date)
    return found


def may_turn(caller: Caller, chosen: Chosen) -> bool:
    return chosen.is_simulated and caller.may(("ops",)) and caller.sees_all


@router.post("/calendar/next")
def turn(request: Request, caller: ActingDep) -> Response:
    """Turn the simulated calendar on to the next day on which something falls due, and start what the schedule would have started."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        if not may_turn(caller, chosen):
            raise NotAllowedError(
                "只有分管全部街道的运维账号能翻日历，而且只在模拟日历上：用真实时间时，流程按日历自己运行。"
            )
        day = coming_days(connection, chosen)[0]
    move_clock(start_of(day.date) + _HOUR)
    airflow = Airflow(caller)
    for workflow in _EVERY_DAY:
        airflow.start(workflow)
    for workflow, key in day.runs:
        airflow.start(workflow, partition_key=key)
    said = f"日历翻到{day.shown}（{'；'.join(day.said[:3])}），已启动当天的 {len(_EVERY_DAY) + len(day.runs)} 个流程，结果见“运行情况”。"
    return RedirectResponse(f"{base_of(request)}/today?{chosen.query(said=said)}", status_code=303)
