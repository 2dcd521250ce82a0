"""A unit asks by mail for its own ledgers as they stand: they go to the addresses that the register has for it, whoever asked.

So nothing need be known of who asks: who writes under another's name gets nothing.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from sqlalchemy import Connection

from include.archive import contents
from include.archive.data_keys import INTAKE
from include.asking.opening import file_name_of, standing_rows
from include.db import sql
from include.intake.judging import answers
from include.ledgers.personal import personal_of
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import LedgerSent
from include.period import at_latest_now, in_zone
from include.registry.offices import office_of
from include.registry.senders import units_of_sender
from include.registry.units import find_unit
from include.schemes.fields import Form
from include.schemes.loader import collected_on, find_scheme, own_periods, scheme_keys
from include.schemes.model import Scheme
from include.workbooks.rating_sheets import write_row_sheet

_KIND = "ledger_sent"


def is_request(subject: str) -> bool:
    """Whether the subject of a mail asks for ledgers."""
    return re.search(answers()["ledgers"]["asked"], _plain(subject)) is not None


def send_ledgers(connection: Connection, subject: str, sender: str, received_at: dt.datetime) -> str:
    """Answer a mail that asks; empty, or why nothing is sent (a key of answers.yaml: mailbox). Once a day and unit for the same
    question."""
    at = at_latest_now(received_at)
    today = in_zone(at).date()
    codes = [row["code"] for row in units_of_sender(connection, sender, today)]
    units = [one for code in codes if (one := find_unit(connection, code, today))]
    units = [one for one in units if one.name in subject] or units
    if len(units) != 1:
        return "which_unit"
    unit = units[0]
    kept = sql.fetch(connection, "intake/select_handed_in_forms", unit_code=unit.code)
    found = [sheet for row in kept if (sheet := _sheet_of(row["scheme"], row["form"], today)) is not None]
    named = [(scheme, form) for scheme, form in found if form.name in subject or scheme.name in subject] or found
    files, told = [], []
    for scheme, form in named:
        rows = standing_rows(connection, scheme, form, unit, with_entries=True)
        own_key = personal_of(scheme, form.key, unit.code, at).key or INTAKE
        if not rows:
            continue
        content = write_row_sheet(scheme, form.key, unit, rows)
        name = file_name_of(answers()["ledgers"]["file"].format(form=form.name, unit=unit.name, day=today.isoformat()))
        files.append((name, contents.store(content, own_key)))
        told.append({"name": form.name, "scheme": scheme.name, "rows": len(rows)})
    if not files:
        return "no_ledger"
    about = "+".join(f"{scheme.scheme}.{form.key}" for scheme, form in named)
    notify(
        connection,
        Notice(
            _KIND,
            subject=f"ledger/{unit.code}/{about}",
            stage=today.isoformat(),
            unit=unit,
            office=office_of(unit.street_code, unit.street),
            due_at=at,
            attachments=files,
            words=LedgerSent({"unit_name": unit.name, "day": today.isoformat(), "sender": sender, "ledgers": told}),
        ),
    )
    return ""


def _sheet_of(key: str, name: str, today: dt.date) -> tuple[Scheme, Form] | None:
    """The sheet by which a ledger is reported: of the period that is collected, else of the last that began; None of a form that
    is no ledger."""
    if key not in scheme_keys():
        return None
    schemes: list[Scheme] = list(collected_on(key, today))
    year = today.year
    begun = [
        period
        for one in (year, year - 1)
        for period in own_periods(key, one, with_sheets=True)
        if period.start_date <= today
    ]
    schemes += [
        one
        for period in sorted(begun, key=lambda one: one.start_date, reverse=True)
        if (one := find_scheme(key, period))
    ]
    form = next(((scheme, scheme.row_forms[name]) for scheme in schemes if name in scheme.row_forms), None)
    rows = form[1].rows if form else None
    return form if rows is not None and rows.takes_steps is None and not rows.holds else None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
