"""Every case of systems/*/cases.yaml: what a community reports, and what it must get, each worked by hand from the sources."""

from __future__ import annotations

from typing import Any

import pytest

from include.period import Period
from include.schemes.loader import load_scheme
from tests.scoring.community import WORKED
from tests.scoring.worked import check

CASES: list[dict[str, Any]] = [{"scheme": key, **case} for key, worked in WORKED.items() for case in worked["cases"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['scheme']}: {case['name']}")
def test_the_case_gets_what_was_worked_by_hand(case: dict[str, Any]) -> None:
    check(case)


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
