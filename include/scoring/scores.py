"""The scores of the units of a list: points, problems, totals, places, classes. Pure and exact."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from include.numbers import two_decimals
from include.schemes.classes import Defect
from include.schemes.conditions import RANK_SHARE
from include.schemes.indicators import Indicator, Problem
from include.schemes.model import Scheme
from include.schemes.references import references
from include.scoring.conditions import Facts, Judged, judge, judge_all, rate_of
from include.scoring.explaining import explain, explain_indicator, sentences
from include.scoring.figures import Elsewhere, Figures, Place, plain
from include.scoring.lines import (
    MET,
    NOT_APPLICABLE,
    UNMET,
    Late,
    Line,
    UnitScore,
    grade_of,
    late_line,
    total_of,
)
from include.scoring.rules import RULES

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Reported:
    """What a unit handed in, and the list that it is ranked in."""

    figures: Figures
    late: Late | None = None
    group: str = ""


def ranks(totals: Mapping[str, Fraction | Decimal | None]) -> dict[str, int | None]:
    """Competition ranks by total: 1, 1, 3. None where there is no total."""
    ordered = sorted((total for total in totals.values() if total is not None), reverse=True)
    first: dict[Fraction | Decimal, int] = {}
    for place, total in enumerate(ordered, 1):
        first.setdefault(total, place)
    return {code: None if total is None else first[total] for code, total in totals.items()}


def score_unit(
    scheme: Scheme,
    values: Mapping[str, str | None],
    late: Late | None = None,
    elsewhere: Mapping[str, Elsewhere] | None = None,
) -> UnitScore:
    """Score one unit by itself from canonical texts by cell key, as the only one of its list.

    Raises UserError, all at once, where a figure that is scored is missing or unreadable.
    """
    return score_units(scheme, {"": Reported(Figures(scheme, values, elsewhere or {}), late)})[""]


def score_units(scheme: Scheme, units: Mapping[str, Reported]) -> dict[str, UnitScore]:
    """Score units that are ranked together, or in several lists; by code.

    total = 100 × Σ points ÷ Σ full over the applicable indicators + bonus − lateness, two decimals half
    up, within 0 and the scheme's maximum. A bonus that nothing was reported for has no line.
    """
    _place(scheme, units)
    alike = _Alike(scheme)
    counted = {code: alike.counted(one) for code, one in units.items()}
    totals = {code: facts.total for code, (_, facts) in counted.items()}
    places = places_of(totals, {code: one.group for code, one in units.items()})
    return {code: alike.judged(key, facts, places.get(code)) for code, (key, facts) in counted.items()}


def totals_of(scheme: Scheme, units: Mapping[str, Reported]) -> dict[str, Decimal]:
    """The totals alone of units that are ranked together, of those that have one; by code."""
    _place(scheme, units)
    alike = _Alike(scheme)
    totals = {code: alike.counted(one)[1].total for code, one in units.items()}
    return {code: total for code, total in totals.items() if total is not None}


_Lines = dict[Hashable, Line | None]
_Problems = dict[int, tuple[Line, list[Line]]]
_MOST_LINES = 50_000
_shared: dict[tuple[int, int], _WorkedOut] = {}


class _WorkedOut:
    """What is made out once a scheme and wording: what its parts read; lines by what they depend on, and by the line what its
    problems make of it: of streets before, too, for what they depend on leaves nothing out."""

    def __init__(self, scheme: Scheme, wording: object) -> None:
        self.scheme, self.wording = scheme, wording  # kept, so that what they are known by stays theirs
        read = {key for part in (*scheme.indicators, *scheme.defects, *scheme.classes) for key in references(part)}
        self.cells = [cell.key for cell in scheme.cells_of_keys(read)]
        self.inputs = [one.key for one in scheme.inputs if one.key in read or one.missing == "no_total"]
        leaves = [leaf for one in scheme.classes if one.when for leaf in one.when.leaves]
        self.asks_for_the_place = any(leaf.score == RANK_SHARE for leaf in leaves)
        self.reads = [(one, *_read_by(scheme, one)) for one in scheme.indicators]
        self.lines: _Lines = {}
        self.problems: _Problems = {}


def _worked_out(scheme: Scheme) -> _WorkedOut:
    """As many as memory bears."""
    key = id(scheme), id(sentences())
    if key not in _shared or len(_shared[key].lines) > _MOST_LINES:
        if len(_shared) > 7:
            _shared.clear()
        _shared[key] = _WorkedOut(scheme, sentences())
    return _shared[key]


class _Alike:
    """Scores of units with the same figures are worked out once: of thousands rated alike there are some hundreds."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme, self.of_before = scheme, _worked_out(scheme)
        self.facts: dict[Hashable, Facts] = {}
        self.scores: dict[Hashable, UnitScore] = {}

    def counted(self, unit: Reported) -> tuple[Hashable, Facts]:
        """What the unit's points and its total depend on, and what they are."""
        key = (
            unit.figures.said_of(self.of_before.cells, self.of_before.inputs),
            tuple(sorted(unit.figures.places.items())),
            unit.late,
        )
        if key not in self.facts:
            self.facts[key] = _counted(self.scheme, unit, self._lines(unit))
        return key, self.facts[key]

    def _lines(self, unit: Reported) -> list[Line]:
        found, lines = [], self.of_before.lines
        for indicator, cells, inputs, places in self.of_before.reads:
            figures = unit.figures
            key = (indicator.code, figures.said_of(cells, inputs), tuple(figures.places.get(one) for one in places))
            if key not in lines:
                lines[key] = _line(self.scheme, indicator, figures)
            line = lines[key]
            if line is not None:
                found.append(line)
        return found

    def judged(self, key: Hashable, facts: Facts, place: Place | None) -> UnitScore:
        asked = place if self.of_before.asks_for_the_place else place is None
        if (key, asked) not in self.scores:
            self.scores[key, asked] = _judged(self.scheme, replace(facts, place=place), self.of_before.problems)
        score = self.scores[key, asked]
        rank = place.rank if place else None
        return score if score.rank == rank else replace(score, rank=rank)


def places_of(values: Mapping[str, Fraction | Decimal | None], groups: Mapping[str, str]) -> dict[str, Place]:
    """The place of each unit that has a value in its list."""
    lists: dict[str, dict[str, Fraction | Decimal | None]] = {}
    for code, value in values.items():
        if value is not None:
            lists.setdefault(groups[code], {})[code] = value
    return {
        code: Place(rank, len(members))
        for members in lists.values()
        for code, rank in ranks(members).items()
        if rank is not None
    }


def classify(scheme: Scheme, facts: Facts) -> tuple[str, str]:
    """The class, and the sentence that says what decided it: what kept the unit from the class before, what gave it this."""
    clause = scheme.clause_of("")
    if facts.total is None:
        return scheme.unscored_class, _unscored_reason(scheme)
    above, failed = "", None
    for one in scheme.classes:
        judged = judge(one.when, facts) if one.when else None
        if judged is None or judged.holds:
            reasons = judged.reasons if judged else []
            missed: list[str] = failed.reasons if failed else []
            words = {"grade": one.name, "above": above, "failed": missed, "reasons": reasons, "clause": clause}
            return one.name, explain("class", **words)
        above, failed = one.name, judged
    raise AssertionError("the last class has no condition")  # the loader has seen to it


def graded(scheme: Scheme, facts: Facts) -> UnitScore:
    """The score with its grade, by total or by the classes."""
    grade, reason = "" if facts.total is None or scheme.classes else grade_of(scheme, facts.total), ""
    if scheme.classes:
        grade, reason = classify(scheme, facts)
    return UnitScore(list(facts.lines), facts.total, grade, reason, facts.place.rank if facts.place else None)


def unscored(scheme: Scheme, line: Line) -> UnitScore:
    """That of a unit of which nothing can be scored: the line that says why."""
    reason = _unscored_reason(scheme) if scheme.classes else ""
    return UnitScore([line], None, scheme.unscored_class, reason)


def _unscored_reason(scheme: Scheme) -> str:
    return explain("unscored_class", grade=scheme.unscored_class, clause=scheme.clause_of(""))


def _place(scheme: Scheme, units: Mapping[str, Reported]) -> None:
    """The places in what rules of by_rank read."""
    groups = {code: one.group for code, one in units.items()}
    for key in {rule.of for indicator in scheme.indicators for rule in indicator.rules if rule.kind == "by_rank"}:
        values = {code: _ranked_by(scheme, key, one.figures) for code, one in units.items()}
        for code, place in places_of(values, groups).items():
            units[code].figures.places[key] = place


def _ranked_by(scheme: Scheme, key: str, figures: Figures) -> Fraction | None:
    if key not in scheme.names:
        return figures.number(key) if figures.text(key) else None
    own = [one for one in scheme.indicators if one.code.startswith(key)]
    lines = [line for one in own if (line := _line(scheme, one, figures)) is not None]
    points, full = rate_of(key, Facts(scheme, figures, lines))
    return points if full else None


def _read_by(scheme: Scheme, indicator: Indicator) -> tuple[list[str], list[str], list[str]]:
    """What the line of an indicator depends on: cells, figures from elsewhere, and what its rules rank by."""
    read = set(references(indicator))
    return (
        scheme.figures_of[indicator.code],
        [one.key for one in scheme.inputs if one.key in read],
        [rule.of for rule in indicator.rules if rule.kind == "by_rank"],
    )


def _counted(scheme: Scheme, unit: Reported, points: Sequence[Line]) -> Facts:
    """A unit's lines with their points, and its total; no problems yet, since these may ask for both."""
    lines = list(points)
    if unit.late and unit.late.days and scheme.score.lateness:
        lines.append(late_line(scheme, scheme.score.lateness, unit.late))
    is_whole = all(unit.figures.text(key) for key in scheme.needed_inputs)
    return Facts(scheme, unit.figures, lines, total_of(scheme, lines) if is_whole else None)


def _judged(scheme: Scheme, facts: Facts, known: _Problems) -> UnitScore:
    """With problems and defects, and then the class, which may ask for these. `known`: those of lines by the line, where they ask
    for figures alone, on which the line depends as well."""
    indicators = {one.code: one for one in scheme.indicators}
    lines, further = [], list[Line]()
    for line in facts.lines:
        indicator = indicators.get(line.indicator)
        if (judged := known.get(id(line))) is None:
            found = _found(indicator, facts) if indicator and line.outcome != NOT_APPLICABLE else []
            coded = [_coded(scheme, one.code, why.reasons, facts, one) for one, why in found if one.code]
            judged = _with_problems(line, found, facts), coded
            if indicator and _asks_for_figures_alone(indicator):
                known[id(line)] = judged
        lines.append(judged[0])
        further += judged[1]
    further += _defects(scheme, [one for one in scheme.defects if not one.follows_the_class], facts)
    score = graded(scheme, replace(facts, lines=[*lines, *further]))
    follow = [one for one in scheme.defects if one.follows_the_class]
    if not follow:
        return score
    told = _defects(scheme, follow, replace(facts, lines=score.lines, grade=score.grade))
    return replace(score, lines=[*score.lines, *told])


def _asks_for_figures_alone(indicator: Indicator) -> bool:
    return not any(leaf.score for one in indicator.all_problems for asked in one.any for leaf in asked.leaves)


def _defects(scheme: Scheme, defects: Sequence[Defect], facts: Facts) -> list[Line]:
    found = []
    for defect in defects:
        judged = judge(defect.when, facts)
        text = _defect_text(defect, facts.figures) if judged.holds else ""
        if text:
            found.append(_finding(scheme, defect.code, text, defect.deadline_working_days, judged.reasons))
    return found


def _defect_text(defect: Defect, figures: Figures) -> str:
    """Empty where it proposes a step from what is unknown, or out of bounds."""
    if defect.moves is None:
        return defect.text
    digits = _NUMBER.search(figures.text(defect.moves.figure))
    before = Decimal(digits[0]) if digits else None
    if before is None or not defect.moves.at_least <= before + defect.moves.by <= defect.moves.at_most:
        return ""
    return defect.text.format(before=plain(before), after=plain(before + defect.moves.by))


def _line(scheme: Scheme, indicator: Indicator, figures: Figures) -> Line | None:
    clause = scheme.clause(indicator)
    if reasons := _why_not_applicable(scheme, indicator, figures):
        sentence = explain("not_applicable", reasons=reasons, clause=clause)
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
    outcome = UNMET if points < Fraction(indicator.full) else MET
    return Line(indicator.code, points, two_decimals(points), indicator.full, outcome, sentence)


def _why_not_applicable(scheme: Scheme, indicator: Indicator, figures: Figures) -> list[str]:
    """Phrases; none where the indicator is applicable."""
    asked: list[object] = [*indicator.rules, indicator.not_applicable_when]
    if missing := figures.missing(asked):
        return [explain("no_figure", name=figures.name_of(key)) for key in missing]
    if indicator.not_applicable_when is not None:
        judged = judge(indicator.not_applicable_when, Facts(scheme, figures))
        if judged.holds:
            return judged.reasons
    ranked = [rule.of for rule in indicator.rules if rule.kind == "by_rank"]
    return [explain("no_place", name=figures.name_of(key)) for key in ranked if key not in figures.places]


def _found(indicator: Indicator, facts: Facts) -> list[tuple[Problem, Judged]]:
    """The problems of an indicator that hold, each with what made it so."""
    judged = [(problem, judge_all(problem.any, facts, is_any=True)) for problem in indicator.all_problems]
    return [(problem, one) for problem, one in judged if one.holds]


def _with_problems(line: Line, found: list[tuple[Problem, Judged]], facts: Facts) -> Line:
    """未达标 where any holds; the one without a code of its own stands in the line."""
    if not found:
        return line
    own = next((problem for problem, _ in found if not problem.code), None)
    if own is None:
        return replace(line, outcome=UNMET)
    text, details = _problem_text(own, facts.figures)
    days = own.deadline_working_days
    return replace(
        line, outcome=UNMET, has_problem=days is not None, problem=text, deadline_working_days=days, details=details
    )


def _coded(scheme: Scheme, code: str, reasons: list[str], facts: Facts, problem: Problem) -> Line:
    text, details = _problem_text(problem, facts.figures)
    return replace(_finding(scheme, code, text, problem.deadline_working_days, reasons), details=details)


def _finding(scheme: Scheme, code: str, text: str, days: int | None, reasons: list[str]) -> Line:
    """A problem under a code of its own; one without days is a note."""
    words = {"reasons": reasons, "is_problem": days is not None, "text": text, "clause": scheme.clause_of(code)}
    return Line(code, None, None, None, UNMET, explain("found", **words), days is not None, text, days)


def _problem_text(problem: Problem, figures: Figures) -> tuple[str, tuple[str, ...]]:
    """The text for the circular, and the missing papers of a checklist that it names where the scheme says so."""
    if problem.naming is None:
        return problem.text, ()
    leaves = [leaf for condition in problem.any for leaf in condition.leaves]
    wanted = {condition.has for condition in leaves if condition.checklist == problem.naming}
    papers = tuple(paper for paper, option in figures.papers(problem.naming).items() if option in wanted)
    return explain("naming", text=problem.text, papers=papers), papers
