"""What follows when a sheet of free rows is accepted, in the transaction that answers it; and in which order sheets are judged.

A sheet is judged by what stands in the ledgers, so those that others name come before them, and of one ledger a second sheet is
judged when the first has been answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from include.db import sql
from include.intake.cases import Case
from include.intake.events_taken import take_events
from include.intake.item_rows import take_item_rows
from include.intake.judging import Gate
from include.intake.read_form import ReadForm
from include.intake.row_findings import given_rows
from include.ledgers.keeping import Kept, Sheet, keep_rows
from include.ledgers.personal import personal_of
from include.ledgers.rows import form_of, ledger_of
from include.period import Period
from include.schemes.fields import Form
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.schemes.rows import REGISTRY


def take_rows(connection: Connection, case: Case, form: ReadForm, gate: Gate) -> Kept:
    """Keep the rows of an accepted sheet, and do what its rows are for."""
    assert gate.unit is not None
    scheme, asked = gate.scheme, gate.scheme.row_forms[form.form]
    assert asked.rows is not None
    rows = list(given_rows(form, scheme).values())
    sheet = Sheet(
        f"{scheme.scheme}.{form.form}", asked.rows, gate.unit.code, gate.unit.street_code, scheme.period, case.sha256,
        case.received_at, personal_of(scheme, form.form, gate.unit.code, case.received_at),
    )  # fmt: skip
    kept = keep_rows(connection, sheet, rows, is_nothing=form.is_nothing)
    if asked.rows.holds:
        take_events(connection, scheme, asked.key, gate, case, rows)
    take_item_rows(connection, scheme, asked, gate.unit, rows, case.sha256, case.sender, case.received_at)
    return kept


def sheets_before(connection: Connection, form: ReadForm, gate: Gate) -> int:
    """How many sheets of the same filler and ledger were accepted so far, of whatever period; 0 for what is no such sheet."""
    if gate.unit is None or form.form not in gate.scheme.row_forms:
        return 0
    found = sql.fetch_one(
        connection, "intake/count_sheets", scheme=gate.scheme.scheme, form=form.form, unit_code=gate.unit.code
    )
    return int(found["sheets"]) if found else 0


def in_waves(batch: Sequence[Case]) -> Iterator[list[Case]]:
    """Arrivals in the order in which they are judged: sheets that others name before them, what reads ledgers last. Without sheets
    of free rows there is one wave."""
    sheets = [_sheet_of(case) for case in batch]
    if not any(sheets):
        yield list(batch)
        return
    waves: dict[tuple[int, int], list[Case]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for case, said in zip(batch, sheets, strict=True):
        if said is None or case.form is None:
            continue
        ledger = f"{said[0].scheme}.{said[1].key}"
        whose = ledger, case.form.unit_code
        waves.setdefault((_depth(ledger, said[0].period.year, frozenset()), seen[whose]), []).append(case)
        seen[whose] += 1
    yield from (waves[place] for place in sorted(waves))
    if others := [case for case, said in zip(batch, sheets, strict=True) if said is None]:
        yield others


def _sheet_of(case: Case) -> tuple[Scheme, Form] | None:
    if case.form is None:
        return None
    scheme = find_scheme(case.form.scheme_key, Period.parse(case.form.period))
    form = scheme.row_forms.get(case.form.form) if scheme else None
    return (scheme, form) if scheme is not None and form is not None else None


def _depth(ledger: str, year: int, above: frozenset[str]) -> int:
    """How many sheets a ledger's rows name one behind the other."""
    found = form_of(ledger, year)
    if found is None or ledger in above:
        return 0
    scheme, form = found
    refers = [check.refers for check in scheme.row_checks_of(form.key) if check.refers is not None]
    named = {to for one in refers for to in (one.to, *one.also)}
    named |= {check.over for check in scheme.set_checks_of(form.key) if check.over}
    named |= {one.totals.of for one in scheme.set_checks_of(form.key) if one.totals and one.totals.of != form.key}
    if form.rows is not None and form.rows.takes_steps is not None:
        named |= {one.key for one in scheme.row_forms.values() if one.rows is not None and one.rows.opens}
    ledgers = {ledger_of(scheme, one) for one in named - {REGISTRY}} - {ledger}
    return max((1 + _depth(one, year, above | {ledger}) for one in ledgers), default=0)
