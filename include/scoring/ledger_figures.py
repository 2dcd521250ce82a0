"""Figures of ledgers: how many rows of a subject's there are, or what a column of theirs comes to, as it held on a day."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection

from include.db.sql import fetch
from include.ledgers.conditions import Cells, Days, all_of
from include.ledgers.reading import LedgerRow, rows_as_of
from include.ledgers.rows import form_of, ledger_of
from include.period import Period, chinese_date, in_zone
from include.registry.units import span_of
from include.schemes.inputs import Having, Input
from include.schemes.model import Scheme

_MARK = "ledger"


@dataclass(frozen=True)
class LedgerFigures:
    """By subject; of who never handed the ledger in there is none. `source`: what it was read of, and as of which day."""

    values: Mapping[str, Fraction | None]
    source: str


@dataclass(frozen=True)
class _Entry:
    """A row with whose it is, and what it counts for: one that takes another back counts for −1 as that one."""

    code: str
    cells: Cells
    sign: int


def ledger_figures(
    connection: Connection, scheme: Scheme, one: Input, scope_code: str, period: Period, known_at: dt.datetime
) -> LedgerFigures:
    """The figure of every subject of a street or county in its period, as it was known at a moment."""
    source, ledger = one.from_, ledger_of(scheme, one.from_.ledger)
    days = Days(period.end_date, in_zone(known_at).date(), period)
    entries = _entries(connection, ledger, scope_code, days, known_at, source.by)
    holds = all_of(source.where, days)
    meets = _meets(connection, scheme, ledger, source.having, scope_code, days, known_at) if source.having else None
    counted = [each for each in entries if holds(each.cells) and (meets is None or meets(each))]
    mine: dict[str, list[_Entry]] = defaultdict(list)
    for each in counted:
        mine[each.code].append(each)
    told = {each.code for each in entries} | (
        set() if source.by else _fillers(connection, ledger, scope_code, known_at)
    )
    values = {code: _value(one, mine.get(code, [])) for code in sorted(told)}
    return LedgerFigures(values, f"{ledger}/{_MARK}/{period.end_date}")


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
    numbers = [(Fraction(each.cells[column]), each.sign) for each in entries if column in each.cells]
    total = sum((number * sign for number, sign in numbers), Fraction(0))
    if one.take == "sum":
        return total
    count = sum(sign for _, sign in numbers)
    if count <= 0:
        return None
    if one.take == "mean":
        return total / count
    standing = [number for number, sign in numbers if sign > 0]
    return min(standing) if one.take == "min" else max(standing)


def _entries(
    connection: Connection, ledger: str, scope_code: str, days: Days, known_at: dt.datetime, by: str
) -> list[_Entry]:
    rows = rows_as_of(connection, ledger, scope_code, days.as_of, known_at)
    found = form_of(ledger, days.period.year)
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


def _meets(
    connection: Connection,
    scheme: Scheme,
    ledger: str,
    having: Having,
    scope_code: str,
    days: Days,
    known_at: dt.datetime,
) -> Callable[[_Entry], bool]:
    """Whether the rows of the other ledger that name a row are enough."""
    other = ledger_of(scheme, having.ledger)
    own = form_of(ledger, days.period.year)
    rows = own[1].rows if own else None
    of = having.of or (rows.key[0] if rows and rows.key else "")
    holds = all_of(having.where, days)
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for each in _entries(connection, other, scope_code, days, known_at, ""):
        if having.column in each.cells and holds(each.cells):
            number = Fraction(each.cells.get(having.sum, "0")) if having.sum else Fraction(1)
            sums[each.code, each.cells[having.column]] += number * each.sign

    def meets(each: _Entry) -> bool:
        total = sums[each.code, each.cells.get(of, "")]
        return (having.at_least is None or total >= having.at_least) and (having.below is None or total < having.below)

    return meets


def _fillers(connection: Connection, ledger: str, scope_code: str, known_at: dt.datetime) -> set[str]:
    """Who has handed the ledger in, with rows or with the tick for none."""
    system, _, form = ledger.partition(".")
    rows: Iterable[Mapping[str, str]] = fetch(
        connection, "scoring/select_fillers", scheme=system, form=form, **span_of(scope_code), known_at=known_at
    )
    return {row["unit_code"] for row in rows}
