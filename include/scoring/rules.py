"""The rules: one function a kind. Pure and exact; nothing is rounded here.

Every rule function takes its part of the scheme and the unit's figures and gives the points with the
facts for the sentence (explanations.yaml, by the same kind). Its docstring ends in the paragraph that
docs/INDICATORS.md prints. Source of all kinds: domain.md §3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from include.schemes.conditions import Multiple
from include.schemes.indicators import (
    Banded,
    ByRank,
    CappedBonus,
    ChecklistShare,
    Deduction,
    ProRata,
    Ratio,
    Threshold,
)
from include.scoring.explaining import percent, said
from include.scoring.figures import Figures, plain, share

Facts = dict[str, Any]
Outcome = tuple[Fraction, Facts]


def pro_rata(rule: ProRata, figures: Figures) -> Outcome:
    """Points in proportion to a figure's share of its target, never more than all; none unless a condition holds.

    按比例计分：分值 × min(1, 填报数 ÷ 目标数)；目标数可以是另一填报项的倍数。达到目标得满分，超过不加分；规定了附带条件而未满足时得 0 分。
    """
    value, target = figures.number(rule.figure), figures.target(rule.target)
    reach = share(value, target)
    facts: Facts = {"figure": said(figures, rule.figure), "target": said(figures, rule.figure, target)}
    if isinstance(rule.target, Multiple):
        facts |= {"of": said(figures, rule.target.of), "times": plain(rule.target.times)}
    facts |= {"is_met": reach == 1, "nothing": None}
    if rule.nothing_unless and not figures.is_(rule.nothing_unless):
        return Fraction(0), facts | {"nothing": said(figures, rule.nothing_unless.figure)}
    return Fraction(rule.points) * reach, facts


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
        "quotient": percent(quotient),
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
        "quotient": percent(value),
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
    facts: Facts = {
        "noun": figures.noun_of(rule.checklist),
        "asked": len(asked),
        "present": present,
        "missing": missing,
    }
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


def by_rank(rule: ByRank, figures: Figures) -> Outcome:
    """The points of a unit's place; those who share it have the points of the better one.

    按名次计分：在同一排名范围内按名次取对应的分值，同分同名次（1、1、3），并列的按较前的名次计；名次在所列之外的按“其余”计。
    """
    place = figures.places[rule.of]
    earned = rule.points[place.rank - 1] if place.rank <= len(rule.points) else rule.beyond
    return Fraction(earned), {"name": figures.name_of(rule.of), "rank": place.rank, "ranked": place.ranked}


RULES: dict[str, Callable[[Any, Figures], Outcome]] = {
    "pro_rata": pro_rata,
    "ratio": ratio,
    "threshold": threshold,
    "band": band,
    "checklist": checklist,
    "deduction": deduction,
    "capped_bonus": capped_bonus,
    "by_rank": by_rank,
}
