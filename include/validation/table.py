"""A batch of forms as one long table: a row a cell, and a row a check between figures.

Every row carries what its checks need and None where a check does not concern it, so that a handful of expectations
judges any number of forms of any scheme. Numbers are exact decimals.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from include.schemes.fields import Check, FormField
from include.schemes.holding import holds
from include.schemes.model import Scheme
from include.schemes.references import references
from include.validation.findings import Candidate, Cell

NUMBERS = ("count", "yuan", "decimal")
GIVEN = "given"
IDLE, INCOMPLETE = "idle", "incomplete"  # notes: a text where its figure says there is none; half a row of a repeat
PRECISION = 100


class Row(NamedTuple):
    """`given` is None where a required cell is empty; `low` and `high` are None where there is no such limit.

    `alike` are further rows of a sheet of many rows, in which just the same stands in this column: they are judged with it.
    `note` is what messages.yaml says of a cell that is accepted and yet to be looked at; it has a `problem`, too.
    """

    candidate: Candidate
    field: FormField
    check: Check | None
    given: str | None
    problem: str | None = None
    choice: str | None = None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    note: str = ""
    alike: Sequence[str] = ()


@dataclass(frozen=True)
class Question:
    """Something that is judged of every hand-in of a form, as `rows` of it. It depends on the cells of `reads`, on last period's
    figures of `previous` and on the register's figure of `registered` alone: who says the same there is judged alike."""

    rows: Callable[[Candidate], Iterable[Row]]
    reads: Sequence[str]
    previous: Sequence[str] = ()
    registered: str = ""


def questions_of(scheme: Scheme, form: str) -> list[Question]:
    """What is judged of one form, in order. A check with a figure that is missing or unreadable is left out."""
    fields = scheme.cells_of(form)
    return [*map(_of_cell, fields), *_of_half_rows(scheme, fields), *_of_checks(scheme, fields)]


def _of_cell(field: FormField) -> Question:
    reads = (field.key, field.optional_when.figure) if field.optional_when else (field.key,)
    return Question(partial(_cell_rows, field), reads)


def _cell_rows(field: FormField, candidate: Candidate) -> Iterator[Row]:
    cell = candidate.cells.get(field.key)
    if cell is None or not is_filled(cell):
        if _is_required(field, candidate.cells):
            yield Row(candidate, field, None, None)
        return
    if field.optional_when is not None and _is_idle(field, candidate.cells):
        yield Row(candidate, field, None, GIVEN, IDLE, note=IDLE)
    yield cell_row(candidate, field, cell, number_of(field, cell))


def _of_half_rows(scheme: Scheme, fields: Sequence[FormField]) -> Iterator[Question]:
    rows: dict[tuple[str, int], list[FormField]] = defaultdict(list)
    repeats = {repeat.key for repeat in scheme.repeats}
    optional = repeats | {tally.key for tally in scheme.tallies if tally.rows}
    for field in fields:
        if field.group in optional:
            rows[field.group, field.row].append(field)
    for (group, _), row in rows.items():
        yield Question(partial(_half_row_rows, row, group in repeats), [field.key for field in row])


def _half_row_rows(fields: Sequence[FormField], is_of_a_repeat: bool, candidate: Candidate) -> Iterator[Row]:
    """The empty cells of a row in which something else was filled in: such a row of a repeat does not count, and one of
    a tally goes back, for votes that nobody wrote down are not 0."""
    cells = [candidate.cells.get(field.key) for field in fields]
    if not any(cell and cell.value is not None for cell in cells):
        return
    for field, cell in zip(fields, cells, strict=True):
        if not is_filled(cell):
            yield (
                Row(candidate, field, None, GIVEN, INCOMPLETE, note=INCOMPLETE)
                if is_of_a_repeat
                else Row(candidate, field, None, None)
            )


def _of_checks(scheme: Scheme, fields: Sequence[FormField]) -> Iterator[Question]:
    by_key = {field.key: field for field in fields}
    for check in scheme.all_checks:
        rows = partial(_rows_of_check, by_key, check)
        if check.was is not None:
            if asked := [field.key for field in fields if check.figure in (field.key, field.group)]:
                yield Question(rows, asked, asked)
        elif check.marks in by_key:
            reads = dict.fromkeys([*references(check), *check.plus, *check.minus])
            yield Question(rows, list(reads), [check.figure] if check.figure else [], check.code)


def _rows_of_check(fields: Mapping[str, FormField], check: Check, candidate: Candidate) -> Iterator[Row]:
    yield from check_rows(candidate, fields, Numbers(fields, candidate.cells), [check])


class Numbers(Mapping[str, Decimal]):
    """The figures that can be read, by key: each is made when a check asks for it."""

    def __init__(self, fields: Mapping[str, FormField], cells: Mapping[str, Cell]) -> None:
        self._fields, self._cells = fields, cells

    def __getitem__(self, key: str) -> Decimal:
        number = number_of(self._fields[key], self._cells.get(key))
        if number is None:
            raise KeyError(key)
        return number

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._fields if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def cell_row(
    candidate: Candidate, field: FormField, cell: Cell, number: Decimal | None, alike: Sequence[str] = ()
) -> Row:
    """A cell that was filled in. `number` is its value, where it is one."""
    value = number if field.type in NUMBERS else None
    low = Decimal(0) if field.at_least is None and field.type in ("count", "yuan") else field.at_least
    choice = cell.value if field.choices else None
    return Row(candidate, field, None, GIVEN, cell.problem, choice, value, low, field.at_most, alike=alike)


def is_filled(cell: Cell | None) -> bool:
    """False for an empty cell, and for 无 and the like where a cell may stay empty: they are read as no value."""
    return cell is not None and (cell.value is not None or cell.problem is not None)


def _is_idle(field: FormField, cells: Mapping[str, Cell]) -> bool:
    """Whether a text stands in a cell that the figure it depends on says is to stay empty."""
    return field.optional_when is not None and not field.is_optional and not _is_required(field, cells)


def _is_required(field: FormField, cells: Mapping[str, Cell]) -> bool:
    """An empty cell is excused only where the scheme says optional, or where the figure it depends on says so.

    A figure that is itself missing or unreadable says nothing: 0 is a figure, an empty cell is not.
    """
    if field.is_optional:
        return False
    other = cells.get(field.optional_when.figure) if field.optional_when else None
    if field.optional_when is None or other is None or other.value is None:
        return True
    wanted = field.optional_when.is_
    if isinstance(wanted, Decimal):
        return Decimal(other.value) != wanted
    return other.value != wanted


def check_rows(
    candidate: Candidate, fields: Mapping[str, FormField], numbers: Mapping[str, Decimal], checks: Iterable[Check]
) -> Iterator[Row]:
    """The checks between figures, of those whose figures are all there."""
    for check in checks:
        if check.was is not None:
            yield from _given_up(candidate, fields.values(), check)
            continue
        if check.when is not None and not holds(check.when, lambda key: _read(candidate, key, numbers)):
            continue
        limits = _limits(candidate, check, numbers)
        if limits is not None and check.marks in fields:
            value, low, high = limits
            yield Row(candidate, fields[check.marks], check, GIVEN, None, None, value, low, high)


def _given_up(candidate: Candidate, fields: Iterable[FormField], check: Check) -> Iterator[Row]:
    """The cells of a field or a checklist in which last period's answer stands no more."""
    for field in fields:
        cell = candidate.cells.get(field.key)
        if check.figure not in (field.key, field.group) or cell is None or cell.value is None:
            continue
        if candidate.previous.get(field.key) == check.was != cell.value:
            yield Row(candidate, field, check, GIVEN, check.message)


def _limits(
    candidate: Candidate, check: Check, numbers: Mapping[str, Decimal]
) -> tuple[Decimal, Decimal | None, Decimal | None] | None:
    """The figure of a check and its limits; None where one side is missing."""
    figures = [numbers.get(key) for key in check.sum or [check.figure or ""]]
    known = [figure for figure in figures if figure is not None]
    if len(known) < len(figures):
        return None
    value = sum(known, Decimal(0))
    if check.sum:
        limit = check.at_least if isinstance(check.at_least, Decimal) else numbers.get(right_of(check))
        if limit is None:
            return None
        limit *= check.times
        return value, None if check.at_most else limit, None if check.at_least is not None else limit
    if check.jump_pct is not None:
        previous = Decimal(candidate.previous.get(check.figure or "") or 0)
        if previous == 0:
            return None
        margin = abs(previous) * check.jump_pct / 100
        return value, previous - margin, previous + margin
    if check.against_previous is not None:
        limit = Decimal(candidate.previous.get(check.figure or "") or 0) * check.times
        is_least = check.against_previous == "at_least"
        return (value, limit if is_least else None, None if is_least else limit) if limit else None
    if check.plus:
        return _balance(candidate, check, numbers, value)
    if check.inside_period:
        period = candidate.scheme.period
        return value, Decimal(period.start_date.toordinal()), Decimal(period.end_date.toordinal())
    if (held := candidate.registered.get(check.code)) is None:
        return None
    margin = held * (check.tolerance_pct or 0) / 100
    return value, held - margin, None if check.registry_attribute else held + margin


def _balance(
    candidate: Candidate, check: Check, numbers: Mapping[str, Decimal], value: Decimal
) -> tuple[Decimal, Decimal, Decimal] | None:
    """A stock: what there was, what came, what went. None where one of them is not known."""
    before = candidate.previous.get(check.figure or "")
    moved = [numbers.get(key) for key in (*check.plus, *check.minus)]
    if not before or None in moved:
        return None
    come = sum((numbers[key] for key in check.plus), Decimal(before))
    there = come - sum((numbers[key] for key in check.minus), Decimal(0))
    return value, there, there


def _read(candidate: Candidate, key: str, numbers: Mapping[str, Decimal]) -> Fraction | str | None:
    cell = candidate.cells.get(key)
    return Fraction(numbers[key]) if key in numbers else cell.value if cell else None


def number_of(field: FormField, cell: Cell | None) -> Decimal | None:
    """A figure's value; a date counts as its day number."""
    if cell is None or cell.value is None:
        return None
    if field.type == "date":
        return Decimal(dt.date.fromisoformat(cell.value).toordinal())
    return Decimal(cell.value) if field.type in NUMBERS else None


def right_of(check: Check) -> str:
    """The figure that a sum is held against; empty where it is a number."""
    return next((one for one in (check.at_most, check.at_least, check.equals) if isinstance(one, str)), "")


def kind_of(check: Check) -> str:
    """Which of the kinds of messages.yaml a check of the scheme is."""
    if check.inside_period:
        return "inside_period"
    return next(
        kind
        for kind in (
            "at_most",
            "at_least",
            "equals",
            "jump_pct",
            "registry_column",
            "registry_link",
            "registry_attribute",
            "was",
            "against_previous",
            "plus",
        )
        if getattr(check, kind) is not None
    )
