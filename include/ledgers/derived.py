"""Rows of a ledger with the columns that are reckoned for them, and the entries of other ledgers that belong to each.

An entry that puts another one right counts as that one with the opposite sign, on its own day; so a sum over entries of a
direction has what was taken back taken off.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection

from include.ledgers.conditions import Cells, Days, all_of, number_of, test_of
from include.ledgers.reading import LedgerRow, rows_as_of
from include.ledgers.rows import SEPARATOR, form_of, ledger_of
from include.schemes.derived import Choice, Derived, Entries
from include.schemes.model import Scheme


class DerivedRows:
    """What is read of a street's or county's ledgers as of a day, as known at a moment; each ledger once."""

    def __init__(
        self, connection: Connection, scheme: Scheme, scope_code: str, days: Days, known_at: dt.datetime
    ) -> None:
        self.connection, self.scheme, self.scope_code = connection, scheme, scope_code
        self.days, self.known_at = days, known_at
        self._ledger = functools.cache(self._read)
        self._by_name: dict[int, dict[tuple[str, str], list[LedgerRow]]] = {}

    def of(self, form: str) -> list[LedgerRow]:
        """The rows of a form, with what is reckoned for them."""
        rows = self._ledger(ledger_of(self.scheme, form))
        for one in (one for one in self.scheme.derived if one.form == form):
            rows = [replace(row, cells={**row.cells, **self._reckoned(one, row)}) for row in rows]
        return rows

    def entries_of(self, entries: Entries, row: LedgerRow) -> list[LedgerRow]:
        """The entries that belong to a row, in the order of their days."""
        name = row.cells.get(entries.names, "") if entries.names else row.key.rpartition(SEPARATOR)[2]
        return self._named(entries).get((row.filler_code, name), [])

    def _read(self, ledger: str) -> list[LedgerRow]:
        rows = rows_as_of(self.connection, ledger, self.scope_code, self.days.as_of, self.known_at)
        found = form_of(ledger, self.days.period.year)
        corrects = found[1].rows.corrects if found and found[1].rows else ""
        numbers = [one.key for one in found[0].columns_of(found[1].key) if one.is_number] if found else []
        return _with_corrections(rows, corrects, numbers) if corrects else rows

    def _named(self, entries: Entries) -> dict[tuple[str, str], list[LedgerRow]]:
        """The entries by filler and what they name."""
        if id(entries) in self._by_name:
            return self._by_name[id(entries)]
        test, through = all_of(entries.where, self.days), self._through(entries)
        found: dict[tuple[str, str], list[LedgerRow]] = defaultdict(list)
        for row in self._ledger(ledger_of(self.scheme, entries.ledger)):
            if entries.by in row.cells and test(row.cells):
                named = row.filler_code, row.cells[entries.by]
                for name in dict.fromkeys((named, through.get(named, named))):
                    found[name].append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row.valid_from, row.period, row.row_number))
        self._by_name[id(entries)] = found
        return found

    def _through(self, entries: Entries) -> dict[tuple[str, str], tuple[str, str]]:
        if entries.through is None:
            return {}
        rows, to = self._ledger(ledger_of(self.scheme, entries.through.ledger)), entries.through.to
        return {(row.filler_code, row.key): (row.filler_code, row.cells[to]) for row in rows if to in row.cells}

    def _reckoned(self, one: Derived, row: LedgerRow) -> dict[str, str]:
        value = _chosen(one.choose, row.cells, self.days) if one.choose else self._taken(one, row)
        return {one.key: value} if value is not None else {}

    def _taken(self, one: Derived, row: LedgerRow) -> str | None:
        assert one.entries is not None
        rows = self.entries_of(one.entries, row)
        if one.take == "last":
            return next(
                (cells[one.columns[0]] for cells in map(_cells, reversed(rows)) if one.columns[0] in cells), None
            )
        if one.take == "sum":
            return _text(sum((_signed(one, entry.cells) for entry in rows), Decimal(0)))
        if one.take == "distinct":
            return str(len({tuple(entry.cells.get(name, "") for name in one.columns) for entry in rows}))
        return str(len(rows))


def _cells(row: LedgerRow) -> Cells:
    return row.cells


def _signed(one: Derived, cells: Cells) -> Decimal:
    number = number_of(cells[one.columns[0]]) if one.columns[0] in cells else Decimal(0)
    return number * one.signs.get(cells.get(one.signs_of, ""), Decimal(0)) if one.signs else number


def _chosen(choices: Sequence[Choice], cells: Cells, days: Days) -> str | None:
    for one in choices:
        if one.when is None or test_of(one.when, days)(cells):
            return cells.get(one.of) if one.of else one.is_
    return None


def _with_corrections(rows: Sequence[LedgerRow], corrects: str, numbers: Sequence[str]) -> list[LedgerRow]:
    """An entry that names another as wrong has that one's cells where it says nothing itself of what it is, and the opposite
    numbers."""
    by_key = {(row.filler_code, row.key): row for row in rows}
    found = []
    for row in rows:
        head, _, _ = row.key.rpartition(SEPARATOR)
        named = row.cells.get(corrects)
        wrong = by_key.get((row.filler_code, f"{head}{SEPARATOR if head else ''}{named}")) if named else None
        if wrong is None:
            found.append(row)
            continue
        own = {key: text for key, text in row.cells.items() if key in (corrects, *_days_of(row))}
        opposite = {key: _text(-number_of(text)) for key, text in row.cells.items() if key in numbers}
        found.append(replace(row, cells={**wrong.cells, **own, **opposite}))
    return found


def _days_of(row: LedgerRow) -> list[str]:
    """The columns that hold the day of the entry."""
    return [key for key, text in row.cells.items() if text == row.valid_from.isoformat()]


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"
