"""A subject's figures against the norms: met or not, and what is lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from include.schemes.conditions import Multiple
from include.schemes.holding import holds
from include.schemes.statistics import Standard
from include.scoring.given import ABSENT, GIVEN, NOT_APPLICABLE
from include.scoring.lines import MET, UNMET
from include.statistics.facts import Fact, Facts
from include.statistics.words import number


@dataclass(frozen=True)
class Judged:
    """`left` the figure, `right` the norm as shown; `gap` in the standard's unit, 0 where met, None where it cannot be told;
    `lacking`: which of several things are not there."""

    outcome: str
    left: str = ""
    right: str = ""
    gap: Fraction | None = None
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class RolledUp:
    """Of several subjects: how many of those of whom it can be told meet it, and the gaps of all."""

    met: int
    judged: int
    gap: Fraction


def judge(standard: Standard, fact: Fact, facts: Facts) -> Judged:
    if standard.kinds and fact.kind not in standard.kinds:
        return Judged(NOT_APPLICABLE)
    if standard.all_yes:
        return _all_yes(standard, fact, facts)
    if isinstance(standard.is_, str):
        outcome = fact.outcome(standard.figures)
        text = fact.text(standard.figures[0])
        if outcome != GIVEN:
            return Judged(outcome, right=standard.is_)
        is_met = text == standard.is_
        return Judged(MET if is_met else UNMET, text, standard.is_, Fraction(0 if is_met else 1))
    norm = _norm(standard, fact)
    if norm == NOT_APPLICABLE:
        return Judged(NOT_APPLICABLE)
    assert norm is None or isinstance(norm, Fraction)
    right = number(norm)
    if (outcome := fact.outcome(standard.figures)) != GIVEN:
        return Judged(outcome, right=right)
    value = fact.sum(standard.figures)
    assert value is not None
    if norm is None:
        return Judged(NOT_APPLICABLE if isinstance(standard.at_least, Multiple) else ABSENT, number(value))
    is_met = value == norm if standard.is_ is not None else value >= norm
    return Judged(MET if is_met else UNMET, number(value), right, max(Fraction(0), norm - value))


def roll_up(judged: Sequence[Judged]) -> RolledUp:
    told = [one for one in judged if one.outcome in (MET, UNMET)]
    gap = sum((one.gap for one in told if one.gap is not None), Fraction(0))
    return RolledUp(sum(one.outcome == MET for one in told), len(told), gap)


def of_totals(standard: Standard, facts: Facts) -> tuple[RolledUp | None, list[Fraction]]:
    """What a county's sums say of a standard: how many meet it, and the least and the most that the others lack where that
    follows (empty where it does not). None where the sums do not say it."""
    fact = facts.totals
    met = fact.number(standard.total) if fact and standard.total else None
    count = fact.number(count_key(facts)) if fact else None
    if met is None or count is None:
        return None, []
    others, norms = count - met, [Fraction(norm) for norm in standard.norms]
    span = sorted({others * norm for norm in norms}) if standard.others_have_none else []
    return RolledUp(int(met), int(count), span[0] if len(span) == 1 else Fraction(0)), span


def count_key(facts: Facts) -> str:
    """The figure of the form of totals that says how many subjects there are; empty where there is no such form."""
    return next((form.totals.count for form in facts.scheme.totals_forms.values() if form.totals), "")


def _all_yes(standard: Standard, fact: Fact, facts: Facts) -> Judged:
    wanted = len(standard.all_yes)
    if (outcome := fact.outcome(standard.all_yes)) != GIVEN:
        return Judged(outcome, right=str(wanted))
    lacking = tuple(facts.label(key) for key in standard.all_yes if fact.text(key) != "是")
    there = wanted - len(lacking)
    return Judged(UNMET if lacking else MET, str(there), str(wanted), Fraction(len(lacking)), lacking)


def _norm(standard: Standard, fact: Fact) -> Fraction | str | None:
    """None where a figure that it depends on there is not, 不适用 where none is asked."""
    limit: object = standard.at_least if standard.at_least is not None else standard.is_
    if isinstance(limit, list):
        for case in limit:
            applies = case.when is None or holds(case.when, fact.read)
            if applies is None:
                return None
            if applies:
                return NOT_APPLICABLE if case.is_ is None else Fraction(case.is_)
        return None
    if isinstance(limit, Multiple):
        of = fact.number(limit.of)
        return None if of is None else Fraction(limit.times) * of
    assert isinstance(limit, Decimal)
    return Fraction(limit)
