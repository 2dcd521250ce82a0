"""What a backfill of one system sets going: its periods of a span, from the earliest on."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Run
from include.db.run_log import log_run
from include.decisions import refuse, text_problems
from include.errors import UserError
from include.period import Period
from include.registry.offices import running
from include.registry.taking_part import scope_codes
from include.schemes.loader import UnknownPeriodError, scored_period
from include.shapes import Moment, Shape, periods_of, shape_of

_WORKFLOWS: dict[str, tuple[Moment, str]] = {
    "开放填报": ("opens", "open_period"),
    "现场检查": ("inspects", "open_inspection"),
    "结账考评": ("closes", "close_period"),
}


def backfill(
    connection: Connection, system: str, first: str, last: str, what: str, reason: str, by: str, at: dt.datetime
) -> list[Run]:
    """The runs of `what` for the periods of the system from `first` to `last`, both included, whose day has come by `at`.

    Noted in the log of runs, with who and why. Raises UserError, all at once: no reason, no name, an unknown system or period,
    a span that ends before it begins or has no such period.
    """
    problems = text_problems(reason, by)
    moment, workflow = _WORKFLOWS[what]
    begin, end = (scored_period(system, Period.parse(text)) for text in (first, last))
    due: list[Shape] = []
    if end.end_date < begin.start_date:
        problems.append(f"“从 {first} 到 {last}”前后颠倒：请先填较早的期间。")
    else:
        found = periods_of(system, begin.start_date, end.end_date, find=_known)
        within = [shape for shape in found if shape.system.period.end_date <= end.end_date]
        due = [shape for shape in within if (days := shape.moments().get(moment)) and days[0] <= at.date()]
        if not due:
            problems.append(f"从 {first} 到 {last} 没有可以补办{what}的期间：请核对期间，未到日子的不能办理。")
    refuse(problems)
    runs = [Run(workflow, system, str(one.system.period), _streets(connection, one)) for one in due]
    periods = [run.period for run in runs]
    log_run(
        connection, run_id="", stage="backfill", period="", street_code="", outcome="done", account=by,
        detail={"scheme": system, "workflow": workflow, "periods": periods, "reason": reason.strip()},
    )  # fmt: skip
    return runs


def _known(system: str, period: Period) -> Shape | None:
    """None where the system has no such period; a file that cannot be read is an error, so that no period is left out for it."""
    try:
        return shape_of(system, period)
    except UnknownPeriodError:
        return None


def _streets(connection: Connection, shape: Shape) -> tuple[str, ...]:
    """Those whose office runs the system in that period; none is named where no office does.

    Raises UserError where the system is run by offices of other streets than those of the register alone.
    """
    system = shape.system
    known = scope_codes(connection, system)
    chosen = running(known, system.scheme, system.period)
    if known and not chosen:
        raise UserError(f"登记册里没有一个街道采用{system.name}（{system.period}）：请核对 offices.yaml 里的 systems。")
    return () if chosen == known else tuple(chosen)
