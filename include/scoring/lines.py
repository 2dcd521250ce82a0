"""A unit's result: a line an indicator, its problems, and what they come to. Pure and exact; rounded once, at the end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from include.numbers import added, two_decimals
from include.period import chinese_date
from include.schemes.model import Scheme
from include.schemes.score import Lateness
from include.scoring.explaining import explain
from include.scoring.figures import plain

MET, UNMET, NOT_APPLICABLE = "达标", "未达标", "不适用"
LATE = "LATE"


@dataclass(frozen=True)
class Line:
    """A unit's points for one indicator. 未达标: a problem, or less than full marks; points are None where 不适用.

    A problem that has a code of its own is a line without points and full marks; `has_problem` is false for a mere note.
    """

    indicator: str
    points: Fraction | None
    points_shown: Decimal | None
    full: Decimal | None
    outcome: str
    explanation: str
    has_problem: bool = False
    problem: str = ""
    deadline_working_days: int | None = None
    details: tuple[str, ...] = ()  # what the problem's text names of this unit: its missing papers


@dataclass(frozen=True)
class Late:
    """A hand-in that came `days` calendar days (or part of one) after the due date; `form` names it where there are several."""

    days: int
    received_date: dt.date
    due_date: dt.date
    form: str = ""


@dataclass(frozen=True)
class UnitScore:
    """Lines in the order of the scheme, LATE, then coded problems. `total` is None where no indicator is applicable.

    `grade` is the grade by total or the class, `grade_reason` the sentence on what decided a class; `rank` that in its list.
    """

    lines: list[Line]
    total: Decimal | None
    grade: str
    grade_reason: str = ""
    rank: int | None = None


def grade_of(scheme: Scheme, total: Decimal) -> str:
    """等次 by the final rounded total; limits belong to the better grade. Empty in a period that has no grades."""
    return next((grade.grade for grade in scheme.score.grades if total >= grade.at_least), "")


def missing_line(scheme: Scheme, status: str, due_date: dt.date) -> Line:
    """S0: the one line of a unit of which nothing was accepted; `status` is 未报 or 退回未改."""
    missing = scheme.missing
    sentence = explain("missing", status=status, due_date=chinese_date(due_date), clause=scheme.clause_of(missing.code))
    return Line(missing.code, None, None, None, UNMET, sentence, True, missing.problem, missing.deadline_working_days)


def missing_sheet_line(scheme: Scheme, names: list[str], status: str, due_date: dt.date, *, is_item: bool) -> Line:
    """S0 of who was to rate others and did not: it takes nothing of its own score; whose kind has no items is only named."""
    missing = scheme.missing
    said = {
        "status": status,
        "due_date": chinese_date(due_date),
        "clause": scheme.clause_of(missing.code),
        "names": names,
    }
    line = Line(missing.code, None, None, None, UNMET, explain("missing_sheet", **said))
    if not is_item:
        return line
    return replace(line, has_problem=True, problem=missing.problem, deadline_working_days=missing.deadline_working_days)


def late_line(scheme: Scheme, lateness: Lateness, late: Late) -> Line:
    taken = min(Fraction(lateness.at_most), Fraction(lateness.points_a_day) * late.days)
    sentence = explain(
        "lateness",
        form=late.form,
        received_date=chinese_date(late.received_date),
        due_date=chinese_date(late.due_date),
        days=late.days,
        points_a_day=plain(lateness.points_a_day),
        at_most=plain(lateness.at_most),
        points=plain(taken),
        clause=scheme.clause_of(""),
    )
    return Line(LATE, -taken, two_decimals(-taken), None, UNMET, sentence)


def total_of(scheme: Scheme, lines: list[Line]) -> Decimal | None:
    """100 × Σ points ÷ Σ full, two decimals half up; None where nothing applies. Lines without full marks (bonus, lateness) are added to the total as they are."""
    counted = [(line.points, line.full) for line in lines if line.points is not None]
    full = sum(full for _, full in counted if full is not None)
    if not full:
        return None
    points = added(points for points, full in counted if full is not None)
    beside = added(points for points, full in counted if full is None)
    total = two_decimals(Fraction(scheme.score.total) * points / Fraction(full) + beside)
    return min(max(total, two_decimals(Fraction(0))), two_decimals(Fraction(scheme.score.maximum)))
