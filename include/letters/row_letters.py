"""Letters about rows of a ledger: one a (filler, employer) pair or a filler, put to the committee as one document.

What is approved is one model that holds every letter, so its hash is over all of them. It names nobody: rows are known by their
keys, and the people behind them are named only in what is made for whom a letter is to (include/letters/row_letters_out.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from typing import Any, NotRequired, TypedDict

from sqlalchemy import Connection

from include.db import sql
from include.documents.drafts import canonical, insert_draft, redraft
from include.documents.rendering import kind_of
from include.errors import UserError
from include.items.kinds import item_of_row
from include.keys import LetterKey
from include.ledgers.conditions import Days, all_of
from include.ledgers.derived import DerivedRows
from include.ledgers.reading import LedgerRow
from include.ledgers.rows import SEPARATOR, form_of, ledger_of
from include.period import chinese_date, in_zone, next_working_day
from include.registry.offices import office_of, scope_name
from include.registry.units import Unit, find_unit
from include.schemes.documents import Beside, Document, PerRows
from include.schemes.fields import FormField
from include.schemes.model import Scheme

BATCH = "成批函件"
_DATE = "date"


class ItemTold(TypedDict):
    """How an item stands: `step` and `due` are empty where it has ended; `cells` are what is known of it, by column."""

    state: str
    is_open: bool
    step: str
    due: str
    cells: dict[str, str]


class RowTold(TypedDict):
    """A row by its key: its cells as they are printed, those of the entries that belong to it, and the item that it is."""

    key: str
    cells: dict[str, str]
    entries: list[dict[str, str]]
    item: NotRequired[ItemTold]


class Shown(TypedDict):
    """What whoever approves sees of the rows: labels of columns, and a line a row that begins with its key."""

    labels: list[str]
    rows: list[list[str]]


class RowLetter(TypedDict):
    """`unit` is who filled in the rows, `to` whom the letter is to; `by_hand` where that has no address;
    `asked_row` the row about which a person asked for it."""

    scheme: str
    kind: str
    template: str
    title: str
    scheme_title: str
    period: str
    period_name: str
    street: str
    street_code: str
    committee_name: str
    sign_name: str
    printed_by: str
    copied_to: list[str]
    reply_working_days: int
    as_of_date: str
    as_of: str
    known_at: str
    ledger: str
    unit: str
    unit_code: str
    to: str
    to_code: str
    address: str
    by_hand: bool
    asked_row: str
    told: list[RowTold]
    beside: NotRequired[dict[str, list[dict[str, str]]]]
    shown: Shown


def due_date(scheme: Scheme, per: PerRows) -> dt.date | None:
    """The day on which the letters of the period are drafted; None for those that a person asks for."""
    return next_working_day(per.drafted.of(scheme.period)) if per.drafted else None


def draft_row_letters(
    connection: Connection, scheme: Scheme, document: Document, street_code: str, at: dt.datetime, *,
    filler_code: str = "", row_key: str = "",
) -> str | None:  # fmt: skip
    """Draft all letters of a kind of a street's period as one document (or the one about a row that a person asks for); its id,
    where somebody is to be asked about it. None where nobody is to be told anything, or it was decided on already.

    Raises UserError where the row that is asked for is not there.
    """
    key = LetterKey(BATCH, filler_code or street_code, _topic(scheme, document, row_key), 1)
    known = batches_of(connection, scheme, street_code, document.kind, key.series)
    last = known[-1] if known else None
    is_open = last is None or (last["state"] == "draft" and last["asked_at"] is None)
    if not is_open and not row_key:  # asked about or decided on: once a period
        return None
    letters = _letters(connection, scheme, document, street_code, at, filler_code, row_key)
    if not letters:
        if row_key:
            raise UserError(
                f"{scheme.name}的台账里没有“{row_key}”这一行，或不符合“{document.kind}”的条件：请核对编号。"
            )
        return None
    model = _batch(document, letters, at)
    text, model_hash = canonical(model)
    if last is not None and last["state"] == "draft":
        if not is_open:
            return None
        if last["model_hash"] != model_hash:
            redraft(connection, last["id"], text, model_hash, BATCH)
        return str(last["id"])
    number = LetterKey.parse(last["id"]).number + 1 if last else 1
    letter_id = str(LetterKey(BATCH, key.whom, key.topic, number))
    insert_draft(
        connection, letter_id, BATCH, model, street_code=street_code, unit_code=None, period=str(scheme.period)
    )
    return letter_id


def batches_of(connection: Connection, scheme: Scheme, street_code: str, kind: str, series: str = "") -> list[sql.Row]:
    """The documents of letters of a kind of a system's period, in their order."""
    rows = sql.fetch(
        connection, "letters/select_batches", kind=BATCH, street_code=street_code, period=str(scheme.period)
    )
    keyed = [(LetterKey.parse(row["id"]), row) for row in rows]
    wanted = [scheme.scheme, str(scheme.period), kind]
    found = [
        (key, row)
        for key, row in keyed
        if key.topic.split("@")[: len(wanted)] == wanted and key.series.startswith(series)
    ]
    return [row for key, row in sorted(found, key=lambda one: (one[0].series, one[0].number))]


def _topic(scheme: Scheme, document: Document, row_key: str) -> str:
    return f"{scheme.scheme}@{scheme.period}@{document.kind}" + (f"@{row_key}" if row_key else "")


def system_of(key: LetterKey) -> str:
    """The system to whose ledgers a batch belongs."""
    return key.topic.partition("@")[0]


def _batch(document: Document, letters: list[RowLetter], at: dt.datetime) -> dict[str, Any]:
    first = letters[0]
    shared = ("scheme", "scheme_title", "period", "period_name", "street", "street_code", "committee_name", "sign_name",
              "printed_by", "as_of_date", "as_of")  # fmt: skip
    title = kind_of(BATCH).title.format(kind=document.kind, period=first["period_name"], count=len(letters))
    own: dict[str, Any] = dict(first)
    return {
        **{name: own[name] for name in shared},
        "kind": BATCH,
        "title": title,
        "of_kind": document.kind,
        "copied_to": [],
        "letters": letters,
        "items": [],
        "reply_working_days": 0,
    }


def _letters(
    connection: Connection,
    scheme: Scheme,
    document: Document,
    street_code: str,
    at: dt.datetime,
    filler_code: str,
    row_key: str,
) -> list[RowLetter]:
    per = document.of_rows
    assert per is not None
    today = in_zone(at).date()
    days = Days(min(today, scheme.period.end_date), today, scheme.period)
    read = DerivedRows(connection, scheme, street_code, days, at)
    test = all_of(per.where, days)
    groups: dict[tuple[str, ...], list[LedgerRow]] = defaultdict(list)
    for row in read.of(per.ledger):
        is_asked = filler_code in ("", row.filler_code) and row_key in ("", row.key.rpartition(SEPARATOR)[2])
        if is_asked and test(row.cells):
            groups[row.filler_code, *(row.cells.get(column, "") for column in per.by)].append(row)
    addresses = _addresses(read, per)
    found = []
    for key, rows in sorted(groups.items()):
        filler = find_unit(connection, key[0], days.as_of)
        to_code = rows[0].cells.get(per.to, "") if per.to else key[0]
        to = find_unit(connection, to_code, days.as_of)
        if filler is not None:
            found.append(_letter(scheme, document, read, filler, to, to_code, rows, addresses, at, connection))
    return found


def _addresses(read: DerivedRows, per: PerRows) -> dict[str, str]:
    """Addresses that a ledger gives, by the key of its rows."""
    if per.address is None:
        return {}
    column = per.address.column
    return {
        row.key.rpartition(SEPARATOR)[2]: row.cells[column]
        for row in read.of(per.address.ledger)
        if column in row.cells
    }


def _letter(
    scheme: Scheme, document: Document, read: DerivedRows, filler: Unit, to: Unit | None, to_code: str,
    rows: list[LedgerRow], addresses: dict[str, str], at: dt.datetime, connection: Connection,
) -> RowLetter:  # fmt: skip
    per = document.of_rows
    assert per is not None
    street = scope_name(connection, filler.street_code, read.days.as_of)
    office = office_of(filler.street_code, street)
    address = (to.secretary_email if to else "") or addresses.get(to_code, "")
    told = [_told(scheme, per, read, row) for row in sorted(rows, key=lambda row: row.key)]
    beside = {one.ledger: _beside(scheme, one, read, filler) for one in per.beside}
    words = {
        "period": scheme.period.name,
        "year": str(scheme.period.year),
        "unit": filler.name,
        "to": to.name if to else to_code,
    }
    return {
        "scheme": scheme.scheme,
        "kind": document.kind,
        "template": document.template,
        "title": document.title.format(count=len(rows), **words),
        "scheme_title": scheme.title,
        "period": str(scheme.period),
        "period_name": scheme.period.name,
        "street": street,
        "street_code": filler.street_code,
        "committee_name": office.committee_name,
        "sign_name": office.sign_name,
        "printed_by": office.printed_by,
        "copied_to": [name.format(street=street, **words) for name in document.copied_to],
        "reply_working_days": per.reply_working_days,
        "as_of_date": read.days.as_of.isoformat(),
        "as_of": chinese_date(read.days.as_of),
        "known_at": at.isoformat(),
        "ledger": ledger_of(scheme, per.ledger),
        "unit": filler.name,
        "unit_code": filler.code,
        "to": words["to"],
        "to_code": to_code,
        "address": address,
        "by_hand": not address,
        "asked_row": "" if per.drafted else told[0]["key"],
        "told": told,
        **({"beside": beside} if beside else {}),  # type: ignore[typeddict-item]
        "shown": {
            "labels": [label for _, label in labels_of(scheme, per)],
            "rows": [[row["key"], *(row["cells"].get(key, "") for key, _ in labels_of(scheme, per))] for row in told],
        },
    }


def _told(scheme: Scheme, per: PerRows, read: DerivedRows, row: LedgerRow) -> RowTold:
    own = _dates_of(scheme, per.ledger)
    entries = read.entries_of(per.entries, row) if per.entries else []
    dates = _dates_of(scheme, per.entries.ledger) if per.entries else set()
    nothing = _empty(scheme, per.entries.ledger) if per.entries else {}
    told: RowTold = {
        "key": row.key.rpartition(SEPARATOR)[2],
        "cells": {**_empty(scheme, per.ledger), **_printed(row.cells, own)},
        "entries": [{**nothing, **_printed(entry.cells, dates)} for entry in entries],
    }
    item = _item(scheme, per, read, row)
    return {**told, "item": item} if item else told


def _item(scheme: Scheme, per: PerRows, read: DerivedRows, row: LedgerRow) -> ItemTold | None:
    """The item that a row opened, where rows of the ledger do."""
    found = form_of(ledger_of(scheme, per.ledger), scheme.period.year)
    rows = found[1].rows if found else None
    if found is None or rows is None or not rows.opens:
        return None
    number = row.cells.get(rows.key[0], "") if rows.key else ""
    item = item_of_row(read.connection, found[0].scheme, rows.opens, row.filler_code, number, row.period)
    if item is None:
        return None
    return {
        "state": item["state"],
        "is_open": item["is_open"],
        "step": item["step"] or "",
        "due": chinese_date(item["step_due_date"]) if item["step_due_date"] else "",
        "cells": json.loads(item["cells"] or "{}"),
    }


def _beside(scheme: Scheme, beside: Beside, read: DerivedRows, filler: Unit) -> list[dict[str, str]]:
    """The rows of a further ledger as they are printed, with who handed them in."""
    dates, nothing = _dates_of(scheme, beside.ledger), _empty(scheme, beside.ledger)
    rows = [
        row
        for row in read.of(beside.ledger)
        if row.filler_code == filler.code or (beside.of == "street" and row.street_code == filler.street_code)
    ]
    names = {code: find_unit(read.connection, code, read.days.as_of) for code in {row.filler_code for row in rows}}
    return [
        {**nothing, **_printed(row.cells, dates), "filler": unit.name if (unit := names[row.filler_code]) else ""}
        for row in rows
    ]


def _dates_of(scheme: Scheme, ledger: str) -> set[str]:
    return {one.key for one in _columns_of(scheme, ledger) if one.type == _DATE}


def _empty(scheme: Scheme, ledger: str) -> dict[str, str]:
    """What a template may ask of a row, before anything is filled in."""
    derived = [one.key for one in scheme.derived if one.form == ledger]
    return dict.fromkeys([*(one.key for one in _columns_of(scheme, ledger)), *derived], "")


def _columns_of(scheme: Scheme, ledger: str) -> list[FormField]:
    """The columns of a ledger, in whichever period of the year it is handed in."""
    found = form_of(ledger_of(scheme, ledger), scheme.period.year)
    return found[0].columns_of(found[1].key) if found else []


def _printed(cells: dict[str, str], dates: set[str]) -> dict[str, str]:
    return {key: chinese_date(dt.date.fromisoformat(text)) if key in dates else text for key, text in cells.items()}


def labels_of(scheme: Scheme, per: PerRows) -> list[tuple[str, str]]:
    """The columns that whoever approves sees, each with its label."""
    known = {column.key: column.label for column in _columns_of(scheme, per.ledger)}
    known |= {one.key: one.label for one in scheme.derived if one.form == per.ledger}
    return [(key, known[key]) for key in per.shows]


def model_of(row: sql.Row) -> dict[str, Any]:
    """The model of a document of letters."""
    model: dict[str, Any] = json.loads(row["model"])
    return model
