"""Every case of systems/*/cases.yaml: what a community reports, and what it must get, each worked by hand from the sources."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.lines import Late, UnitScore
from include.scoring.scores import score_unit
from include.scoring.sources import as_figures
from tests.scoring.community import WORKED, elsewhere_of, values_of, voted

CASES: list[dict[str, Any]] = [{"scheme": key, **case} for key, worked in WORKED.items() for case in worked["cases"]]


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['scheme']}: {case['name']}")
def test_the_case_gets_what_was_worked_by_hand(case: dict[str, Any]) -> None:
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


def _expected(scheme: str, indicator: str) -> list[list[Any]]:
    return [
        case["expect"][indicator]
        for case in CASES
        if case["scheme"] == scheme and isinstance(case["expect"].get(indicator), list)
    ]


def test_the_cases_cover_every_indicator_of_the_half_year() -> None:
    """A met case, an unmet one, a 不适用 where there can be one, and the problem with its text and days."""
    uncovered = []
    for indicator in load_scheme("half_year", Period.parse("2026H1")).indicators:
        expected = _expected("half_year", indicator.code)
        wanted = {"达标"} if indicator.is_bonus else {"达标", "未达标"}
        wanted |= {"不适用"} if indicator.not_applicable_when else set()
        if not wanted <= {case[1] for case in expected}:
            uncovered.append(indicator.code)
        problem = indicator.problem
        if problem and not any(len(case) == 4 and case[2].startswith(problem.text) for case in expected):
            uncovered.append(f"{indicator.code}: {problem.text}")
    assert uncovered == []
