"""What a ledger is called, which form it is, and what tells its rows apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from include.period import Period
from include.schemes.fields import Form
from include.schemes.loader import find_scheme, own_periods
from include.schemes.model import Scheme
from include.schemes.rows import Rows

SEPARATOR = "/"


@dataclass(frozen=True)
class GivenRow:
    """A row of an accepted sheet: `cells` by column (only what is filled in), `sealed` the ciphertext of its personal columns."""

    key: str
    number: int  # the line on which it stands
    cells: Mapping[str, str]
    sealed: str | None = None


def ledger_of(scheme: Scheme, to: str) -> str:
    """The ledger that a system names: one of its own forms, or <system>.<form>."""
    return to if "." in to else f"{scheme.scheme}.{to}"


def form_of(ledger: str, year: int) -> tuple[Scheme, Form] | None:
    """The form whose rows a ledger has, in the latest period of the year for which its system asks it; None where none does."""
    system, _, key = ledger.partition(".")
    for period in reversed(own_periods(system, year, with_sheets=True)):
        scheme = find_scheme(system, period)
        if scheme is not None and key in scheme.row_forms:
            return scheme, scheme.row_forms[key]
    return None


def told_key(rows: Rows, personal: Collection[str], kept: str, cells: Mapping[str, str]) -> str:
    """The key of a kept row as a sheet says it: of one whose key tells of a person it is kept as a code only (ledgers/personal.py);
    as it is kept where the time of its cells was up."""
    parts = [cells.get(column, "") for column in rows.key]
    if not any(column in personal for column in rows.key) or not all(parts):
        return kept
    return SEPARATOR.join([kept.partition(SEPARATOR)[0], *parts])


def is_of_period(key: str, period: Period | int) -> bool:
    """Whether a row whose key is counted anew each period (or year) is of that one."""
    return key.partition(SEPARATOR)[0] == str(period)


def row_key(rows: Rows, cells: Mapping[str, str], period: Period) -> str:
    """What tells a row from the filler's others; empty where a column of the key is not filled in."""
    if not rows.key:
        return str(period)
    parts = [cells.get(column, "") for column in rows.key]
    if not all(parts):
        return ""
    if rows.key_per:
        parts.insert(0, str(period.year if rows.key_per == "year" else period))
    return SEPARATOR.join(parts)
