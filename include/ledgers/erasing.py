"""When the time of a key of personal columns is up: what is still in force goes under another key first, then it is destroyed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import Connection

from include.archive.data_keys import LedgerKey, known_keys
from include.archive.personal_cells import key_of_sealed, sealed, unsealed
from include.db import sql
from include.ledgers.rows import form_of
from include.period import months_later
from include.schemes.rows import Kept, PersonalData

NOTICE_DAYS = 30
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Ending:
    """A key, and the first day on which what it closes is no longer kept."""

    key: LedgerKey
    name: str
    ends_date: dt.date
    personal: PersonalData


def endings(until: dt.date) -> list[Ending]:
    """The keys whose time is up by a day. One of a ledger that there is no more is not judged: nobody says how long."""
    found = []
    for key in known_keys():
        asked = form_of(key.ledger, key.year)
        personal = asked[1].rows.personal if asked and asked[1].rows else None
        if asked and personal and (ends := _ends(key.year, personal.keep)) <= until:
            found.append(Ending(key, asked[1].name, ends, personal))
    return found


def keep_on(connection: Connection, ending: Ending, today: dt.date) -> int:
    """Put the personal cells of rows that are still in force under the key of the running year; how many."""
    key, left = ending.key, ending.personal.left
    rows = sql.fetch(connection, "ledgers/select_sealed", ledger=key.ledger, filler_code=key.subject)
    moved = []
    for row in rows:
        if key_of_sealed(row["sealed"]) != str(key) or not left or _is_over(row["cells"], left, ending, today):
            continue
        cells = unsealed(row["sealed"]) or {}
        said = sealed(cells, str(LedgerKey(key.ledger, key.subject, today.year)))
        moved.append({"ledger": key.ledger, "filler_code": key.subject, "row_key": row["row_key"],
                      "version": row["version"], "sealed": said})  # fmt: skip
    sql.execute_many(connection, "ledgers/update_sealed", moved)
    return len(moved)


def _is_over(cells: str, left: str, ending: Ending, today: dt.date) -> bool:
    """Whether what a row tells of ended so long ago that it is not kept."""
    day = json.loads(cells).get(left)
    return bool(day) and _ends(int(day[:4]), ending.personal.keep) <= today


def _ends(year: int, keep: Kept) -> dt.date:
    """The first day after the time, which is counted from the end of a year."""
    return months_later(dt.date(year + 1, 1, 1), keep.years * _MONTHS_A_YEAR + keep.months)
