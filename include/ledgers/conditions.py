"""What holds of a row of a ledger: the vocabulary of include/schemes/conditions.py, of which `figure` names a column.

A condition is made into a function once, and asked of many rows. Cells are canonical texts by column; a column that is not
filled in is not there.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any

from include.period import Period
from include.schemes.conditions import Condition
from include.schemes.fields import FormField

Cells = Mapping[str, str]
Test = Callable[[Cells], bool]
Columns = Mapping[str, FormField]

_ORDER = {"below": lt, "above": gt, "at_least": ge, "at_most": le}
_DAYS = {"since": ge, "until": le, "later_than": gt}
_JOINTS = re.compile("[、，,;；]")
_MONTH_LENGTH = len("2026-07")


@dataclass(frozen=True)
class Days:
    """The days that a condition may name: that of the reading, that of the run, and those of the period."""

    as_of: dt.date
    today: dt.date
    period: Period

    def of(self, word: str) -> dt.date:
        if word == "year_start":
            return dt.date(self.period.year, 1, 1)
        found: dt.date = {
            "as_of": self.as_of,
            "today": self.today,
            "period_start": self.period.start_date,
            "period_end": self.period.end_date,
        }[word]
        return found


@functools.lru_cache(maxsize=65_536)
def day_of(text: str) -> dt.date:
    """The day in a cell; of a month its first."""
    return dt.date.fromisoformat(f"{text}-01" if len(text) == _MONTH_LENGTH else text)


@functools.lru_cache(maxsize=65_536)
def number_of(text: str) -> Decimal:
    return Decimal(text)


def whole_years(since: dt.date, until: dt.date) -> int:
    """How many years have passed; negative before the day."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def test_of(condition: Condition, days: Days) -> Test:
    """The condition as a function of a row's cells. What is not filled in holds of no comparison but is_not and is_empty."""
    if condition.not_ is not None:
        inner = test_of(condition.not_, days)
        return lambda cells: not inner(cells)
    if condition.parts:
        tests = [test_of(part, days) for part in condition.parts]
        if isinstance(condition.all, list):
            return lambda cells: all(test(cells) for test in tests)
        return lambda cells: any(test(cells) for test in tests)
    return _comparison(condition, days)


def all_of(conditions: Sequence[Condition], days: Days) -> Test:
    """All of several; of none everything holds."""
    tests = [test_of(one, days) for one in conditions]
    if len(tests) == 1:
        return tests[0]
    return lambda cells: all(test(cells) for test in tests)


def _comparison(condition: Condition, days: Days) -> Test:
    column = condition.figure or ""
    name, wanted = condition.comparison
    if name == "has":
        return lambda cells: wanted in names_in(cells.get(column, ""))
    if isinstance(condition.of, str):
        return _quotient(column, condition.of, name, wanted)
    if name == "is_empty":
        return lambda cells: (column not in cells) is wanted
    if name in _DAYS:
        order, day = _DAYS[name], days.of(wanted)
        return lambda cells: column in cells and order(day_of(cells[column]), day)
    if condition.in_years:
        counted = _years_test(name, wanted)
        return lambda cells: column in cells and counted(whole_years(day_of(cells[column]), days.as_of))
    if name in _ORDER:
        order = _ORDER[name]
        limit = wanted if isinstance(wanted, Decimal) else Fraction(str(wanted))
        return lambda cells: column in cells and order(number_of(cells[column]), limit)
    if name == "in_":
        texts, numbers = _split(wanted)
        return lambda cells: column in cells and _is_one(cells[column], texts, numbers)
    texts, numbers = _split([wanted])
    if name == "is_not":
        return lambda cells: column not in cells or not _is_one(cells[column], texts, numbers)
    return lambda cells: column in cells and _is_one(cells[column], texts, numbers)


def names_in(text: str) -> list[str]:
    """The names in one cell, joined by 、 or commas."""
    return [name for part in _JOINTS.split(text) if (name := part.strip())]


def _quotient(column: str, of: str, name: str, wanted: Any) -> Test:
    """A column ÷ another against a limit; of nothing, or by 0, no comparison holds."""
    order = _ORDER[name]
    limit = Fraction(str(wanted))

    def holds(cells: Cells) -> bool:
        if column not in cells or of not in cells or not (whole := number_of(cells[of])):
            return False
        return bool(order(Fraction(number_of(cells[column])) / Fraction(whole), limit))

    return holds


def _years_test(name: str, wanted: Any) -> Callable[[int], bool]:
    if name in _ORDER:
        order = _ORDER[name]
        return lambda years: bool(order(years, wanted))
    accepted = {Decimal(str(one)) for one in (wanted if name == "in_" else [wanted])}
    return lambda years: (years in accepted) is (name != "is_not")


def _split(wanted: Sequence[Decimal | str]) -> tuple[frozenset[str], frozenset[Decimal]]:
    """What a cell may equal: texts, and numbers however they are written."""
    texts = {one for one in wanted if isinstance(one, str)}
    return frozenset(texts), frozenset(one for one in wanted if isinstance(one, Decimal))


def _is_one(text: str, texts: frozenset[str], numbers: frozenset[Decimal]) -> bool:
    if text in texts:
        return True
    if not numbers:
        return False
    try:
        return number_of(text) in numbers
    except ArithmeticError:
        return False
