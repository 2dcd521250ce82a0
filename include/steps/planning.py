"""Which streets a run over a period works on, in batches, and what stands against the run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from include.db.engine import in_transaction, transaction
from include.errors import UserError
from include.period import Period, now, start_of
from include.registry.offices import is_over, is_run, may_run
from include.registry.taking_part import scope_codes
from include.schemes.loader import scheme_keys
from include.schemes.system import System
from include.shapes import Shape, periods_of, shape_of

MAX_BATCHES = 20
Done = TypeVar("Done")


def ended(system: str, period_text: str) -> Shape:
    """The system in what a run of that period closes (2026Q2 → 2026H1).

    Raises UserError for an unknown system or period, one that the system does not have, and one that has not ended.
    """
    shape = shape_of(system, Period.parse(period_text))
    period = shape.system.period
    if now() <= period.end_at:
        raise UserError(
            f"{period.name}（{period}）尚未结束（现在是 {now():%Y-%m-%d %H:%M}），不能办理；请在 {period.next.start_date} 以后再试。"
        )
    return shape


def begun(system: str, period_text: str) -> Shape:
    """The system in a period of which some form may be filled in by now, whether the period has ended or not.

    Raises UserError as `ended`, for one of which nothing has opened yet.
    """
    shape = shape_of(system, Period.parse(period_text))
    period, days = shape.system.period, shape.moments().get("opens")
    if not days:  # nothing is filled in for it
        return ended(system, period_text)
    if now() < start_of(days[0]):
        what = "结束" if days[0] > period.end_date else "开放填报"
        raise UserError(
            f"{period.name}（{period}）尚未{what}（现在是 {now():%Y-%m-%d %H:%M}），不能办理；请在 {days[0]} 以后再试。"
        )
    return shape


def open_on(day: dt.date) -> list[Shape]:
    """Every system's periods that are open on that day: from the day on which they open until the last before they close."""
    begin = dt.date(day.year - 1, 1, 1)
    found = [shape for key in scheme_keys() for shape in periods_of(key, begin, day, with_sheets=True)]
    is_open = [
        shape
        for shape in found
        if "opens" in (days := shape.moments()) and days["opens"][0] <= day < days["closes"][-1]
    ]
    return sorted(is_open, key=lambda shape: shape.system.period.end_date)


def each_street(
    work: Callable[[Connection, str, dt.datetime, str], Done], streets: list[str], run_id: str
) -> list[Done]:
    """What `work` gives for each of the streets, each in a transaction of its own."""

    def of(street_code: str) -> Done:
        moment = now()
        return in_transaction(lambda connection: work(connection, street_code, moment, run_id))

    return [of(street_code) for street_code in streets]


def plan(
    system: str,
    period_text: str,
    streets: list[str],
    *,
    by_schedule: bool = False,
    found: Callable[[str, str], Shape] = ended,
) -> list[list[str]]:
    """The codes of the streets to work on, in at most 20 batches of neighbours.

    All streets of the register at the period's end, or those named; by schedule those of them whose office runs the system
    and has what the period is made of, which may be none. Raises UserError as `found`, and where there are none, one is
    unknown, or the office of one named runs the system only from a later period.
    """
    shape = found(system, period_text)
    scheme = shape.system
    with transaction() as connection:
        known = scope_codes(connection, scheme)
    if not known:
        raise UserError(f"登记册里没有 {scheme.period.end_date} 在册的单位，请先导入登记册。")
    unknown = sorted(set(streets) - set(known))
    if unknown:
        raise UserError(f"登记册里没有这些街道代码：{'、'.join(unknown)}。")
    wanted = sorted(set(streets)) or known
    if by_schedule:
        with transaction() as connection:
            chosen = [
                code for code in wanted if is_run(code, system, scheme.period) and shape.is_ready(connection, code)
            ]
    else:
        chosen = may_be_run(scheme, wanted, are_named=bool(streets))
    size = max(1, -(-len(chosen) // MAX_BATCHES))
    return [chosen[start : start + size] for start in range(0, len(chosen), size)]


def may_be_run(system: System, streets: list[str], *, are_named: bool) -> list[str]:
    """Those of the streets whose office does not run the system only from a later period.

    Raises UserError where none is left, or one was named (`are_named`) that is not.
    """
    period = system.period
    chosen = [code for code in streets if may_run(code, system.scheme, period)]
    later = sorted(set(streets) - set(chosen))
    over = [code for code in later if is_over(code, system.scheme, period)]
    if over and (are_named or not chosen):
        raise UserError(
            f"街道设置 offices.yaml 写明，{'、'.join(over)} 的{system.name}在{period.name}（{period}）"
            "之前已经停止使用，不能再办理新的期间；如有误，请改 systems 的 until。"
        )
    if later and (are_named or not chosen):
        raise UserError(
            f"街道设置 offices.yaml 写明，{'、'.join(later)} 的{system.name}在{period.name}（{period}）"
            "之后才开始使用，之前的期间不能办理；如有误，请改 systems 的 from。"
        )
    return chosen


def plan_opening(system: str, period_text: str, streets: list[str], *, by_schedule: bool = False) -> list[list[str]]:
    """As `plan`, of a period that need not have ended: of one of which a form is open, or was."""
    return plan(system, period_text, streets, by_schedule=by_schedule, found=begun)


def plan_inspection(system: str, period_text: str, streets: list[str], *, by_schedule: bool = False) -> list[list[str]]:
    """As `plan_opening`. Raises UserError for a period that is not inspected on site: a checkpoint, a year made of its
    halves."""
    shape = begun(system, period_text)
    if "inspects" not in shape.moments():
        period = shape.system.period
        raise UserError(f"{period.name}（{period}）没有现场检查，不发现场核查表；请填半年，例如 2026H1。")
    return plan_opening(system, period_text, streets, by_schedule=by_schedule)
