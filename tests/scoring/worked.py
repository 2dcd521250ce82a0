"""A case of systems/*/cases.yaml, scored and compared with what was worked by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.lines import Late, UnitScore
from include.scoring.scores import score_unit
from include.scoring.sources import as_figures
from tests.scoring.community import elsewhere_of, values_of, voted


def _score(case: dict[str, Any]) -> UnitScore:
    scheme = load_scheme(case["scheme"], Period.parse(case.get("period", "2026H1")), case.get("group", ""))
    due_date = scheme.dates.due_date
    days = case.get("days_late", 0)
    late = Late(days, due_date + dt.timedelta(days=days), due_date) if days else None
    values = values_of(scheme, case.get("base", "满分"), case["given"])
    given = voted(scheme, values) | elsewhere_of(scheme, case.get("elsewhere", {}))
    return score_unit(scheme, values, late, as_figures(scheme, given))


def _decimal(number: float) -> Decimal:
    return Decimal(str(number)).quantize(Decimal("0.01"))


def check(case: dict[str, Any]) -> None:
    """The case gets what was worked by hand."""
    score = _score(case)
    lines = {line.indicator: line for line in score.lines}
    found: dict[str, Any] = {
        "总分": score.total,
        "等次": score.grade,
        "不适用": [line.indicator for line in score.lines if line.outcome == "不适用"],
        "有问题": [line.indicator for line in score.lines if line.has_problem],
    }
    for subject, wanted in case["expect"].items():
        if subject in found:
            is_total = subject == "总分" and wanted is not None
            assert found[subject] == (_decimal(wanted) if is_total else wanted), subject
        elif wanted == "无":
            assert subject not in lines
        else:
            line = lines[subject]
            points, outcome, problem, days = [*wanted, "", None][:4] if len(wanted) == 2 else wanted
            assert line.points_shown == (None if points is None else _decimal(points)), line.explanation
            assert (line.outcome, line.problem, line.deadline_working_days) == (outcome, problem, days)
            assert line.has_problem == bool(problem and days), "without days it is a note"
