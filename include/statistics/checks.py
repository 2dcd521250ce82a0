"""Everything that was checked of a result: agreements and standards, of subjects, streets and the county; a row each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from include.schemes.statistics import Agreement, Standard
from include.schemes.totals import PREFIX
from include.scoring.given import ABSENT
from include.scoring.lines import MET, UNMET
from include.statistics.agreements import DISAGREES, check
from include.statistics.facts import Fact, Facts
from include.statistics.standards import Judged, RolledUp, judge, of_totals, roll_up
from include.statistics.words import number, percentage, say, word

COMMUNITY, STREET, COUNTY = "community", "street", "county"


@dataclass(frozen=True)
class CheckRow:
    """`outcome`: 一致, 不一致, 达标, 未达标, 未报, 不适用; `note`: it is to be looked at although it agrees."""

    check: str
    level: str
    code: str
    left: str
    right: str
    outcome: str
    message: str
    note: str = ""

    @property
    def is_told(self) -> bool:
        """Whether people are to look at it."""
        return self.outcome == DISAGREES or bool(self.note)


def checks_of(facts: Facts) -> list[CheckRow]:
    """In the order of the system's file, each of the subjects, then of streets and county."""
    rows: list[CheckRow] = []
    for agreement in facts.scheme.agreements:
        rows += _agreement_rows(agreement, facts)
    for standard in facts.scheme.standards:
        rows += _standard_rows(standard, facts)
    return rows


def judged_of(standard: Standard, facts: Facts) -> dict[str, Judged]:
    """Every subject against a standard, by code."""
    return {one.code: judge(standard, one, facts) for one in facts.subjects}


def _agreement_rows(agreement: Agreement, facts: Facts) -> Iterator[CheckRow]:
    """One that reads what only the county tells is none of the subjects'."""
    of_county = {cell.key for cell in facts.scheme.cells if cell.form in facts.scheme.totals_forms}
    is_of_county = any(key in of_county and not key.startswith(PREFIX) for key in agreement.read)
    asked = [] if is_of_county else [(COMMUNITY, one) for one in facts.subjects]
    asked += [(COUNTY, facts.totals)] if facts.totals and _is_summed(agreement, of_county) else []
    for level, fact in asked:
        found = check(agreement, fact, facts)
        yield CheckRow(
            agreement.code, level, fact.code, found.left, found.right, found.outcome, found.message, found.note
        )


def _is_summed(agreement: Agreement, of_county: set[str]) -> bool:
    """Whether the county tells what the check reads, itself or as sums."""
    return all(key in of_county or f"{PREFIX}{key}" in of_county for key in agreement.read)


def _standard_rows(standard: Standard, facts: Facts) -> Iterator[CheckRow]:
    """Those of other kinds than it is asked of have none; of none, none is told."""
    judged = judged_of(standard, facts)
    asked = {one.code for one in facts.subjects if not standard.kinds or one.kind in standard.kinds}
    if standard.kinds and not asked and not (standard.total and facts.totals):
        return
    for fact in (one for one in facts.subjects if one.code in asked):
        yield _of_subject(standard, fact, judged[fact.code])
    for street, all_of in facts.streets().items():
        if subjects := [one for one in all_of if one.code in asked]:
            yield _rolled(standard, STREET, street, roll_up([judged[one.code] for one in subjects]), [])
    rolled, span = roll_up(list(judged.values())), list[Fraction]()
    if not any(one.is_reported for one in facts.subjects) and facts.totals is not None:
        told, span = of_totals(standard, facts)
        rolled = told or RolledUp(0, 0, Fraction(0))
    yield _rolled(standard, COUNTY, facts.county_code, rolled, span)


def _of_subject(standard: Standard, fact: Fact, one: Judged) -> CheckRow:
    message = ""
    if one.outcome in (MET, UNMET):
        message = say(
            "standard", name=standard.name, left=one.left, right=one.right, unit=standard.unit, gap=number(one.gap or None),
            lacking=one.lacking, is_exact=standard.is_ is not None, is_number=not isinstance(standard.is_, str),
        )  # fmt: skip
    return CheckRow(standard.code, COMMUNITY, fact.code, one.left, one.right, one.outcome, message)


def _rolled(standard: Standard, level: str, code: str, rolled: RolledUp, span: list[Fraction]) -> CheckRow:
    if not rolled.judged:
        return CheckRow(standard.code, level, code, "", "", ABSENT, "")
    outcome = MET if rolled.met == rolled.judged else UNMET
    message = say(
        "rolled_up", name=standard.name, met=rolled.met, judged=rolled.judged, others=rolled.judged - rolled.met,
        rate=percentage(Fraction(rolled.met), Fraction(rolled.judged)), unit=standard.unit, gap=number(rolled.gap or None),
        span=between(span) if len(span) > 1 else "",
    )  # fmt: skip
    return CheckRow(standard.code, level, code, str(rolled.met), str(rolled.judged), outcome, message)


def between(span: list[Fraction]) -> str:
    """A number, or from the least to the most."""
    shown = [number(one) for one in span]
    return shown[0] if len(shown) == 1 else word("range").format(least=shown[0], most=shown[-1])
