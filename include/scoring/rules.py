"""The rules: one function a kind, and the score of a unit. Pure and exact; rounded once, at the end.

Every rule function takes its part of the scheme and the unit's figures and gives the points with the
facts for the sentence (explanations.yaml, by the same kind). Its docstring ends in the paragraph that
docs/INDICATORS.md prints. Source of all kinds: domain.md §3.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from include.period import chinese_date
from include.schemes.indicators import (
    Banded,
    CappedBonus,
    ChecklistShare,
    Condition,
    Deduction,
    Indicator,
    Multiple,
    Problem,
    ProRata,
    Ratio,
    Threshold,
)
from include.schemes.model import Lateness, Scheme
from include.scoring.explaining import explain, explain_indicator, said
from include.scoring.figures import Figures, plain, share, two_decimals

MET, UNMET, NOT_APPLICABLE = "达标", "未达标", "不适用"
LATE = "LATE"
_MOST_PLACES = 10
Facts = dict[str, Any]
Outcome = tuple[Fraction, Facts]


@dataclass(frozen=True)
class Line:
    """A unit's points for one indicator. 未达标: a problem, or less than full marks; points are None where 不适用."""

    indicator: str
    points: Fraction | None
    points_shown: Decimal | None
    full: Decimal | None
    outcome: str
    explanation: str
    has_problem: bool = False
    problem: str = ""
    deadline_working_days: int | None = None


@dataclass(frozen=True)
class Late:
    """A hand-in that came `days` calendar days (or part of one) after the due date; `form` names it where there are several."""

    days: int
    received_date: dt.date
    due_date: dt.date
    form: str = ""


@dataclass(frozen=True)
class UnitScore:
    """Lines in the order of the scheme, then LATE. `total` is None (and no grade) where no indicator is applicable."""

    lines: list[Line]
    total: Decimal | None
    grade: str


def pro_rata(rule: ProRata, figures: Figures) -> Outcome:
    """Points in proportion to a figure's share of its target, never more than all.

    按比例计分：分值 × min(1, 填报数 ÷ 目标数)；目标数可以是另一填报项的倍数。达到目标得满分，超过不加分。
    """
    value, target = figures.number(rule.figure), figures.target(rule.target)
    reach = share(value, target)
    facts: Facts = {"figure": said(figures, rule.figure), "target": said(figures, rule.figure, target)}
    if isinstance(rule.target, Multiple):
        facts |= {"of": said(figures, rule.target.of), "times": plain(rule.target.times)}
    return Fraction(rule.points) * reach, facts | {"is_met": reach == 1}


def ratio(rule: Ratio, figures: Figures) -> Outcome:
    """Points in proportion to a quotient's share of its target; halved unless a condition holds; nothing ÷ 0 is 0.

    按比率计分：分值 × min(1, (填报数 ÷ 基数) ÷ 目标比率)；基数为 0 而指标仍适用时得 0 分；规定了附带条件而未满足时减半。
    """
    quotient = figures.quotient(rule.figure, rule.of)
    reach = share(quotient, Fraction(rule.target))
    points = Fraction(rule.points) * reach
    facts: Facts = {
        "figure": said(figures, rule.figure),
        "of": said(figures, rule.of),
        "has_base": bool(figures.number(rule.of)),
        "quotient": _percent(quotient),
        "target": plain(100 * rule.target),
        "is_met": reach == 1,
        "halved": None,
    }
    if rule.halved_unless and not figures.is_(rule.halved_unless):
        return points / 2, facts | {"halved": said(figures, rule.halved_unless.figure)}
    return points, facts


def threshold(rule: Threshold, figures: Figures) -> Outcome:
    """All points where a figure is as required (an answer, or at least so much), else none.

    达到即得分：填报值符合要求（为规定的选项，或不少于规定的数）得全部分值，否则 0 分。
    """
    if rule.is_ is not None:
        is_met, wanted = figures.equals(rule.figure, rule.is_), f"“{rule.is_}”"
    else:
        assert rule.at_least is not None
        limit = figures.target(rule.at_least)
        is_met, wanted = figures.number(rule.figure) >= limit, f"不少于 {said(figures, rule.figure, limit).value}"
    points = Fraction(rule.points) if is_met else Fraction(0)
    return points, {"figure": said(figures, rule.figure), "wanted": wanted, "is_met": is_met}


def band(rule: Banded, figures: Figures) -> Outcome:
    """The points of the first band, from the top down, that a figure or quotient falls into; limits belong to the band.

    分档计分：从上到下取第一个符合的档次，界限值属于该档；最后一档没有界限，其余情况都归入。
    """
    value = figures.quotient(rule.figure, rule.of)

    def limit(number: Decimal) -> str:
        return f"{plain(100 * number)}%" if rule.of else said(figures, rule.figure, Fraction(number)).value

    facts: Facts = {
        "figure": said(figures, rule.figure),
        "of": said(figures, rule.of) if rule.of else None,
        "quotient": _percent(value),
    }
    last = ""
    for step in rule.bands:
        if step.at_least is not None:
            falls, words, last = (
                value >= step.at_least,
                f"达到 {limit(step.at_least)}",
                f"未达到 {limit(step.at_least)}",
            )
        elif step.at_most is not None:
            falls, words, last = value <= step.at_most, f"不超过 {limit(step.at_most)}", f"超过 {limit(step.at_most)}"
        else:
            falls, words = True, last
        if falls:
            return Fraction(step.points), facts | {"band": words}
    return Fraction(0), facts | {"band": last}


def checklist(rule: ChecklistShare, figures: Figures) -> Outcome:
    """Points in proportion to the papers present among those that apply; full where none applies.

    清单计分：分值 × 已有项数 ÷ (清单项数 − 不适用项数)。
    """
    asked = {paper: option for paper, option in figures.papers(rule.checklist).items() if option != rule.excluded}
    missing = [paper for paper, option in asked.items() if option != rule.present]
    present = len(asked) - len(missing)
    facts: Facts = {"asked": len(asked), "present": present, "missing": missing}
    return Fraction(rule.points) * share(Fraction(present), Fraction(len(asked))), facts


def deduction(rule: Deduction, figures: Figures) -> Outcome:
    """Full points less so much for each case, never below 0.

    逐件扣分：分值 − 每件扣分 × 件数，扣完为止。
    """
    taken = min(Fraction(rule.points), Fraction(rule.points_each) * figures.number(rule.figure))
    facts: Facts = {
        "figure": said(figures, rule.figure),
        "each": plain(rule.points_each),
        "per": figures.cell(rule.figure).unit,
        "taken": plain(taken),
    }
    return Fraction(rule.points) - taken, facts


def capped_bonus(rule: CappedBonus, figures: Figures) -> Outcome:
    """Points for each matter by its level, up to a cap; added to the total, outside the full marks.

    加分：按每个事项的级别加分，合计不超过上限；加在百分制总分之外。事项或级别没有填全的行不计。
    """
    counts = Counter(row[rule.by] for row in figures.rows(rule.repeat) if all(row.values()))
    levels = [
        {"level": level, "count": counts[level], "each": plain(points)}
        for level, points in rule.points_each.items()
        if counts[level]
    ]
    earned = sum((Fraction(rule.points_each[level]) * count for level, count in counts.items()), Fraction(0))
    facts: Facts = {"levels": levels, "earned": plain(earned), "at_most": plain(rule.at_most)}
    return min(Fraction(rule.at_most), earned), facts | {"is_capped": earned > Fraction(rule.at_most)}


RULES: dict[str, Callable[[Any, Figures], Outcome]] = {
    "pro_rata": pro_rata,
    "ratio": ratio,
    "threshold": threshold,
    "band": band,
    "checklist": checklist,
    "deduction": deduction,
    "capped_bonus": capped_bonus,
}


def score_unit(scheme: Scheme, values: Mapping[str, str | None], late: Late | None = None) -> UnitScore:
    """Score one unit from canonical texts by cell key.

    total = 100 × Σ points ÷ Σ full over the applicable indicators + bonus − lateness, two decimals half
    up, within 0 and the scheme's maximum. A bonus that nothing was reported for has no line. Raises
    UserError, all at once, where a figure that is scored is missing or unreadable.
    """
    figures = Figures(scheme, values)
    lines = [line for indicator in scheme.indicators if (line := _line(scheme, indicator, figures)) is not None]
    if late and late.days and scheme.score.lateness:
        lines.append(_late_line(scheme, scheme.score.lateness, late))
    total = total_of(scheme, lines)
    return UnitScore(lines, total, "" if total is None else grade_of(scheme, total))


def grade_of(scheme: Scheme, total: Decimal) -> str:
    """等次 by the final rounded total; limits belong to the better grade."""
    return next(grade.grade for grade in scheme.score.grades if total >= grade.at_least)


def missing_line(scheme: Scheme, status: str, due_date: dt.date) -> Line:
    """S0: the one line of a unit of which nothing was accepted; `status` is 未报 or 退回未改."""
    missing = scheme.missing
    sentence = explain("missing", status=status, due_date=chinese_date(due_date), clause=scheme.clause_of(missing.code))
    return Line(missing.code, None, None, None, UNMET, sentence, True, missing.problem, missing.deadline_working_days)


def _line(scheme: Scheme, indicator: Indicator, figures: Figures) -> Line | None:
    clause = scheme.clause(indicator)
    condition = indicator.not_applicable_when
    if condition is not None and figures.holds(condition):
        sentence = _why_not_applicable(scheme, condition, figures, clause)
        return Line(indicator.code, None, None, indicator.full, NOT_APPLICABLE, sentence)
    if indicator.is_bonus and not any(
        figures.rows(rule.repeat) for rule in indicator.rules if rule.kind == "capped_bonus"
    ):
        return None
    outcomes = [(rule, *RULES[rule.kind](rule, figures)) for rule in indicator.rules]
    points = sum((earned for _, earned, _ in outcomes), Fraction(0))
    sentence = explain_indicator(outcomes, points, indicator, clause)
    if indicator.is_bonus:
        return Line(indicator.code, points, two_decimals(points), None, MET, sentence)
    problem = indicator.problem
    has_problem = problem is not None and any(figures.holds(condition) for condition in problem.any)
    outcome = UNMET if has_problem or points < Fraction(indicator.full) else MET
    line = Line(indicator.code, points, two_decimals(points), indicator.full, outcome, sentence)
    if problem is None or not has_problem:
        return line
    days = problem.deadline_working_days
    return replace(line, has_problem=True, problem=_problem_text(problem, figures), deadline_working_days=days)


def _why_not_applicable(scheme: Scheme, condition: Condition, figures: Figures, clause: str) -> str:
    name = next((part.name for part in scheme.checklists if part.key == condition.checklist), "")
    figure = said(figures, condition.figure) if condition.figure else None
    return explain("not_applicable", figure=figure, checklist=name, option=condition.all, clause=clause)


def _problem_text(problem: Problem, figures: Figures) -> str:
    """The text for the circular, naming the missing papers of a checklist where the scheme says so."""
    if problem.naming is None:
        return problem.text
    wanted = {condition.has for condition in problem.any if condition.checklist == problem.naming}
    papers = [paper for paper, option in figures.papers(problem.naming).items() if option in wanted]
    return explain("naming", text=problem.text, papers=papers)


def _percent(quotient: Fraction) -> str:
    """With its sign; finer than two decimals where these would show a whole percentage that is only nearly reached."""
    exact, text = 100 * quotient, plain(100 * quotient)
    if not text.startswith("约"):
        return f"= {text}%"
    finer = (round(exact, places) for places in range(3, _MOST_PLACES))
    if "." in text or (shown := next((one for one in finer if one.denominator > 1), None)) is None:
        return f"≈ {text.removeprefix('约 ')}%"
    return f"{'=' if shown == exact else '≈'} {Decimal(shown.numerator) / shown.denominator:f}%"


def _late_line(scheme: Scheme, lateness: Lateness, late: Late) -> Line:
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
    full = sum((Fraction(full) for _, full in counted if full is not None), Fraction(0))
    if not full:
        return None
    points = sum((points for points, full in counted if full is not None), Fraction(0))
    beside = sum((points for points, full in counted if full is None), Fraction(0))
    total = two_decimals(Fraction(scheme.score.total) * points / full + beside)
    return min(max(total, two_decimals(Fraction(0))), two_decimals(Fraction(scheme.score.maximum)))
