"""Figures of ledgers: how many rows of a subject's there are, or what a column of theirs comes to, as it held on a day."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import Connection

from include.db import sql
from include.ledgers.conditions import Cells, Days, all_of, number_of
from include.ledgers.derived import DerivedRows
from include.ledgers.reading import LedgerRow, rows_as_of
from include.ledgers.rows import form_of, ledger_of
from include.period import Period, chinese_date, in_zone
from include.registry.units import span_of
from include.schemes.inputs import Having, Input
from include.schemes.model import Scheme

_MARK = "ledger"
_EXACT = 100  # digits: sums of what stands in cells are never rounded


@dataclass(frozen=True)
class LedgerFigures:
    """By subject; of who never handed the ledger in there is none. `source`: what it was read of, and as of which day."""

    values: Mapping[str, Fraction | None]
    source: str


class _Entry(NamedTuple):
    """A row with whose it is, and what it counts for: one that takes another back counts for −1 as that one."""

    code: str
    cells: Cells
    sign: int


class Ledgers:
    """The ledgers of a street or county as they were known at a moment, each read once for each day."""

    def __init__(self, connection: Connection, scheme: Scheme, scope_code: str, known_at: dt.datetime) -> None:
        self.connection, self.scheme, self.scope_code, self.known_at = connection, scheme, scope_code, known_at
        self.rows_of = functools.cache(self._rows_of)
        self.fillers_of = functools.cache(self._fillers_of)

    def figures(self, one: Input, period: Period) -> LedgerFigures:
        """The figure of every subject, of the rows as they held on the period's last day."""
        source, ledger = one.from_, ledger_of(self.scheme, one.from_.ledger)
        days = Days(period.end_date, in_zone(self.known_at).date(), period)
        entries = self.rows_of(ledger, period, source.by)
        holds = all_of(source.where, days)
        counted = [each for each in entries if holds(each.cells)]
        if source.having is not None:
            meets = self._meets(ledger, source.having, days)
            counted = [each for each in counted if meets(each)]
        mine: dict[str, list[_Entry]] = defaultdict(list)
        for each in counted:
            mine[each.code].append(each)
        told = set(mine) if source.by else self.fillers_by(ledger, period.end_date) | set(mine)
        values = {code: _value(one, mine.get(code, [])) for code in sorted(told)}
        return LedgerFigures(values, f"{ledger}/{_MARK}/{period.end_date}")

    def _rows_of(self, ledger: str, period: Period, by: str) -> list[_Entry]:
        found = form_of(ledger, period.year)
        if found and any(one.form == found[1].key for one in found[0].derived):
            days = Days(period.end_date, in_zone(self.known_at).date(), period)
            rows = DerivedRows(self.connection, found[0], self.scope_code, days, self.known_at).of(found[1].key)
        else:
            rows = rows_as_of(self.connection, ledger, self.scope_code, period.end_date, self.known_at)
        return _entries(rows, ledger, period, by)

    def fillers_by(self, ledger: str, day: dt.date) -> set[str]:
        """Who has handed the ledger in, with rows or with the tick for none, of a period that had begun by a day."""
        return {code for code, since in self.fillers_of(ledger).items() if since <= day}

    def _fillers_of(self, ledger: str) -> dict[str, dt.date]:
        """Each filler's first sheet: when the period began that it is of."""
        system, _, form = ledger.partition(".")
        asked = {"scheme": system, "form": form, "known_at": self.known_at, **span_of(self.scope_code)}
        first: dict[str, dt.date] = {}
        for row in sql.fetch(self.connection, "scoring/select_fillers", **asked):
            since = Period.parse(row["period"]).start_date
            first[row["unit_code"]] = min(since, first.get(row["unit_code"], since))
        return first

    def _meets(self, ledger: str, having: Having, days: Days) -> Callable[[_Entry], bool]:
        """Whether the rows of the other ledger that name a row are enough."""
        own = form_of(ledger, days.period.year)
        rows = own[1].rows if own else None
        of = having.of or (rows.key[0] if rows and rows.key else "")
        holds = all_of(having.where, days)
        sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for each in self.rows_of(ledger_of(self.scheme, having.ledger), days.period, ""):
            if having.column in each.cells and holds(each.cells):
                number = Fraction(each.cells.get(having.sum, "0")) if having.sum else Fraction(1)
                sums[each.code, each.cells[having.column]] += number * each.sign

        def meets(each: _Entry) -> bool:
            total = sums[each.code, each.cells.get(of, "")]
            is_enough = having.at_least is None or total >= having.at_least
            return is_enough and (having.below is None or total < having.below)

        return meets


def cited_ledger(source: str) -> str | None:
    """As a sentence cites the ledger of a figure: 《党员名册》（截至2026年6月30日）; None for another source."""
    ledger, _, rest = source.partition("/")
    mark, _, day = rest.partition("/")
    if mark != _MARK:
        return None
    on_date = dt.date.fromisoformat(day)
    found = form_of(ledger, on_date.year)
    return f"《{found[1].name if found else ledger}》（截至{chinese_date(on_date)}）"


def _value(one: Input, entries: Sequence[_Entry]) -> Fraction | None:
    """None where there is nothing of which it could be made."""
    if distinct := one.from_.distinct:
        times: Counter[tuple[str, ...]] = Counter()
        for each in entries:
            times[tuple(each.cells.get(column, "") for column in distinct)] += each.sign
        return Fraction(sum(count > 0 for count in times.values()))
    if one.take == "count":
        return Fraction(sum(each.sign for each in entries))
    column = one.from_.column
    numbers = [(number_of(each.cells[column]), each.sign) for each in entries if column in each.cells]
    with localcontext(prec=_EXACT):
        total = Fraction(sum((number * sign for number, sign in numbers), Decimal(0)))
    if one.take == "sum":
        return total
    count = sum(sign for _, sign in numbers)
    if count <= 0:
        return None
    if one.take == "mean":
        return total / count
    standing = [number for number, sign in numbers if sign > 0]
    return Fraction(min(standing) if one.take == "min" else max(standing))


def _entries(rows: Sequence[LedgerRow], ledger: str, period: Period, by: str) -> list[_Entry]:
    found = form_of(ledger, period.year)
    corrects = found[1].rows.corrects if found and found[1].rows else ""
    if not corrects:
        return [_Entry(_whose(row, row.cells, by), row.cells, 1) for row in rows]
    known = {(row.filler_code, row.key): row for row in rows}
    entries = []
    for row in rows:
        if not (named := row.cells.get(corrects)):
            entries.append(_Entry(_whose(row, row.cells, by), row.cells, 1))
        elif (taken := known.get((row.filler_code, _key_beside(row.key, named)))) is not None:
            entries.append(_Entry(_whose(row, taken.cells, by), taken.cells, -1))
    return entries


def _key_beside(key: str, named: str) -> str:
    """The key of the row that is named, in the year or period of the one that names it."""
    head, slash, _ = key.rpartition("/")
    return f"{head}{slash}{named}"


def _whose(row: LedgerRow, cells: Cells, by: str) -> str:
    return cells.get(by, "") if by else row.filler_code
