"""Figures of a result as statistics read them: what each subject reported or was given, and the sums that a county told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection

from include.db import sql
from include.keys import AssessmentKey
from include.registry.offices import scope_name
from include.registry.rows import COUNTY_DIGITS
from include.registry.taking_part import taking_part
from include.schemes.model import Scheme
from include.schemes.totals import summed_key
from include.scoring.given import ABSENT, GIVEN
from include.scoring.inputs import CAME_LATE, ON_TIME
from include.scoring.lacking import lacking
from include.scoring.sources import name_of


@dataclass(frozen=True)
class Fact:
    """One subject, or the county's sums (`is_of_totals`): texts by figure, and of figures from elsewhere why there is none."""

    code: str
    name: str
    street_code: str
    is_reported: bool
    texts: Mapping[str, str]
    given: Mapping[str, tuple[str, str]]
    sources: Mapping[str, Sequence[str]]
    numbers: frozenset[str]
    is_of_totals: bool = False
    kind: str = ""

    def text(self, key: str) -> str:
        return self.given[key][0] if key in self.given else self.texts.get(key, "")

    def read(self, key: str) -> Fraction | str | None:
        """None where there is none."""
        text = self.text(key)
        return None if text == "" else Fraction(text) if key in self.numbers else text

    def number(self, key: str) -> Fraction | None:
        value = self.read(key)
        return value if isinstance(value, Fraction) else None

    def outcome(self, keys: Iterable[str]) -> str:
        """reported where all are there, else why the first is not."""
        missing = next((key for key in keys if self.read(key) is None), None)
        return GIVEN if missing is None else self.given.get(missing, ("", ABSENT))[1]

    def sum(self, keys: Sequence[str]) -> Fraction | None:
        """None where one of them there is not."""
        found = [self.number(key) for key in keys]
        there = [number for number in found if number is not None]
        return sum(there, Fraction(0)) if len(there) == len(found) else None


@dataclass(frozen=True)
class Facts:
    """All of a result: the subjects by code, the county's own sums where it told any, and what streets and county are called."""

    scheme: Scheme
    scope_code: str
    subjects: list[Fact]
    totals: Fact | None
    names: Mapping[str, str]

    @property
    def county_code(self) -> str:
        return self.scope_code[:COUNTY_DIGITS]

    def streets(self) -> dict[str, list[Fact]]:
        """The subjects of each street, by its code, in order."""
        found: dict[str, list[Fact]] = {}
        for one in self.subjects:
            found.setdefault(one.street_code, []).append(one)
        return dict(sorted(found.items()))

    def label(self, key: str) -> str:
        """What people call a figure."""
        cell = self.scheme.cell.get(key) or self.scheme.cell.get(summed_key(key))
        if cell is not None:
            return cell.label
        return next((name_of(self.scheme, one) for one in self.scheme.inputs if one.key == key), key)

    def lacking(self, fact: Fact, key: str) -> list[str]:
        """Of a figure that is put together of several periods: of which of them there is nothing."""
        one = next((each for each in self.scheme.inputs if each.key == key), None)
        return lacking(one, self.scheme.period, fact.sources.get(key, ())) if one else []

    def unit(self, key: str) -> str:
        cell = self.scheme.cell.get(key)
        return cell.unit if cell else next((one.unit for one in self.scheme.inputs if one.key == key), "")


def facts_of(connection: Connection, scheme: Scheme, assessment_id: str) -> Facts:
    """The figures that an assessment keeps."""
    key = AssessmentKey.parse(assessment_id)
    on = scheme.period.end_date
    units = {unit.code: unit for unit in taking_part(connection, scheme, key.street_code)}
    texts: dict[str, dict[str, str]] = {}
    for row in sql.fetch(connection, "statistics/select_values", assessment_id=assessment_id):
        texts.setdefault(row["unit_code"], {})[row["field"]] = row["used"]
    numbers = frozenset(
        [*(cell.key for cell in scheme.cells if cell.is_number), *(one.key for one in scheme.inputs if not one.is_text)]
    )
    subjects, totals = [], None
    for row in sql.fetch(connection, "statistics/select_subjects", assessment_id=assessment_id):
        code = row["unit_code"]
        kept = json.loads(row["inputs"] or "{}").get("inputs", {})
        given = {figure: (text, outcome) for figure, (text, outcome, _) in kept.items()}
        sources = {figure: found for figure, (_, _, found) in kept.items()}
        own, is_reported = texts.get(code, {}), row["status"] in (ON_TIME, CAME_LATE)
        if unit := units.get(code):
            subjects.append(
                Fact(
                    code, row["unit_name"], unit.street_code, is_reported, own, given, sources, numbers, kind=unit.kind
                )
            )
        elif scheme.totals_forms and code == key.street_code:
            summed = {summed_key(field): text for field, text in own.items()}
            totals = Fact(code, row["unit_name"], "", True, summed, given, sources, numbers, is_of_totals=True)
    names = {unit.street_code: unit.street for unit in units.values()}
    names[key.street_code[:COUNTY_DIGITS]] = scope_name(connection, key.street_code[:COUNTY_DIGITS], on)
    subjects.sort(key=lambda one: one.code)
    return Facts(scheme, key.street_code, subjects, totals, names)
