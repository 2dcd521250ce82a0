"""What a form reports, beside what the ledgers, events, months and items of other systems that the office runs say of the same: shown,
noted, never a score."""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import Connection

from include.errors import UserError
from include.intake.judging import Gate, answers
from include.intake.read_form import ReadForm
from include.ledgers.rows import form_of
from include.period import Period, chinese_date
from include.registry.offices import is_run
from include.registry.taking_part import members, scope_of_street, taking_part
from include.schemes.inputs import Input, period_of
from include.schemes.loader import find_scheme, load_scheme, scheme_keys, tree_of
from include.schemes.model import Scheme
from include.scoring.event_figures import Events
from include.scoring.given import Given
from include.scoring.lacking import short_name
from include.scoring.ledger_figures import Ledgers, cited_ledger
from include.scoring.proved import lacking_in
from include.scoring.sources import given_to, version_of_form
from include.validation.findings import Finding
from include.workbooks.texts import texts
from include.workbooks.values import canonical


class Told(NamedTuple):
    """What one source says of a figure. `is_least`: of entries, events and items, beside which there may be more to report;
    `is_noted`: whether a difference is a note here, and not one that an agreement of the source makes in words of its own."""

    value: str
    source: str  # as a sentence cites it, with its day
    is_least: bool = False
    is_noted: bool = True

    @property
    def shown(self) -> str:
        """As the form's own column says it."""
        words = texts()["told"]
        return str(words["least" if self.is_least else "value"].format(value=self.value, source=self.source))

    def differs_from(self, reported: str) -> bool:
        return Decimal(reported) < Decimal(self.value) if self.is_least else reported != self.value


class _Figures(NamedTuple):
    """What one input says, by subject."""

    values: Mapping[str, Fraction | None]
    source: str
    is_least: bool = False
    is_noted: bool = True


Said = Mapping[str, Mapping[str, Sequence[Told]]]
"""What is said, by subject and field of the form."""


def told_in(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> Said:
    """What the ledgers and events of a street's other systems say of the figures of a scheme's forms, as they were known at a
    moment; of a ledger that a subject never handed in nothing. Of several sources the one that says most comes first."""
    said: dict[str, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for feeding in _feeding(scheme, scope_code):
        read = _Feeding(connection, feeding, scheme, scope_code, at)
        for field, key in feeding.feeds[scheme.scheme].items():
            if field not in scheme.cell or not scheme.cell[field].is_number:
                continue
            found = read.figures(key)
            for code, value in found.values.items():
                if value is not None:
                    text = canonical(Decimal(value.numerator) / Decimal(value.denominator))
                    said[code][field].append(Told(text, found.source, found.is_least, found.is_noted))
    for fields in said.values():
        for told in fields.values():
            told.sort(key=lambda one: -Decimal(one.value))
    for code, field, one in _proved_in(connection, scheme, scope_code, at):
        said[code][field].append(one)
    return said


def _proved_in(
    connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime
) -> Iterator[tuple[str, str, Told]]:
    """Of a checklist's items that sheets of other systems show: 有 where there is one for every period, else 无 and which lack."""
    words = answers()["fed"]["proved"]
    listed = [cell for cell in scheme.cells if {words["is"], words["is_not"]} <= {*cell.options}]
    for key in scheme_keys() if listed else ():
        proves: Mapping[str, str] = {}
        with suppress(UserError):
            proves = (tree_of(key).get("proves") or {}).get(scheme.scheme) or {}
        for cell in listed if proves else ():
            if cell.label not in proves:
                continue
            name, lacking = lacking_in(connection, key, proves[cell.label], scheme.period, scope_code, at)
            for code, periods in lacking.items():
                missing = words["lacking"].format(periods="、".join(map(short_name, periods))) if periods else ""
                source = words["source"].format(name=name, missing=missing)
                yield code, cell.key, Told(words["is_not" if periods else "is"], source)


def shown_in_forms(
    connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime
) -> dict[str, dict[str, str]]:
    """The same as the forms' own column shows it, by subject and field."""
    return {
        code: {field: _shown(told) for field, told in fields.items()}
        for code, fields in told_in(connection, scheme, scope_code, at).items()
    }


def differing_in(
    connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime
) -> Callable[[str, Mapping[str, str]], Mapping[str, str]]:
    """What is said, as it is shown, of those of a subject's reported figures that it gives otherwise."""
    said = told_in(connection, scheme, scope_code, at)

    def differing(code: str, reported: Mapping[str, str]) -> Mapping[str, str]:
        return {
            field: _shown(told)
            for field, told in said.get(code, {}).items()
            if reported.get(field) and any(one.differs_from(reported[field]) for one in told)
        }

    return differing


def _shown(told: Sequence[Told]) -> str:
    return "；".join(one.shown for one in told)


class _Feeding:
    """One system that says what a form asks, as it was known at a moment; each of its sources is read once."""

    def __init__(
        self, connection: Connection, feeding: Scheme, scheme: Scheme, scope_code: str, at: dt.datetime
    ) -> None:
        self.connection, self.feeding, self.period = connection, feeding, scheme.period
        self.scope_code, self.at = scope_code, at
        self.inputs = {one.key: one for one in feeding.inputs}
        self.keys = [*feeding.feeds[scheme.scheme].values()]
        self.ledgers = Ledgers(connection, feeding, scope_code, at)
        self.events = Events(connection, feeding, scope_code, at)

    def figures(self, key: str) -> _Figures:
        """Of what the system does not count in this period, nothing."""
        if (one := self.inputs.get(key)) is None:
            return _Figures({}, "")
        if one.from_.events:
            return self._of_events(one)
        if one.from_.ledger:
            return self._of_ledger(one)
        return self._of_forms_and_items(one)

    def _of_events(self, one: Input) -> _Figures:
        period = period_of(one.from_.words[0], self.period)
        key = one.from_.events.rpartition(".")[2]
        series = next((each for each in self.feeding.own_series if each.key == key), None)
        name = series.name if series else self.feeding.name
        words = answers()["fed"]["events"]
        source = words.format(name=name, day=chinese_date(period.end_date))
        return _Figures(self.events.figures(one.from_, period), source, is_least=True)

    def _of_ledger(self, one: Input) -> _Figures:
        period = period_of(one.from_.words[0], self.period)
        found = self.ledgers.figures(one, period)
        form = form_of(found.source.partition("/")[0], period.year)
        is_of_entries = form is not None and form[1].rows is not None and form[1].rows.keep == "entries"
        return _Figures(found.values, cited_ledger(found.source) or "", is_least=is_of_entries)

    def _of_forms_and_items(self, one: Input) -> _Figures:
        """Sums of the forms of several periods, where all are there; counts of items, where there is one."""
        given = {code: found[one.key] for code, found in self.given.items() if one.key in found}
        values = {code: each.value for code, each in given.items() if isinstance(each.value, Fraction)}
        if one.from_.items:
            kind = self.feeding.kinds_of_items.get(one.from_.item)
            name = kind.name if kind else self.feeding.name
            source = answers()["fed"]["events"].format(name=name, day=chinese_date(self.period.end_date))
            return _Figures({code: value for code, value in values.items() if value}, source, is_least=True)
        form = next((name for each in given.values() for source in each.sources if (name := _form_named(source))), "")
        periods = [period_of(word, self.period) for word in one.from_.words]
        words = answers()["fed"]["forms"].format(name=form, first=periods[0].name, last=periods[-1].name)
        return _Figures(values, words, is_noted=False)

    @functools.cached_property
    def given(self) -> dict[str, dict[str, Given]]:
        """What forms and items say, of all who take part."""
        asked = [
            one for one in self.feeding.inputs if one.key in self.keys and not (one.from_.events or one.from_.ledger)
        ]
        if not asked:
            return {}
        narrow = self.feeding.model_copy(update={"inputs": asked})
        units = taking_part(self.connection, narrow, self.scope_code)
        groups = members(self.connection, narrow, self.scope_code)
        return given_to(self.connection, narrow, self.scope_code, self.at, units, groups)


def _form_named(source: str) -> str:
    """The name of the form that a figure is from; empty of another source."""
    if (found := version_of_form(source)) is None:
        return ""
    system, period, form, _ = found
    scheme = load_scheme(system, Period.parse(period))
    return next((one.name for one in scheme.forms if one.key == form), "")


def _feeding(scheme: Scheme, street_code: str) -> Iterator[Scheme]:
    """The systems whose ledgers say what the scheme's forms ask, of those that the office runs in the period."""
    for key in scheme_keys():
        with suppress(UserError):  # of a file that cannot be read ops is told by itself
            feeds = tree_of(key).get("feeds") or {}
            if scheme.scheme not in feeds or (feeding := find_scheme(key, scheme.period)) is None:
                continue
            if any(is_run(code, key, scheme.period) for code in (street_code, scope_of_street(feeding, street_code))):
                yield feeding


class Fed:
    """What is said of the forms of a batch; of those that came at one moment in one street it is asked once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._said = functools.cache(self._read)

    def findings(self, form: ReadForm, gate: Gate, received_at: dt.datetime) -> list[Finding]:
        """A note for each figure of the form that differs from what is said of it."""
        if gate.unit is None or gate.stopped is not None or form.form in gate.scheme.forms_by_row:
            return []
        scheme = gate.scheme
        return fed_findings(
            form, gate, self._said(scheme.scheme, str(scheme.period), gate.unit.street_code, received_at)
        )

    def _read(self, key: str, period: str, street_code: str, received_at: dt.datetime) -> Said:
        return told_in(self.connection, load_scheme(key, Period.parse(period)), street_code, received_at)


def fed_findings(form: ReadForm, gate: Gate, said: Said) -> list[Finding]:
    """The notes on one form, by what is said of all."""
    assert gate.unit is not None
    words, found = answers()["fed"], []
    for field, told in said.get(gate.unit.code, {}).items():
        cell = form.cells.get(field)
        if cell is None or cell.value is None:
            continue
        asked = gate.scheme.cell[field]
        for one in told:
            if not one.is_noted or not one.differs_from(cell.value):
                continue
            parts = {
                "label": asked.label_in_errors,
                "place": cell.source_cell,
                "value": cell.value,
                "ledger": one.value,
                "source": one.source,
                "advice": words["advice"],
            }
            spelled = {part: words[part].format(**parts) for part in ("expected", "message", "summary", "advice")}
            found.append(
                Finding(
                    check_code=f"ledger:{field}", field=field, severity="warn", outcome="false", found=cell.value,
                    label=asked.label_in_errors, source_cell=cell.source_cell, **spelled,
                )
            )  # fmt: skip
            break  # the source that says most is named; the form itself shows all
    return found
