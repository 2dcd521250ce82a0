"""What a form reports, beside what the ledgers of other systems that the office runs say of the same: a note, never a score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

from sqlalchemy import Connection

from include.errors import UserError
from include.intake.judging import Gate, answers
from include.intake.read_form import ReadForm
from include.registry.offices import is_run
from include.registry.taking_part import scope_of_street
from include.schemes.inputs import period_of
from include.schemes.loader import find_scheme, scheme_keys, tree_of
from include.schemes.model import Scheme
from include.scoring.ledger_figures import Ledgers, cited_ledger
from include.validation.findings import Finding
from include.workbooks.values import canonical


def fed_findings(connection: Connection, form: ReadForm, gate: Gate, received_at: dt.datetime) -> list[Finding]:
    """A note for each figure of the form that differs from the ledgers' as they were known when it came; of a ledger that the unit
    never handed in there is none to differ from."""
    if gate.unit is None or gate.stopped is not None or form.form in gate.scheme.forms_by_row:
        return []
    scheme, unit = gate.scheme, gate.unit
    return [
        finding
        for feeding in _feeding(scheme, unit.street_code)
        for finding in _of_system(connection, feeding, scheme, form, unit.code, unit.street_code, received_at)
    ]


def _feeding(scheme: Scheme, street_code: str) -> Iterator[Scheme]:
    """The systems whose ledgers say what the scheme's forms ask, of those that the office runs in the period."""
    for key in scheme_keys():
        with suppress(UserError):  # of a file that cannot be read ops is told by itself
            feeds = tree_of(key).get("feeds") or {}
            if scheme.scheme not in feeds or (feeding := find_scheme(key, scheme.period)) is None:
                continue
            if any(is_run(code, key, scheme.period) for code in (street_code, scope_of_street(feeding, street_code))):
                yield feeding


def _of_system(
    connection: Connection,
    feeding: Scheme,
    scheme: Scheme,
    form: ReadForm,
    code: str,
    street_code: str,
    received_at: dt.datetime,
) -> Iterator[Finding]:
    ledgers = Ledgers(connection, feeding, street_code, received_at)
    inputs = {one.key: one for one in feeding.inputs}
    words = answers()["fed"]
    for field, key in feeding.feeds[scheme.scheme].items():
        cell, one = form.cells.get(field), inputs.get(key)
        if cell is None or cell.value is None or one is None or not one.from_.ledger or field not in scheme.cell:
            continue
        found = ledgers.figures(one, period_of(one.from_.words[0], scheme.period))
        value = found.values.get(code)
        asked = scheme.cell[field]
        if (
            value is None
            or not asked.is_number
            or (text := canonical(Decimal(value.numerator) / Decimal(value.denominator))) == cell.value
        ):
            continue
        said = {
            "label": asked.label_in_errors, "place": cell.source_cell, "value": cell.value, "ledger": text,
            "source": cited_ledger(found.source) or "", "advice": words["advice"],
        }  # fmt: skip
        texts = {part: words[part].format(**said) for part in ("expected", "message", "summary", "advice")}
        yield Finding(
            check_code=f"ledger:{field}", field=field, severity="warn", outcome="false", found=cell.value,
            label=asked.label_in_errors, source_cell=cell.source_cell, **texts,
        )  # fmt: skip
