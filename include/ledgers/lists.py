"""Lists of names beside the sheet that says how many there are: whether they are as many, and who is in one state too often running."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from include.ledgers.conditions import Cells, Days, all_of
from include.ledgers.known import Known
from include.ledgers.rows import SEPARATOR, is_of_period, ledger_of
from include.period import Period
from include.schemes.model import Scheme
from include.schemes.rows import CountedRows


class Run(NamedTuple):
    """A row of the sheet, and the periods running in which its subject was in the state that is looked for."""

    key: str
    periods: list[str]


def of_period(known: Known, ledger: str, filler_code: str, period: Period) -> list[Cells]:
    """A filler's rows of one period in a ledger whose rows are of one, as they are known now."""
    rows = known.standing(ledger, filler_code)
    return [one.cells for key, one in rows.items() if not one.has_ended and is_of_period(key, period)]


def runs(
    rows: Mapping[str, Cells], by: Sequence[str], test: Callable[[Cells], bool], own: Period, least: int
) -> Iterator[Run]:
    """The runs of at least so many periods that go through a row of the period, whose rows are those of a sheet. `rows` by their
    keys, which begin with the period; one in which somebody is not named at all is neither here nor there."""
    subjects: dict[tuple[str, ...], dict[Period, str]] = defaultdict(dict)
    for key, cells in rows.items():
        if all(column in cells for column in by):
            period = Period.parse(key.partition(SEPARATOR)[0])
            subjects[tuple(cells[column] for column in by)][period] = key
    for keys in subjects.values():
        ordered = sorted(keys, key=lambda one: one.start_date)
        for is_so, group in groupby(ordered, key=lambda one: test(rows[keys[one]])):
            running = list(group)
            if is_so and own in running and len(running) >= least:
                yield Run(keys[own], [one.name for one in running])


def count_within(
    known: Known, counted: Sequence[CountedRows], scheme: Scheme, filler_code: str, days: Days
) -> int | None:
    """How many rows of some ledgers there are; None while the first of them has none, as its system is not run."""
    found = []
    for one in counted:
        rows = known.standing(ledger_of(scheme, one.ledger), filler_code).values()
        test = all_of(one.where, days)
        found.append(sum(not row.has_ended and test(row.cells) for row in rows))
    return sum(found) if found[0] else None
