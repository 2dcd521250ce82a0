"""Personal columns of a ledger: who may read them is who has the key, and the database has none.

Judging a sheet sees them, and so does the sheet that goes back to its filler; nothing else does. Conditions, figures, tables and
documents read rows without them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.archive.data_keys import key_for
from include.archive.personal_cells import code_of, sealed, unsealed
from include.db import sql
from include.ledgers.rows import SEPARATOR, GivenRow
from include.period import Period, in_zone
from include.schemes.fields import personal_columns
from include.schemes.model import Scheme
from include.schemes.rows import Rows


@dataclass(frozen=True)
class Personal:
    """The personal columns of a filler's sheet, and the name of the key under which they are kept; none of either where the form
    has no such columns."""

    columns: frozenset[str] = frozenset()
    key: str = ""

    def kept_key(self, rows: Rows, key: str) -> str:
        """What a row is kept under: where its key tells of a person, in the place of that a code that the key of ledger, subject
        and year alone makes; with it goes all that leads from a code back to a person."""
        if not self.columns.intersection(rows.key):
            return key
        return f"{key.partition(SEPARATOR)[0]}{SEPARATOR}{code_of(key, self.key)}"

    def apart(self, one: GivenRow, known: Sequence[sql.Row]) -> GivenRow:
        """The row with its personal cells as ciphertext: that of a known row where they are the same."""
        told = {name: text for name, text in one.cells.items() if name in self.columns}
        if not self.columns:
            return one
        cells = {name: text for name, text in one.cells.items() if name not in self.columns}
        same = next((row["sealed"] for row in reversed(known) if told and unsealed(row["sealed"]) == told), None)
        return replace(one, cells=cells, sealed=same or sealed(told, self.key))


def personal_of(scheme: Scheme, form: str, filler_code: str, received_at: dt.datetime) -> Personal:
    """Of a filler's sheet of free rows."""
    columns = personal_columns(scheme.columns_of(form))
    if not columns:
        return Personal()
    ledger = f"{scheme.scheme}.{form}"
    return Personal(columns, key_for(ledger, filler_code, key_year(scheme.period), in_zone(received_at).date()))


def key_year(period: Period) -> int:
    """The year whose key closes what is said of a period."""
    return period.end_date.year


def with_personal(cells: Mapping[str, str], kept: str | None) -> dict[str, Any]:
    """All cells of a row; without those whose time was up."""
    return {**cells, **(unsealed(kept) or {})}
