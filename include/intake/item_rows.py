"""Sheets of free rows that are items, or steps of items: what is wrong with a row, and what follows when the sheet is accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from include.items.gaps import Gap, keep_gaps
from include.items.kinds import open_item
from include.items.step_reports import Report, check_reports, take_reports
from include.ledgers.checks import RowSheet, Wrong, wrong_of_checks
from include.ledgers.conditions import Days
from include.ledgers.known import Known
from include.ledgers.rows import GivenRow
from include.period import in_zone
from include.registry.units import Unit
from include.schemes.fields import Form
from include.schemes.model import Scheme
from include.schemes.rows import RowCheck, SetCheck, TakesSteps

STEP = "step"
"""What kind of thing is wrong, as include/ledgers/words.yaml says it."""


def wrong_steps(
    connection: Connection, scheme: Scheme, form: Form, filler: str, given: Mapping[str, GivenRow]
) -> Iterator[Wrong]:
    """What is wrong with rows that are steps of items, by what their kinds say and where the items stand."""
    columns = form.rows.takes_steps if form.rows else None
    if columns is None:
        return
    names = {row.number: name for name, row in given.items()}
    reports = [report for row in given.values() if (report := _report(columns, row)) is not None]
    places = {"number": columns.number, "step": columns.step, "outcome": columns.outcome}
    places |= {cell: column for column, cell in columns.fills.items()}
    for one in check_reports(connection, scheme, filler, reports):
        name, column = names[one.row], places.get(one.column, columns.number)
        found = given[name].cells.get(column, "")
        yield Wrong(f"{STEP}:{name}:{column}", one.severity, name, column, "", found, STEP, {"said": one.problem})


def take_item_rows(
    connection: Connection, scheme: Scheme, form: Form, unit: Unit, rows: list[GivenRow], sha256: str, sender: str,
    received_at: dt.datetime,
) -> None:  # fmt: skip
    """Open an item a row, carry out steps, and see to what the ledger's checks call a gap: what of it the form says."""
    if form.rows is None:
        return
    actor = sender or unit.code
    if form.rows.opens:
        from_sheet = scheme.kinds_of_items[form.rows.opens].from_sheet
        assert from_sheet is not None
        for row in rows:
            open_item(
                connection, scheme, form.rows.opens, unit, problem=row.cells.get(from_sheet.problem, ""),
                code=row.cells.get(from_sheet.code, ""), number=row.cells.get(form.rows.key[0], "") if form.rows.key else "",
                cells={cell: row.cells[key] for key, cell in from_sheet.keeps.items() if key in row.cells},
                opened_at=received_at, actor=actor, sha256=sha256,
            )  # fmt: skip
    if form.rows.takes_steps is not None:
        reports = [one for row in rows if (one := _report(form.rows.takes_steps, row)) is not None]
        take_reports(connection, scheme, unit.code, reports, sha256, actor, received_at)
    _see_to_gaps(connection, scheme, form, unit, sha256, received_at)


def _report(columns: TakesSteps, row: GivenRow) -> Report | None:
    """The row as a report; None of one in which what every report has is missing or could not be read."""
    cells = row.cells
    if not all(cells.get(key) for key in (columns.number, columns.step, columns.done, columns.outcome)):
        return None
    return Report(
        row.number,
        cells[columns.number],
        cells[columns.step],
        dt.date.fromisoformat(cells[columns.done]),
        cells[columns.outcome],
        {cell: cells[key] for key, cell in columns.fills.items() if key in cells},
    )


def _see_to_gaps(
    connection: Connection, scheme: Scheme, form: Form, unit: Unit, sha256: str, received_at: dt.datetime
) -> None:
    """Checks with a `gap` are asked of all rows as they stand now: what does not hold is an item until it does."""
    checks: list[RowCheck | SetCheck] = [*scheme.row_checks_of(form.key), *scheme.set_checks_of(form.key)]
    gaps = {check.code: check.gap for check in checks if check.gap is not None}
    if not gaps or form.rows is None:
        return
    known = Known(connection)
    ledger = f"{scheme.scheme}.{form.key}"
    standing = {key: one.cells for key, one in known.standing(ledger, unit.code).items() if not one.has_ended}
    day = in_zone(received_at).date()
    numbers = dict.fromkeys(standing, 0)
    days = Days(scheme.period.end_date, day, scheme.period)
    sheet = RowSheet(scheme, form.key, unit.code, standing, {key: key for key in standing}, numbers, standing, days)
    found = []
    for wrong in wrong_of_checks(sheet, known, [check for check in checks if check.code in gaps]):
        code, _, row = wrong.code.partition(":")
        gap = gaps[code]
        assert gap is not None
        said = f"{gap.problem or wrong.said.rstrip('。')}" + (f"（{row}）" if row else "")
        found.append(Gap(code, row, said, gap.working_days, gap.kind))
    keep_gaps(connection, scheme, unit, found, list(gaps), received_at, sha256)
