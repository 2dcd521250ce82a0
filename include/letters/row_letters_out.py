"""What is made of approved letters about rows: for whom each is to, with the people named, and for OUT without names.

A named letter lies in the archive under the key of its ledger, and so does the mail that carries it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from include.archive.contents import store
from include.archive.data_keys import key_for
from include.archive.personal_cells import unsealed
from include.db import sql
from include.documents import announcing
from include.documents.announcing import Files
from include.documents.drafts import canonical, record_papers
from include.documents.rendering import in_batches, render_many
from include.items.deadlines import reply_by
from include.ledgers.personal import key_year
from include.ledgers.reading import rows_as_of
from include.ledgers.rows import SEPARATOR, form_of
from include.letters.row_letters import RowLetter, batches_of, model_of
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import RowLetterSent
from include.period import Period, in_zone
from include.registry.offices import office_of
from include.registry.units import find_unit
from include.safe_text import as_file_name
from include.schemes.model import Scheme
from include.typesetting.fonts import find_fonts

_TO_UNIT, _TO_FILLER = "pair_letter", "statement"


def file_stem(letter: RowLetter) -> str:
    """<community>-<unit>; of a letter to who filled in the rows <community>-<kind>."""
    to = letter["to_code"] if letter["to_code"] != letter["unit_code"] else letter["kind"]
    asked = f"-{letter['kind']}-{letter['asked_row']}" if letter["asked_row"] else ""
    return f"{letter['unit_code']}-{to}{asked}"


def make_letters(connection: Connection, row: sql.Row, model: Any) -> dict[str, Files]:
    """Make and keep each letter of an approved document, with the people named; files by its stem."""
    letters: list[RowLetter] = model["letters"]
    named = _named(connection, letters)
    made = render(named, row["issue_date"])
    found: dict[str, Files] = {}
    papers = []
    for letter, (docx, pdf) in zip(letters, made, strict=True):
        key = _key_of(letter, in_zone(row["approved_at"]).date())
        hashes = {"docx": store(docx, key), "pdf": store(pdf, key) if pdf is not None else None}
        stem = as_file_name(f"{letter['title']}（{letter['to']}）")
        found[file_stem(letter)] = [(f"{stem}.{ending}", sha256) for ending, sha256 in hashes.items() if sha256]
        papers.append(
            {
                "id": f"{row['id']}/{file_stem(letter)}", "circular_id": row["id"], "scheme": letter["scheme"],
                "period": letter["period"], "street_code": letter["street_code"], "unit_code": letter["to_code"],
                "kind": letter["kind"], "title": letter["title"], "model_hash": canonical(letter)[1],
                "docx_sha256": hashes["docx"], "pdf_sha256": hashes["pdf"], "made_at": row["approved_at"],
            }
        )  # fmt: skip
    record_papers(connection, papers)
    return found


def _key_of(letter: RowLetter, day: dt.date) -> str:
    """The name of the key of the ledger, subject and year; none where the ledger names nobody."""
    period = Period.parse(letter["period"])
    found = form_of(letter["ledger"], period.year)
    if found is not None and found[1].rows is not None and found[1].rows.personal is None:
        return ""
    return key_for(letter["ledger"], letter["unit_code"], key_year(period), day)


def render(letters: Sequence[RowLetter], issue_date: dt.date | None) -> list[tuple[bytes, bytes | None]]:
    """Word and PDF of each, as what is told of its rows stands in it."""
    return in_batches(letters, partial(render_many, fonts=find_fonts(), number="", issue_date=issue_date))


def announce_letters(connection: Connection, row: sql.Row, model: Any, enclosures: dict[str, Files]) -> None:
    """A mail to whom each letter is to; one that has no address goes to the community, which hands it over."""
    for letter in model["letters"]:
        is_own = letter["to_code"] == letter["unit_code"]
        is_by_hand = letter["by_hand"] and not is_own
        day = in_zone(row["approved_at"]).date()
        unit = find_unit(connection, letter["unit_code"] if is_by_hand else letter["to_code"], day)
        if unit is None:
            continue
        words: RowLetterSent = {
            "title": letter["title"],
            "kind": letter["kind"],
            "unit_name": unit.name,
            "from": letter["unit"],
            "to": letter["to"],
            "count": len(letter["told"]),
            "is_by_hand": is_by_hand,
            "reply_by": reply_by(row["issue_date"], letter["reply_working_days"]),
        }
        filed: announcing.Filed = {**announcing.filed(row), "scheme": letter["scheme"], "period": letter["period"]}
        notice = Notice(
            _TO_FILLER if is_own or is_by_hand else _TO_UNIT,
            f"{row['id']}/{file_stem(letter)}",
            words,
            unit=unit,
            office=office_of(row["street_code"], letter["street"]),
            recipient="" if unit.secretary_email or is_by_hand else letter["address"],
            attachments=enclosures[file_stem(letter)],
            **filed,
        )
        notify(connection, notice)


def files_of_letters(connection: Connection, scheme: Scheme, street_code: str) -> dict[str, bytes]:
    """The letters of a system's period for OUT, made anew with the keys of rows in the place of names; before they are approved
    as drafts."""
    files: dict[str, bytes] = {}
    for document in scheme.documents:
        if document.of_rows is None:
            continue
        for row in batches_of(connection, scheme, street_code, document.kind):
            letters = model_of(row)["letters"]
            made = render(letters, row["issue_date"] if row["state"] == "issued" else None)
            for letter, (docx, pdf) in zip(letters, made, strict=True):
                name = f"letters/{file_stem(letter)}"
                files |= {f"{name}.docx": docx} | ({f"{name}.pdf": pdf} if pdf is not None else {})
    return files


def _named(connection: Connection, letters: list[RowLetter]) -> list[Any]:
    """With the personal cells of each row; without those whose time was up."""
    told: dict[tuple[str, str], dict[str, str]] = {}
    read = {(one["ledger"], one["street_code"], one["as_of_date"], one["known_at"]) for one in letters}
    for ledger, street_code, day, known_at in sorted(read):
        rows = rows_as_of(
            connection, ledger, street_code, dt.date.fromisoformat(day), dt.datetime.fromisoformat(known_at)
        )
        told |= {(row.filler_code, row.key.rpartition(SEPARATOR)[2]): unsealed(row.sealed) or {} for row in rows}
    return [
        {
            **letter,
            "told": [
                {**row, "cells": {**row["cells"], **told.get((letter["unit_code"], row["key"]), {})}}
                for row in letter["told"]
            ],
        }
        for letter in letters
    ]
