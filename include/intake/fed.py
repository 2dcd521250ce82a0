"""What a form reports, beside what the ledgers and events of other systems that the office runs say of the same: shown, noted, never
a score."""

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
from include.registry.taking_part import scope_of_street
from include.schemes.inputs import Input, period_of
from include.schemes.loader import find_scheme, load_scheme, scheme_keys, tree_of
from include.schemes.model import Scheme
from include.scoring.event_figures import Events
from include.scoring.ledger_figures import Ledgers, cited_ledger
from include.validation.findings import Finding
from include.workbooks.texts import texts
from include.workbooks.values import canonical


class Told(NamedTuple):
    """What one source says of a figure. `is_least`: of entries and events, beside which there may be more to report."""

    value: str
    source: str  # as a sentence cites it, with its day
    is_least: bool

    @property
    def shown(self) -> str:
        """As the form's own column says it."""
        words = texts()["told"]
        return str(words["least" if self.is_least else "value"].format(value=self.value, source=self.source))

    def differs_from(self, reported: str) -> bool:
        return Decimal(reported) < Decimal(self.value) if self.is_least else reported != self.value


Said = Mapping[str, Mapping[str, Sequence[Told]]]
"""What is said, by subject and field of the form."""


def told_in(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> Said:
    """What the ledgers and events of a street's other systems say of the figures of a scheme's forms, as they were known at a
    moment; of a ledger that a subject never handed in nothing. Of several sources the one that says most comes first."""
    said: dict[str, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for feeding in _feeding(scheme, scope_code):
        ledgers, events = Ledgers(connection, feeding, scope_code, at), Events(connection, feeding, scope_code, at)
        inputs = {one.key: one for one in feeding.inputs}
        for field, key in feeding.feeds[scheme.scheme].items():
            if (one := inputs.get(key)) is None or field not in scheme.cell or not scheme.cell[field].is_number:
                continue
            values, source, is_least = _figures(one, feeding, scheme, ledgers, events)
            for code, value in values.items():
                if value is not None:
                    text = canonical(Decimal(value.numerator) / Decimal(value.denominator))
                    said[code][field].append(Told(text, source, is_least))
    for fields in said.values():
        for found in fields.values():
            found.sort(key=lambda told: -Decimal(told.value))
    return said


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


def _figures(
    one: Input, feeding: Scheme, scheme: Scheme, ledgers: Ledgers, events: Events
) -> tuple[Mapping[str, Fraction | None], str, bool]:
    """By subject, as a sentence cites the source, and whether there may be more than it says."""
    period = period_of(one.from_.words[0], scheme.period)
    if one.from_.events:
        series = next((each for each in feeding.own_series if each.key == one.from_.events.rpartition(".")[2]), None)
        name = series.name if series else feeding.name
        words = answers()["fed"]["events"]
        return events.figures(one.from_, period), words.format(name=name, day=chinese_date(period.end_date)), True
    if not one.from_.ledger:
        return {}, "", False
    found = ledgers.figures(one, period)
    form = form_of(found.source.partition("/")[0], period.year)
    is_of_entries = form is not None and form[1].rows is not None and form[1].rows.keep == "entries"
    return found.values, cited_ledger(found.source) or "", is_of_entries


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
            if not one.differs_from(cell.value):
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
