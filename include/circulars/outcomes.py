"""What a document about one subject's result states: its sheet, its figures, whom it answers for (`documents` in system.yaml)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

from sqlalchemy import Connection

from include.circulars.circular import Called, Circular, Item, Result, SheetLine, Sum, UnitSheet
from include.circulars.gathering import Gathered, of_unit
from include.circulars.naming import called
from include.circulars.opinions import Advice
from include.circulars.progress import Target
from include.circulars.results import Results
from include.circulars.score_table import two_decimals
from include.circulars.sheets import build_sheets
from include.circulars.targets import targets_of
from include.circulars.titles import title_of
from include.documents.model import Spoken
from include.period import Period, chinese_date
from include.registry.units import Unit
from include.schemes.documents import SUBJECT, Document, ToKind, named_in
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.subject_kinds import ByLink, subject_kinds


class Figure(TypedDict):
    """What was reported, as corrected."""

    label: str
    value: str
    unit: str
    form: str


class Elsewhere(TypedDict):
    name: str
    unit: str
    value: str
    outcome: str


class Problem(TypedDict):
    code: str
    text: str
    working_days: int | None


class Member(TypedDict):
    """One of those from whom the link leads to whom the document is to."""

    unit: str
    unit_code: str
    unit_kind: str
    total: str
    rank: int | None
    grade: str
    status: str
    problems: list[Problem]


class About(TypedDict):
    """The circular that it follows."""

    title: str
    number: str
    date: str


class OpenItem(TypedDict):
    """An item of rectification that a plan is asked for."""

    id: str
    unit_code: str
    indicator: str
    problem: str
    opened_date: str
    deadline: str
    days_overdue: int


class AboutUnit(TypedDict):
    """Which document of a system it is, and about whom."""

    kind: str
    template: str
    title: str
    copied_to: list[str]
    unit: str
    unit_code: str
    unit_kind: str
    group: str
    called: Called


def about_unit(
    document: Document, scheme: Scheme, unit: Unit, group: str, given: Mapping[str, Elsewhere] | None = None
) -> AboutUnit:
    """The part that says so, of a paper or letter to one subject; `given` are its figures from elsewhere."""
    return {
        "kind": document.kind,
        "template": document.template,
        "title": title_of(document, scheme, unit.name),
        "copied_to": _copied(document, unit, given or {}),
        "unit": unit.name,
        "unit_code": unit.code,
        "unit_kind": unit.kind,
        "group": group,
        "called": called([subject_kinds().of(unit.kind)]),
    }


def _copied(document: Document, unit: Unit, given: Mapping[str, Elsewhere]) -> list[str]:
    """Who gets copies; whoever the register does not name is left out."""
    words = {"unit": unit.name} | {key: one["value"] for key, one in given.items()}
    return [name.format(**words) for name in document.copied_to if all(words.get(one) for one in named_in(name))]


class _Stated(Spoken, AboutUnit):
    """`figures` and `given` are by key; `to_rectify` are the problems of its sheet, with the deadlines that run; `as_of` is the day of the circular. Who is not scored itself has no `lines` and only `members`."""

    subject: str
    as_of_date: str
    as_of: str
    addressed: str
    circular: About
    results: list[Result]
    lines: list[SheetLine]
    sum: Sum | None
    problems: list[Problem]
    figures: dict[str, Figure]
    given: dict[str, Elsewhere]
    targets: list[Target]
    members: list[Member]
    items: list[OpenItem]
    to_rectify: list[Item]
    reply_working_days: int


class Outcome(_Stated):
    """`advice` is what raters wrote of it, as the circular may quote it; `corrects` the letter that it replaces."""

    issuer: NotRequired[str]
    advice: NotRequired[list[Advice]]
    corrects: NotRequired[About]
    gathered: NotRequired[Gathered]


def elsewhere_of(results: Results, code: str) -> dict[str, Elsewhere]:
    """A subject's figures from elsewhere by key."""
    return {
        key: {"name": row["name"], "unit": row["unit"], "value": row["value"], "outcome": row["outcome"]}
        for key, row in results.given(code).items()
    }


class Outcomes:
    """The models of an assessment's documents. `number` and `date` are those of its circular, empty before it is issued."""

    def __init__(
        self,
        connection: Connection,
        circular: Circular,
        assessment_id: str,
        number: str = "",
        date: dt.date | None = None,
    ) -> None:
        scheme = load_scheme(circular["scheme"], Period.parse(circular["period"]))
        self.results = Results(connection, scheme, assessment_id, circular["street_code"])
        self.circular, self.scheme = circular, scheme
        self._about: About = {"title": circular["title"], "number": number, "date": chinese_date(date) if date else ""}
        self._as_of = date or scheme.period.end_date
        self._connection, self._assessment_id = connection, assessment_id
        self._sheets: dict[str, UnitSheet] | None = None

    @property
    def sheets(self) -> dict[str, UnitSheet]:
        if self._sheets is None:
            self._sheets = build_sheets(self._connection, self.circular, self._assessment_id)
        return self._sheets

    def of(self, document: Document) -> list[Outcome]:
        """One a subject that the document is to, by code."""
        codes = self.results.about(document)
        if isinstance(document.per, ByLink):
            linked = self.results.linked(document.per.link, codes)
            return [self._model(document, unit, own) for unit, own in linked.items()]
        assert document.per == SUBJECT or isinstance(document.per, ToKind)
        return [self._model(document, self.results.units[code], []) for code in sorted(codes)]

    def _model(self, document: Document, unit: Unit, members: Sequence[str]) -> Outcome:
        circular, code = self.circular, unit.code
        is_scored = code in self.results.scores and not members
        sheet = self.sheets[code] if is_scored else None
        given = elsewhere_of(self.results, code) if is_scored else {}
        stated: _Stated = {
            "scheme": circular["scheme"],
            "scheme_name": circular["scheme_name"],
            "scheme_title": circular["scheme_title"],
            "scheme_version": circular["scheme_version"],
            "period": circular["period"],
            "period_name": circular["period_name"],
            "subject": circular["subject"],
            "as_of_date": self._as_of.isoformat(),
            "as_of": chinese_date(self._as_of),
            "street": circular["street"],
            "street_code": circular["street_code"],
            "committee_name": circular["committee_name"],
            "sign_name": circular["sign_name"],
            "printed_by": circular["printed_by"],
            **about_unit(document, self.scheme, unit, self.results.lists.group_of.get(code, ""), given),
            "addressed": subject_kinds().of(unit.kind).addressed.format(unit=unit.name),
            "circular": self._about,
            "results": sheet["results"] if sheet else [],
            "lines": sheet["lines"] if sheet else [],
            "sum": sheet["sum"] if sheet else None,
            "problems": self._problems(code) if is_scored else [],
            "figures": self._figures(code) if is_scored else {},
            "given": given,
            "targets": targets_of(self.results, code) if is_scored else [],
            "members": [self._member(one) for one in members],
            "items": [],
            "to_rectify": sheet["problems"] if sheet else [],
            "reply_working_days": document.plan_working_days,
        }
        model = cast(Outcome, stated)
        if "advice" in circular:  # as the circular may quote it
            quoted = [one for column in circular["advice"] for one in column["advice"]]
            model["advice"] = [one for one in quoted if one["unit_code"] == code]
        if "gathered" in circular:
            model["gathered"] = of_unit(circular["gathered"], code)
        if "issuer" in circular:
            model["issuer"] = circular["issuer"]
        return model

    def _problems(self, code: str) -> list[Problem]:
        """Notes too, which have no days: they stand in the subject's own papers alone."""
        return [
            {"code": row["indicator"], "text": row["problem"], "working_days": row["deadline_working_days"]}
            for row in self.results.lines[code]
            if row["problem"]
        ]

    def _figures(self, code: str) -> dict[str, Figure]:
        texts = self.results.texts(code)
        return {
            cell.key: {"label": cell.label, "value": texts.get(cell.key, ""), "unit": cell.unit, "form": cell.form}
            for cell in self.results.cells(code)
        }

    def _member(self, code: str) -> Member:
        score = self.results.scores[code]
        return {
            "unit": score["unit_name"],
            "unit_code": code,
            "unit_kind": self.results.units[code].kind,
            "total": "" if score["total"] is None else two_decimals(score["total"]),
            "rank": score["rank"],
            "grade": score["grade"] or "",
            "status": score["status"] or "",
            "problems": self._problems(code),
        }
