"""Whether a condition holds of a unit, and the phrases that say what decided it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from include.schemes.conditions import CLASS, EACH_AREA, PROBLEMS, RANK_SHARE, TOTAL, Condition
from include.schemes.model import Scheme
from include.scoring.explaining import explain, percent, said
from include.scoring.figures import Figures, Place, plain
from include.scoring.lines import Line
from include.subject_kinds import subject_kinds

_ORDER: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "below": operator.lt,
    "above": operator.gt,
    "at_least": operator.ge,
    "at_most": operator.le,
}


@dataclass(frozen=True)
class Facts:
    """A unit's figures and what has come of them so far: its lines, its total, its place in its list, its class."""

    scheme: Scheme
    figures: Figures
    lines: Sequence[Line] = ()
    total: Decimal | None = None
    place: Place | None = None
    grade: str = ""


@dataclass(frozen=True)
class Judged:
    """Whether a condition holds, and what says why: of most nobody asks."""

    holds: bool
    say: Callable[[], list[str]]

    @cached_property
    def reasons(self) -> list[str]:
        """A phrase for each part of it that made it so."""
        return self.say()


def judge(condition: Condition, facts: Facts) -> Judged:
    """Of `all` that holds and `any` that does not, every part decided; of the others those parts alone that are otherwise."""
    if condition.not_ is not None:
        inner = judge(condition.not_, facts)
        return Judged(not inner.holds, lambda: inner.reasons)
    if condition.parts:
        return judge_all(condition.parts, facts, is_any=condition.any is not None)
    return _compared(condition, facts)


def judge_all(conditions: Sequence[Condition], facts: Facts, *, is_any: bool) -> Judged:
    """All of them together, or any."""
    judged = [judge(one, facts) for one in conditions]
    holds = (any if is_any else all)(one.holds for one in judged)
    return Judged(holds, lambda: [reason for one in judged if one.holds == holds for reason in one.reasons])


def rate_of(code: str, facts: Facts) -> tuple[Fraction, Fraction]:
    """Published points of an indicator or area, and the full marks of what of it is applicable."""
    own = [line for line in facts.lines if line.points_shown is not None and line.full and _is_of(line, code, facts)]
    points = sum((Fraction(line.points_shown) for line in own if line.points_shown is not None), Fraction(0))
    return points, sum((Fraction(line.full) for line in own if line.full is not None), Fraction(0))


def _is_of(line: Line, code: str, facts: Facts) -> bool:
    is_area = any(area.code == code for area in facts.scheme.areas)
    return line.indicator.startswith(code) if is_area else line.indicator == code


def _compared(condition: Condition, facts: Facts) -> Judged:
    if condition.checklist is not None:
        return _of_checklist(condition, facts)
    if condition.score == EACH_AREA:
        parts = [condition.model_copy(update={"score": area.code}) for area in facts.scheme.areas]
        judged = judge_all(parts, facts, is_any=False)
        limit = plain(100 * facts.figures.target(condition.comparison[1]))
        if not judged.holds:
            return judged
        return Judged(True, lambda: [explain("condition_each_area", limit=limit, **_relation(condition, True))])
    if condition.score is not None:
        return _of_score(condition, condition.score, facts)
    return _of_figure(condition, str(condition.figure), facts.figures)


def _of_checklist(condition: Condition, facts: Facts) -> Judged:
    name, option = condition.comparison
    papers = facts.figures.papers(str(condition.checklist))
    found = [paper for paper, chosen in papers.items() if chosen == option]
    holds = len(found) == len(papers) if name == "all" else bool(found)
    label = next(part.name for part in facts.scheme.checklists if part.key == condition.checklist)
    words = {"checklist": label, "option": option, "papers": found, "is_all": name == "all", "holds": holds}
    return Judged(holds, lambda: [explain("condition_checklist", **words)])


def _of_figure(condition: Condition, key: str, figures: Figures) -> Judged:
    name, wanted = condition.comparison
    if missing := figures.missing(condition):
        return Judged(False, lambda: [explain("no_figure", name=figures.name_of(one)) for one in missing])
    if name not in _ORDER:
        is_one = any(figures.equals(key, one) for one in (wanted if name == "in_" else [wanted]))
        return Judged(is_one != (name == "is_not"), lambda: [explain("condition_is", figure=said(figures, key))])
    of = condition.of if isinstance(condition.of, str) else None
    value, limit = figures.quotient(key, of), figures.target(wanted)
    holds = _ORDER[name](value, limit)

    def say() -> list[str]:
        facts = {
            "figure": said(figures, key),
            "of": said(figures, of) if of else None,
            "quotient": percent(value),
            "limit": f"{plain(100 * limit)}%" if of else said(figures, key, limit).value,
        }
        return [explain("condition_figure", **facts, **_relation(condition, holds))]

    return Judged(holds, say)


def _of_score(condition: Condition, subject: str, facts: Facts) -> Judged:
    name, wanted = condition.comparison
    if subject == CLASS:
        is_one = facts.grade in (wanted if name == "in_" else [wanted])
        return Judged(is_one != (name == "is_not"), lambda: [explain("condition_class", grade=facts.grade)])
    if subject == TOTAL:
        value = None if facts.total is None else Fraction(facts.total)
        words: dict[str, Any] = {"total": facts.total}
    elif subject == PROBLEMS:
        found = _problems(condition, facts)
        value, words = Fraction(len(found)), {"names": [f"{line.indicator} {line.problem}" for line in found]}
        words["asked"] = condition.of or []
    elif subject == RANK_SHARE:
        value = Fraction(facts.place.rank, facts.place.ranked) if facts.place else None
        words = {"place": facts.place, "quotient": percent(value or Fraction(0)), "is_at_most": name == "at_most"}
        words["counter"] = _counter(facts.scheme)
    else:
        points, full = rate_of(subject, facts)
        value = points / full if full else Fraction(1)
        words = {"points": f"{Decimal(points.numerator) / points.denominator:.2f}", "full": plain(full)}
        words |= {"name": facts.scheme.named(subject), "quotient": percent(value), "is_applicable": bool(full)}
    limit = facts.figures.target(wanted)
    holds = value is not None and (_ORDER[name](value, limit) if name in _ORDER else value == limit)
    words["limit"] = plain(limit if subject in (TOTAL, PROBLEMS) else 100 * limit)
    kind = subject if subject in (TOTAL, PROBLEMS, RANK_SHARE) else "rate"
    return Judged(holds, lambda: [explain(f"condition_{kind}", **words, holds=holds, **_relation(condition, holds))])


def _counter(scheme: Scheme) -> str:
    """How those who are ranked are counted: 6 名; of several kinds, 6 个."""
    counters = {subject_kinds().of(one.kind).counter for one in scheme.subjects}
    return counters.pop() if len(counters) == 1 else "个"


def _problems(condition: Condition, facts: Facts) -> list[Line]:
    """The lines of the problems that hold: those asked for, notes too, else all with a deadline."""
    asked = condition.of if isinstance(condition.of, list) else None
    return [
        line
        for line in facts.lines
        if line.problem and (line.has_problem if asked is None else line.indicator in asked)
    ]


def _relation(condition: Condition, holds: bool) -> dict[str, str]:
    name, _ = condition.comparison
    return {"relation": explain("relation", name=name, holds=holds)}
