"""An official result as its papers read it: of each subject its figures, its lines, its class, and whether a condition holds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from include.circulars.lists import Lists, lists_of_assessment
from include.db import sql
from include.numbers import two_decimals, without_zeros
from include.registry.taking_part import link_of
from include.registry.units import Unit, find_unit, registered_in
from include.schemes.conditions import Condition
from include.schemes.documents import ClassIs, Document, ToKind, ToLinked
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.scoring.conditions import Facts, judge
from include.scoring.figures import Figures, Place, plain
from include.scoring.given import Given
from include.scoring.given_rows import GivenRows
from include.scoring.lines import Line
from include.scoring.sources import as_figures

ABSENT = "未报"


class Results:
    """One assessment. Everything is as it was stored with it; who there is, as on the period's last day."""

    def __init__(self, connection: Connection, scheme: Scheme, assessment_id: str, scope_code: str) -> None:
        self.connection, self.scheme, self.scope_code = connection, scheme, scope_code
        key = {"assessment_id": assessment_id}
        self.assessment_id = assessment_id
        self.scores = {row["unit_code"]: row for row in sql.fetch(connection, "circulars/select_scores", **key)}
        self.lines: dict[str, list[sql.Row]] = defaultdict(list)
        for row in sql.fetch(connection, "circulars/select_lines", **key):
            self.lines[row["unit_code"]].append(row)
        self.lists: Lists = lists_of_assessment(connection, scheme, assessment_id)

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Those who were scored, by code, as the register knew them on the period's last day."""
        known = registered_in(self.connection, self.scope_code, self.scheme.period.end_date)
        return {unit.code: unit for unit in known if unit.code in self.scores}

    @cached_property
    def _texts(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in sql.fetch(self.connection, "circulars/select_values", assessment_id=self.assessment_id):
            found[row["unit_code"]][row["field"]] = row["used"]
        return found

    @cached_property
    def _kept(self) -> dict[str, Any]:
        rows = sql.fetch(self.connection, "circulars/select_inputs", assessment_id=self.assessment_id)
        return {row["unit_code"]: row["inputs"] for row in rows}

    def scheme_of(self, code: str) -> Scheme:
        """The system as it is for the subject's group."""
        return self.lists.scheme_of(self.scheme, code)

    def given(self, code: str) -> dict[str, sql.Row]:
        """Figures from elsewhere by key, as figures.csv says them."""
        return {row["figure"]: row for row in self._rows[self.lists.group_of.get(code, "")].of(self._kept.get(code))}

    @cached_property
    def _rows(self) -> dict[str, GivenRows]:
        return {group: GivenRows(self.scheme.of_group(group)) for group in {"", *self.lists.group_of.values()}}

    def exact(self, code: str, key: str) -> str:
        """A figure's exact text, reported (and corrected) or from elsewhere; empty where there is none."""
        inputs = json.loads(self._kept.get(code) or "{}").get("inputs", {})
        return str(inputs[key][0]) if key in inputs else self._texts[code].get(key, "")

    def shown(self, code: str, key: str) -> str:
        """A figure as people read it; of a rate the per cent."""
        if key in (known := self.given(code)):
            return str(known[key]["value"])
        return self._texts[code].get(key, "")

    def cells(self, code: str) -> list[FormField]:
        """The cells that the subject was asked, in the order of its forms."""
        return self.scheme_of(code).cells

    def texts(self, code: str) -> Mapping[str, str]:
        """What was used of its forms, by field."""
        return self._texts[code]

    def place(self, code: str) -> Place | None:
        own = self.lists.list_of.get(code)
        rank = self.scores[code]["rank"]
        ranked = [one for other, one in self.scores.items() if self.lists.list_of.get(other) == own]
        return Place(rank, sum(one["rank"] is not None for one in ranked)) if rank else None

    def fits(self, document: Document, code: str) -> bool:
        """Whether the document is about a subject; a condition holds of nobody who has no total."""
        kind = document.per.kind if isinstance(document.per, ToKind | ToLinked) else ""
        if kind and self.units[code].kind != kind:
            return False
        when = document.when
        if isinstance(when, ClassIs):
            return self.scores[code]["grade"] in when.names
        return when is None or (self.scores[code]["total"] is not None and self._holds(when, code))

    def _holds(self, condition: Condition, code: str) -> bool:
        scheme = self.scheme_of(code)
        kept = json.loads(self._kept.get(code) or "{}").get("inputs", {})
        given = {key: Given(text or None, outcome, tuple(sources)) for key, (text, outcome, sources) in kept.items()}
        figures = Figures(scheme, self._texts[code], as_figures(scheme, given))
        score = self.scores[code]
        facts = Facts(scheme, figures, [_line(row) for row in self.lines[code]], score["total"], self.place(code))
        return judge(condition, facts).holds

    def about(self, document: Document) -> list[str]:
        """Codes of those whom the document is about, in the order of their lists and ranks."""
        fitting = [code for code in self.units if self.fits(document, code)]
        names = self.lists.names

        def order(code: str) -> tuple[int, bool, int, str]:
            own, rank = self.lists.list_of.get(code), self.scores[code]["rank"]
            return (names.index(own) if own in names else 0, rank is None, rank or 0, code)

        return sorted(fitting, key=order)

    def linked(self, link: str, codes: list[str]) -> dict[Unit, list[str]]:
        """To whom a link leads from each of `codes`, by code, with those from whom; on the period's last day."""
        on = self.scheme.period.end_date
        found: dict[str, list[str]] = defaultdict(list)
        to = link_of(self.connection, self.scheme, self.scope_code, link)
        for code in codes:
            if code in to:
                found[to[code]].append(code)
        units = ((find_unit(self.connection, code, on), own) for code, own in sorted(found.items()))
        return {unit: own for unit, own in units if unit is not None}


def rate(result: str, target: str) -> str:
    """A result against its target in per cent, two decimals; empty where there is no target."""
    if not target or not result or not Fraction(target):
        return ""
    return without_zeros(two_decimals(100 * Fraction(result) / Fraction(target)))


def number(text: str) -> str:
    """An exact figure as people write it; what is none, as it stands."""
    try:
        return plain(Fraction(text))
    except ValueError:
        return text


def _line(row: sql.Row) -> Line:
    points = row["points"]
    return Line(
        row["indicator"], None if points is None else Fraction(points), None if points is None else Decimal(points),
        None if row["full_points"] is None else Decimal(row["full_points"]), row["outcome"], row["explanation"],
        bool(row["has_problem"]), row["problem"] or "", row["deadline_working_days"],
    )  # fmt: skip
