"""Keep the rows of an accepted sheet: what holds from when, and what is known since when. Nothing is overwritten.

A row says what holds from its day on, until a row of a later period says otherwise. Where it differs from what is known, the
old knowledge ends with the moment of receipt, and what of it still holds is written anew; so a day can be read as it is
known now and as it was known then, and the same sheet again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.ledgers.personal import Personal
from include.ledgers.rows import GivenRow, is_of_period
from include.period import Period, in_zone
from include.schemes.rows import Rows

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


@dataclass(frozen=True)
class Sheet:
    """An accepted sheet: `filler_code` in `street_code` says it of `period`; `sha256` is its content."""

    ledger: str
    rows: Rows
    filler_code: str
    street_code: str
    period: Period
    sha256: str
    received_at: dt.datetime
    personal: Personal = field(default_factory=Personal)

    @functools.cached_property
    def valid_from(self) -> dt.date:
        """From when its rows hold, where they do not say so themselves."""
        return min(in_zone(self.received_at).date(), self.period.end_date)

    def is_of_it(self, key: str) -> bool:
        """Whether a row is one that the sheet would name if there still was one: of its own year or period, where keys are of one."""
        per = self.rows.key_per
        return not per or is_of_period(key, self.period.year if per == "year" else self.period)

    @functools.cached_property
    def period_text(self) -> str:
        return str(self.period)


@dataclass(frozen=True)
class Kept:
    """What a sheet changed: keys of the rows that are new, that are otherwise now, and that ended."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    unchanged: int = 0


def keep_rows(connection: Connection, sheet: Sheet, given: Sequence[GivenRow], *, is_nothing: bool = False) -> Kept:
    """Write what the sheet changes. `is_nothing`: it was said that nothing changed, so nothing ends either."""
    whose = {"ledger": sheet.ledger, "filler_code": sheet.filler_code}
    by_key: dict[str, list[sql.Row]] = defaultdict(list)
    for row in sql.fetch(connection, "ledgers/select_standing", **whose):
        by_key[row["row_key"]].append(row)
    kept, written = Kept(), _Written(sheet)
    unchanged = 0
    for told in given:
        key = sheet.personal.kept_key(sheet.rows, told.key)
        known = by_key.get(key)
        one = sheet.personal.apart(told if told.key == key else replace(told, key=key), known or [])
        text = _encode(one.cells)
        if not known:
            written.add(one.key, _said(sheet, one, text, _day_of(sheet, one), None))
            kept.new.append(one.key)
        elif sheet.rows.keep == "entries" or not _take(sheet, one, text, known, written):
            unchanged += 1
        else:
            kept.changed.append(one.key)
    if sheet.rows.keep == "full" and not is_nothing:
        named = {sheet.personal.kept_key(sheet.rows, one.key) for one in given}
        for key, known in by_key.items():
            if key not in named and sheet.is_of_it(key) and sum(_cut(row, sheet.valid_from, written) for row in known):
                kept.ended.append(key)
    written.write(connection, whose)
    return Kept(kept.new, kept.changed, kept.ended, unchanged)


def copy_rows(connection: Connection, written: Sequence[sql.Row], ended: Sequence[sql.Row]) -> None:
    """Rows as another record has them, and the end of the knowledge of rows that are here."""
    sql.execute_many(connection, "ledgers/copy_row", written)
    sql.execute_many(connection, "ledgers/end_knowledge", ended)


def _day_of(sheet: Sheet, one: GivenRow) -> dt.date:
    day = one.cells.get(sheet.rows.effective, "")
    return dt.date.fromisoformat(day) if day else sheet.valid_from


def _take(sheet: Sheet, one: GivenRow, text: str, known: Sequence[sql.Row], written: _Written) -> bool:
    """Whether the row says otherwise than is known; then it is written, and what it takes the place of ends."""
    day = _day_of(sheet, one)
    if any(_holds(row, day) and (row["cells"], row["sealed"]) == (text, one.sealed) for row in known):
        return False
    later = [row for row in known if row["valid_from"] > day and Period.parse(row["period"]) > sheet.period]
    until = min((row["valid_from"] for row in later), default=None)
    for row in known:
        if row not in later:
            _cut(row, day, written)
    written.add(one.key, _said(sheet, one, text, day, until))
    return True


def _holds(row: sql.Row, day: dt.date) -> bool:
    return bool(row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day))


def _cut(row: sql.Row, day: dt.date, written: _Written) -> bool:
    """End what is known of a row from a day on, keeping what it says of the days before; False where it says nothing of them."""
    if row["valid_to"] is not None and row["valid_to"] <= day:
        return False
    written.end(row)
    if row["valid_from"] < day:
        written.add(
            row["row_key"],
            [row["period"], row["sha256"], row["row_number"], row["cells"], row["sealed"], row["valid_from"], day],
        )
    return True


def _said(sheet: Sheet, one: GivenRow, text: str, day: dt.date, until: dt.date | None) -> list[Any]:
    return [sheet.period_text, sheet.sha256, one.number, text, one.sealed, day, until]


class _Written:
    """What is to be written of one sheet: rows whose knowledge ends, and rows."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.ended: list[sql.Row] = []
        self.rows: list[tuple[str, list[Any]]] = []

    def end(self, row: sql.Row) -> None:
        self.ended.append(row)

    def add(self, key: str, row: list[Any]) -> None:
        self.rows.append((key, row))

    def write(self, connection: Connection, whose: dict[str, str]) -> None:
        """A moment of knowledge is never before that of what it ends."""
        if not self.rows and not self.ended:
            return
        moment = max([self.sheet.received_at, *(row["known_from"] for row in self.ended)])
        newest = sql.fetch(connection, "ledgers/select_newest_versions", **whose)
        versions: dict[str, int] = {row["row_key"]: row["version"] for row in newest}
        sql.execute_many(
            connection,
            "ledgers/end_knowledge",
            [
                {**whose, "row_key": row["row_key"], "version": row["version"], "known_until": moment}
                for row in self.ended
            ],
        )
        rows = []
        for key, said in self.rows:
            versions[key] = versions.get(key, 0) + 1
            rows.append([key, versions[key], *said])
        if rows:
            sql.execute(
                connection,
                "ledgers/insert_rows",
                **whose,
                street_code=self.sheet.street_code,
                known_from=moment,
                rows=json.dumps(rows, ensure_ascii=False, default=str),
            )
