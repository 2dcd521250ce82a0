"""The rows of a ledger as they held on a day, and as they were known at a moment."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.registry.units import span_of


@dataclass(frozen=True)
class LedgerRow:
    """`cells` are canonical texts by column, without those that are not filled in. `sealed` is the ciphertext of the personal ones."""

    filler_code: str
    key: str
    cells: dict[str, str]
    street_code: str
    period: str
    row_number: int
    sha256: str
    valid_from: dt.date
    valid_to: dt.date | None
    sealed: str | None = None


def rows_as_of(
    connection: Connection, ledger: str, scope_code: str, on_date: dt.date, known_at: dt.datetime
) -> list[LedgerRow]:
    """The rows of a street's or county's ledger (<system>.<form>), by filler and key. A retracted entry is there, and so is the
    one that retracts it."""
    rows = sql.fetch(
        connection, "ledgers/select_as_of", ledger=ledger, **span_of(scope_code), on_date=on_date, known_at=known_at
    )
    return [
        LedgerRow(
            row["filler_code"], row["row_key"], json.loads(row["cells"]), row["street_code"], row["period"],
            row["row_number"], row["sha256"], row["valid_from"], row["valid_to"], row["sealed"],
        )
        for row in rows
    ]  # fmt: skip


def standing_of(connection: Connection, ledger: str, filler_code: str) -> list[LedgerRow]:
    """A filler's rows that are known now and hold: with which its next sheet goes out."""
    rows: Sequence[dict[str, object]] = sql.fetch(
        connection, "ledgers/select_standing", ledger=ledger, filler_code=filler_code
    )
    return [
        LedgerRow(
            filler_code, str(row["row_key"]), json.loads(str(row["cells"])), "", str(row["period"]),
            int(str(row["row_number"])), str(row["sha256"]), row["valid_from"], None,  # type: ignore[arg-type]
            row["sealed"],  # type: ignore[arg-type]
        )
        for row in rows
        if row["valid_to"] is None
    ]  # fmt: skip
