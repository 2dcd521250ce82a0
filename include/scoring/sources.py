"""Figures from elsewhere, gathered for every unit of a street as of a moment, each with where it is from.

Totals and classes are read as published, rates from exact points. A source is known by a text: the id of an assessment, a
version of a form (scheme/period/form/vN), a system whose items are counted, the register; `cited` says it to people.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.keys import AssessmentKey
from include.period import Period
from include.registry.taking_part import attribute_of, linked
from include.registry.units import Unit, span_of
from include.schemes.fields import FormField
from include.schemes.inputs import Input, period_of
from include.schemes.loader import load_scheme, written_title
from include.schemes.model import Scheme
from include.scoring.event_figures import Events
from include.scoring.explaining import explain
from include.scoring.figures import Elsewhere
from include.scoring.form_figures import FormFigures, form_figures
from include.scoring.given import ABSENT, GIVEN, NOT_APPLICABLE, Given, Value
from include.scoring.item_counts import Course, counted, courses_of
from include.scoring.ledger_figures import Ledgers, cited_ledger

_REGISTER = "register"
_NUMBER = re.compile(r"\d+(\.\d+)?")
Known = dict[tuple[str, str, tuple[str, ...]], FormField]
"""Cells of figures from elsewhere by group, key and sources."""


@dataclass
class _Looked:
    """What one period gave of one unit."""

    value: Value | None
    outcome: str = ABSENT
    source: str = ""


@dataclass
class _Moment:
    """Who is asked about, and as of when; what was read once is kept."""

    connection: Connection
    scheme: Scheme
    street_code: str
    as_of: dt.datetime
    units: Mapping[str, Unit]
    results: dict[tuple[str, str], list[sql.Row]] = field(default_factory=dict)
    forms: dict[tuple[str, str, str], list[FormFigures]] = field(default_factory=dict)

    courses: dict[tuple[str, str], list[Course]] = field(default_factory=dict)

    @functools.cached_property
    def ledgers(self) -> Ledgers:
        return Ledgers(self.connection, self.scheme, self.street_code, self.as_of)

    @functools.cached_property
    def events(self) -> Events:
        return Events(self.connection, self.scheme, self.street_code, self.as_of)


def given_to(
    connection: Connection,
    scheme: Scheme,
    street_code: str,
    as_of: dt.datetime,
    units: Sequence[Unit],
    groups: Mapping[str, str],
) -> dict[str, dict[str, Given]]:
    """By unit and key; empty of a scheme without inputs. `groups`: of each unit, by code. Raises UserError, all at once, for sources
    that have to be closed first."""
    at = _Moment(connection, scheme, street_code, as_of, {unit.code: unit for unit in units})
    problems = [problem for one in scheme.inputs for problem in _to_be_closed(at, one)]
    if problems:
        raise UserError(*problems)
    found: dict[str, dict[str, Given]] = {code: {} for code in at.units} if scheme.inputs else {}
    members: dict[str, list[str]] = {}
    for code in at.units:
        members.setdefault(groups.get(code, ""), []).append(code)
    for group, codes in members.items():
        for one in (one for one in scheme.of_group(group).inputs if one.from_.kind in _LOOKUPS):
            looked = [_LOOKUPS[one.from_.kind](at, one, period_of(word, scheme.period)) for word in one.from_.words]
            joined_to = linked(connection, scheme, street_code, one.from_.of.link) if one.from_.of else None
            for code in codes:
                own = (
                    [by_unit.get(code, _Looked(None)) for by_unit in looked]
                    if joined_to is None
                    else _of_linked(one, joined_to.get(code, []), looked)
                )
                found[code][one.key] = _taken(one, own)
    return found


def _of_linked(one: Input, codes: Sequence[str], looked: Sequence[Mapping[str, _Looked]]) -> list[_Looked]:
    """What those gave who are joined to a unit: who takes no part in the source is none of them, who has no result is left
    out, or counts as 0."""
    found = [by_unit[code] for by_unit in looked for code in codes if code in by_unit]
    if one.each_missing == "zero":
        return [_Looked(Fraction(0), GIVEN, each.source) if each.outcome == ABSENT else each for each in found]
    return [each for each in found if each.outcome != ABSENT]


def cited(sources: Sequence[str]) -> str:
    """As a sentence cites them: 《半年党建检查考评方案》2026年上半年第2稿."""
    return "、".join(dict.fromkeys(_cited(one) for one in sources if one))


def _cited(source: str) -> str:
    if source == _REGISTER:
        return "登记册"
    if (ledger := cited_ledger(source)) is not None:
        return ledger
    source, said, what = source.partition("：")
    return f"{_named(source)}{said}{what}"


def _named(source: str) -> str:
    system, _, rest = source.partition("/")
    if rest == "items":
        return f"《{_title(system, None)}》整改事项"
    if rest == "events":
        return f"《{_title(system, None)}》活动记录"
    if (found := version_of_form(source)) is not None:
        system, period, form, last = found
        scheme = load_scheme(system, Period.parse(period))
        name = next((one.name for one in scheme.forms if one.key == form), form)
        return f"{scheme.period.name}《{name}》" + (f"第{last[1:]}次报送" if last[0] == "v" else f"{last[1:]}份")
    key = AssessmentKey.parse(source)
    return f"《{_title(key.scheme, key.period)}》{Period.parse(key.period).name}第{key.revision}稿"


def version_of_form(source: str) -> tuple[str, str, str, str] | None:
    """System, period, form and which hand-in (v2: the second; n3: three of them) of a source that is one; None for another."""
    head, _, last = source.rpartition("/")
    if last[:1] not in ("v", "n"):
        return None
    system, period, form = head.split("/")
    return system, period, form, last


def _title(system: str, period: str | None) -> str:
    return load_scheme(system, Period.parse(period)).title if period else written_title(system)


def _to_be_closed(at: _Moment, one: Input) -> list[str]:
    """Of an input that refuses: a sentence for each period of it that has no official result."""
    if one.missing != "refuse" or not one.from_.result:
        return []
    source = one.from_.result
    return [
        f"{period.name}的“{_title(source, None)}”还没有正式结果，{at.scheme.period.name}{at.scheme.name}不能计分："
        f"请先结账 {source} {period}。"
        for word in one.from_.words
        if not _rows(at, source, period := period_of(word, at.scheme.period))
    ]


def _rows(at: _Moment, system: str, period: Period) -> list[sql.Row]:
    """The newest official result of each unit, whichever street scored it then."""
    key = (system, str(period))
    if key not in at.results:
        at.results[key] = sql.fetch(
            at.connection,
            "scoring/select_period_results",
            scheme=system,
            period=str(period),
            **span_of(at.street_code),
            on_date=at.scheme.period.end_date,
            as_of_at=at.as_of,
        )
    return at.results[key]


def _of_result(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    rows = {row["unit_code"]: row for row in _rows(at, one.from_.result, period)}
    if one.take == "grade" or (one.where is not None and one.where.grade is not None):
        return {code: _looked(row["grade"] or None, row["assessment_id"]) for code, row in rows.items()}
    if not one.from_.indicators:
        totals = {
            code: None if row["total"] is None else Fraction(Decimal(str(row["total"]))) for code, row in rows.items()
        }
        return {code: _looked(totals[code], row["assessment_id"]) for code, row in rows.items()}
    lines: dict[str, list[sql.Row]] = {}
    for assessment_id in sorted({row["assessment_id"] for row in rows.values()}):
        for line in sql.fetch(at.connection, "scoring/select_exact_points", assessment_id=assessment_id):
            if rows.get(line["unit_code"], {}).get("assessment_id") == assessment_id:
                lines.setdefault(line["unit_code"], []).append(line)
    return {code: _rate(one, row, lines.get(code, [])) for code, row in rows.items()}


def _rate(one: Input, result: sql.Row, lines: list[sql.Row]) -> _Looked:
    """Σ points ÷ Σ full marks of what is applicable; a result without total gives none."""
    if result["total"] is None:
        return _looked(None, result["assessment_id"])
    wanted = tuple(one.from_.indicators)
    own = [line for line in lines if line["indicator"] in wanted or _is_in_area(line["indicator"], wanted, lines)]
    full = sum((Fraction(Decimal(str(line["full_points"]))) for line in own), Fraction(0))
    points = sum((Fraction(line["points_exact"] or str(line["points"])) for line in own), Fraction(0))
    if not full:
        return _Looked(None, NOT_APPLICABLE, result["assessment_id"])
    return _looked(points / full, result["assessment_id"])


def _is_in_area(indicator: str, wanted: tuple[str, ...], lines: list[sql.Row]) -> bool:
    """A code that no line has is that of an area."""
    own = {line["indicator"] for line in lines}
    return any(indicator.startswith(code) for code in wanted if code not in own)


def _looked(value: Value | None, source: str) -> _Looked:
    return _Looked(value, ABSENT if value is None else GIVEN, source)


def _of_figure(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    """What was accepted by the moment, with the inspectors' corrections; its period need not be closed."""
    key = one.from_.system_of(at.scheme.scheme)
    scheme = load_scheme(key, period)
    cell = scheme.cell[one.from_.figure]
    found: dict[str, _Looked] = {}
    form = (key, str(scheme.period), cell.form)
    if form not in at.forms:
        at.forms[form] = form_figures(at.connection, scheme, at.street_code, cell.form, at.as_of)
    for unit in at.forms[form]:
        text = unit.texts.get(cell.key)
        value: Value | None = (Fraction(text) if cell.is_number else text) if text else None
        source = f"{key}/{scheme.period}/{cell.form}/v{unit.hand_in['version']}"
        found[unit.unit.code] = _looked(value, source)
    return found


def _of_items(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    """Nobody has no items: that is a count of 0, but of who never handed in the sheet that they are told by (`told_by`)."""
    if one.from_.item:
        key = (one.from_.items, one.from_.kind_of_item or "")
        if key not in at.courses:
            at.courses[key] = courses_of(at.connection, one.from_, at.as_of, list(at.units))
        found = counted(at.courses[key], one.from_, at.scheme.period, at.as_of)
        told = set(at.units)
        if one.from_.told_by:
            day = period_of(one.from_.opened_in, at.scheme.period).end_date
            told = set(found) | at.ledgers.fillers_by(f"{one.from_.items}.{one.from_.told_by}", day)
        return {code: _looked(Fraction(found[code]), f"{one.from_.items}/items") for code in at.units if code in told}
    found_in = str(period_of(one.from_.found_in, at.scheme.period)) if one.from_.found_in else ""
    rows = sql.fetch(
        at.connection,
        "scoring/count_items",
        any_code=list(at.units),
        scheme=one.from_.items,
        found_in=found_in,
        as_of_at=at.as_of,
    )
    counts = {row["unit_code"]: row for row in rows}
    asked = "items" if one.from_.state == "all" else f"{one.from_.state}_items"
    return {
        code: _looked(Fraction(int(counts[code][asked]) if code in counts else 0), f"{one.from_.items}/items")
        for code in at.units
    }


def _of_register(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    known = {code: unit.households for code, unit in at.units.items() if unit.households is not None}
    return {code: _looked(Fraction(number), _REGISTER) for code, number in known.items()}


def _of_attribute(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    values = attribute_of(at.connection, at.scheme, at.street_code, one.from_.attribute)
    if one.take != "sum":
        return {code: _looked(value or None, _REGISTER) for code, value in values.items()}
    numbers = {code: Fraction(value) for code, value in values.items() if _NUMBER.fullmatch(value)}
    return {code: _looked(value, _REGISTER) for code, value in numbers.items()}


def _of_events(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    """Of who was to hold one; what came to no such outcome is 0."""
    found = at.events.figures(one.from_, period)
    system = one.from_.events.rpartition(".")[0] or at.scheme.scheme
    return {code: _looked(value, f"{system}/events") for code, value in found.items()}


def _of_ledger(at: _Moment, one: Input, period: Period) -> dict[str, _Looked]:
    """Of who never handed in the ledger there is none; of who did, without a row, 0."""
    found = at.ledgers.figures(one, period)
    return {code: _looked(value, found.source) for code, value in found.values.items()}


_LOOKUPS = {
    "ledger": _of_ledger,
    "result": _of_result,
    "figure": _of_figure,
    "items": _of_items,
    "register": _of_register,
    "attribute": _of_attribute,
    "events": _of_events,
}


def _taken(one: Input, looked: list[_Looked]) -> Given:
    """What there is of the periods, put together; exact."""
    sources = tuple(each.source for each in looked if each.source)
    if one.from_.of is not None:
        sources = tuple(dict.fromkeys(sources))
        looked = looked or [_Looked(None, ABSENT if one.missing == "zero" else NOT_APPLICABLE)]
    if one.take == "count" and one.from_.kind not in ("items", "ledger"):  # those are counted already
        there = [each.value for each in looked if each.value is not None]
        wanted = None if one.where is None else one.where.wanted
        counted = [value for value in there if wanted is None or any(_is(value, each) for each in wanted)]
        return Given(Fraction(len(counted)), GIVEN, sources)
    if one.missing == "zero":
        looked = [_Looked(Fraction(0), GIVEN) if each.outcome == ABSENT else each for each in looked]
    values = [each.value for each in looked if each.value is not None]
    if len(values) < (one.at_least or 1):
        is_absent = any(each.outcome == ABSENT for each in looked)
        return Given(None, ABSENT if is_absent else NOT_APPLICABLE, sources)
    if len(looked) == 1 or one.take == "last":
        return Given(values[-1], GIVEN, sources)
    numbers = [value for value in values if isinstance(value, Fraction)]
    return Given(joined(one.take or "mean", numbers), GIVEN, sources)


def joined(take: str, numbers: list[Fraction]) -> Fraction:
    """Several as one: their mean, or the smallest, the largest, the sum."""
    if take in ("min", "max"):
        return min(numbers) if take == "min" else max(numbers)
    total = sum(numbers, Fraction(0))
    return total if take == "sum" else total / len(numbers)


def _is(value: Value, wanted: str | Decimal) -> bool:
    return value == (Fraction(wanted) if isinstance(wanted, Decimal) else wanted)


def as_figures(scheme: Scheme, given: Mapping[str, Given], known: Known | None = None) -> dict[str, Elsewhere]:
    """The cells that they are read as: their labels say where each is from. `known`: those made already, for units whose figures
    are from the same sources."""
    made: Known = {} if known is None else known
    found: dict[str, Elsewhere] = {}
    for one in scheme.inputs:
        if (own := given.get(one.key)) is not None:
            key = (scheme.for_group, one.key, own.sources)
            if (cell := made.get(key)) is None:
                cell = made[key] = _cell(scheme, one, own)
            found[one.key] = Elsewhere(cell, own.text, one.is_rate)
    return found


def _cell(scheme: Scheme, one: Input, given: Given) -> FormField:
    label = explain("cited", name=name_of(scheme, one), sources=cited(given.sources))
    return FormField(key=one.key, label=label, type="text" if one.is_text else "decimal", unit=one.unit)


def name_of(scheme: Scheme, one: Input) -> str:
    """What people call it: its own name, else what it is, a figure by the label of its field."""
    if one.name or one.from_.attribute:
        return one.name or one.from_.attribute
    if one.from_.figure:
        source = load_scheme(one.from_.system_of(scheme.scheme), period_of(one.from_.words[0], scheme.period))
        return source.cell[one.from_.figure].label
    if one.from_.ratings:
        return scheme.columns[one.from_.field].label
    if one.from_.tally and one.from_.item:
        return f"{one.from_.item}{explain('input_name', kind='tally')}"
    if one.from_.tally:
        tally = next(each for each in scheme.tallies if each.key == one.from_.tally)
        return f"{tally.name}{explain('input_name', kind='count' if one.from_.option else 'tally')}"
    kind = one.take if one.take in ("grade", "count") else "rate" if one.is_rate else ""
    return explain("input_name", kind=kind or {"result": "total"}.get(one.from_.kind, one.from_.kind))
