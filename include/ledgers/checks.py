"""What must hold of the rows of a sheet: of each by itself, and of all that would stand once it is accepted.

Checks of a cell alone (type, range, options) are those of every form (include/validation).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, get_args

from include.ledgers.conditions import Cells, Days, all_of, day_of, names_in, number_of, test_of
from include.ledgers.known import Known
from include.ledgers.lists import count_within, of_period, runs
from include.ledgers.rows import form_of, is_of_period, ledger_of
from include.period import months_later
from include.registry.units import find_unit
from include.schemes.conditions import Day
from include.schemes.model import Scheme
from include.schemes.rows import REGISTRY, ListTotals, Reference, RowCheck, Rows, SetCheck

_DAY_WORDS = get_args(Day)
_OF_DAYS = ("not_before", "not_after", "later_than", "same_as")


@dataclass(frozen=True)
class RowSheet:
    """The rows of one sheet, by what the reader calls them: `cells` only what is filled in and could be read; `keys` what each is
    kept under, and `numbers` on which line it stands. `standing`: the filler's rows that hold, by key."""

    scheme: Scheme
    form: str
    filler_code: str
    cells: Mapping[str, Cells]
    keys: Mapping[str, str]
    numbers: Mapping[str, int]
    standing: Mapping[str, Cells]
    days: Days

    @property
    def rows(self) -> Rows:
        rows = self.scheme.row_forms[self.form].rows
        assert rows is not None
        return rows


class Wrong(NamedTuple):
    """One thing wrong. `row` and `column` say where (empty: nowhere); `kind` and `more` are what words.yaml says of it."""

    code: str
    severity: str
    row: str
    column: str
    said: str
    found: str
    kind: str
    more: Mapping[str, str]


def wrong_rows(sheet: RowSheet, known: Known) -> Iterator[Wrong]:
    """All that is wrong, in the order of the checks."""
    yield from _built_in(sheet)
    scheme, form = sheet.scheme, sheet.form
    yield from wrong_of_checks(sheet, known, [*scheme.row_checks_of(form), *scheme.set_checks_of(form)])


def wrong_of_checks(sheet: RowSheet, known: Known, checks: Sequence[RowCheck | SetCheck]) -> Iterator[Wrong]:
    """What does not hold of some checks."""
    after = _after(sheet) if any(isinstance(check, SetCheck) for check in checks) else {}
    for check in checks:
        yield from _of_set(sheet, check, after, known) if isinstance(check, SetCheck) else _of_rows(sheet, check, known)


def _built_in(sheet: RowSheet) -> Iterator[Wrong]:
    rows, first = sheet.rows, dict[str, str]()
    column = rows.key[0] if rows.key else next(iter(one.key for one in sheet.scheme.columns_of(sheet.form)))
    if len(sheet.cells) > rows.at_most:
        more = {"count": str(len(sheet.cells)), "limit": str(rows.at_most)}
        yield Wrong("too_many", "fail", "", "", "", "", "too_many", more)
    for row, key in sheet.keys.items():
        if not key:
            continue
        shown = key.rpartition("/")[2] if rows.key_per else key
        if key in first:
            more = {"other": str(sheet.numbers[first[key]]), "key": shown, "noun": rows.noun}
            yield Wrong(f"row_twice:{row}", "fail", row, column, "", shown, "twice", more)
            continue
        first[key] = row
        before = sheet.standing.get(key) if rows.keep == "entries" else None
        if before is not None and dict(before) != dict(sheet.cells[row]):
            yield Wrong(f"row_known:{row}", "fail", row, column, "", shown, "known", {"key": shown})
        if rows.corrects and (named := sheet.cells[row].get(rows.corrects)):
            full = key[: len(key) - len(shown)] + named
            if full not in sheet.standing and full not in sheet.keys.values():
                yield Wrong(f"corrects:{row}", "fail", row, rows.corrects, "", named, "corrects", {"key": named})


def _of_rows(sheet: RowSheet, check: RowCheck, known: Known) -> Iterator[Wrong]:
    applies = test_of(check.when, sheet.days) if check.when else None
    holds, kind, more = _row_test(sheet, check, known)
    for row, cells in sheet.cells.items():
        if (applies is None or applies(cells)) and not holds(cells):
            limit = {"limit": more(cells)} if callable(more) else more
            found = cells.get(check.marked, "")
            yield Wrong(f"{check.code}:{row}", check.severity, row, check.marked, check.message, found, kind, limit)


def _row_test(
    sheet: RowSheet, check: RowCheck, known: Known
) -> tuple[Callable[[Cells], bool], str, Mapping[str, str] | Callable[[Cells], str]]:
    """Whether a row is right, which kind of check that is, and what its words need (of a row, where that differs)."""
    column = check.column
    if check.required:
        return lambda cells: column in cells, "required", {}
    if check.holds is not None:
        return test_of(check.holds, sheet.days), "holds", {}
    if check.multiple_of is not None:
        step = check.multiple_of
        return (
            lambda cells: column not in cells or number_of(cells[column]) % step == 0,
            "multiple_of",
            {"limit": f"{step:f}"},
        )
    if check.within:
        most = count_within(known, check.within, sheet.scheme, sheet.filler_code, sheet.days)
        fits = lambda cells: most is None or column not in cells or number_of(cells[column]) <= most  # noqa: E731
        return fits, "at_most", {"limit": str(most)}
    if other := check.differs:
        label = sheet.scheme.columns[other].label
        return lambda cells: column not in cells or cells[column] != cells.get(other), "differs", {"limit": label}
    if check.near_register:
        return _near_register(sheet, check, known)
    if check.equals:
        return _equals(check), "equals", lambda cells: cells.get(check.equals, "0")
    if check.refers is not None:
        named, kind, more = _named(sheet, check.refers, known)
        is_asked = bool(named) or not check.refers.also
        return lambda cells: not is_asked or column not in cells or cells[column] in named, kind, more
    return _of_days(sheet, check, known)


def _equals(check: RowCheck) -> Callable[[Cells], bool]:
    """Whether columns together, or the names in one, are as many as another says."""

    def holds(cells: Cells) -> bool:
        if check.equals not in cells or not all(column in cells for column in check.sum):
            return True  # what is missing is said by itself
        count = (
            len(names_in(cells.get(check.names, "")))
            if check.names
            else sum(number_of(cells[one]) for one in check.sum)
        )
        return count == number_of(cells[check.equals])

    return holds


def _near_register(
    sheet: RowSheet, check: RowCheck, known: Known
) -> tuple[Callable[[Cells], bool], str, Mapping[str, str]]:
    """Whether a number is what the register says of the filler, or near it; what the register does not say is not asked."""
    unit = find_unit(known.connection, sheet.filler_code, sheet.days.as_of)
    number = getattr(unit, check.near_register) if unit else None
    most = (number or 0) * check.near_pct / 100

    def holds(cells: Cells) -> bool:
        return number is None or check.column not in cells or abs(number_of(cells[check.column]) - number) <= most

    return holds, "near_register", {"limit": str(number), "pct": f"{check.near_pct:f}"}


def _of_days(
    sheet: RowSheet, check: RowCheck, known: Known
) -> tuple[Callable[[Cells], bool], str, Callable[[Cells], str]]:
    column, months = check.column, check.months
    kind = next(name for name in _OF_DAYS if getattr(check, name))
    other: str = getattr(check, kind)
    fixed = sheet.days.of(other) if other in _DAY_WORDS else None
    if check.beside:
        rows = of_period(known, ledger_of(sheet.scheme, check.beside), sheet.filler_code, sheet.days.period)
        fixed = day_of(rows[0][other]) if rows and other in rows[0] else None
    by_month = sheet.scheme.columns[column].type == "month"

    def limit(cells: Cells) -> dt.date | None:
        day = fixed if fixed is not None or check.beside else day_of(cells[other]) if other in cells else None
        if day is None:
            return None
        day = day.replace(day=1) if by_month else day
        return (months_later(day, months) if months else day) + dt.timedelta(days=check.days)

    def holds(cells: Cells) -> bool:
        if column not in cells or (against := limit(cells)) is None:
            return True
        day = day_of(cells[column])
        if kind == "same_as":
            return (day.year, day.month) == (against.year, against.month) if by_month or months else day == against
        return day <= against if kind == "not_after" else day > against or (kind == "not_before" and day == against)

    def said(cells: Cells) -> str:
        against = limit(cells)
        return "" if against is None else f"{against:%Y-%m}" if by_month else against.isoformat()

    return holds, kind, said


def _named(sheet: RowSheet, reference: Reference, known: Known) -> tuple[frozenset[str], str, dict[str, str]]:
    """What a cell may name."""
    if reference.to == REGISTRY:
        kinds = known.kinds_on(sheet.days.period.end_date)
        codes = (code for code, kind in kinds.items() if reference.kind in ("", kind))
        return frozenset(codes), "refers", {"of": ""}
    rows, column, name = _rows_of(sheet, reference.to, known, own=reference.own)
    column = reference.column or column
    test = all_of(reference.where, sheet.days)
    named = {cells[column] for cells in rows if column in cells and test(cells)}
    for to in reference.also:
        rows, column, other = _rows_of(sheet, to, known, own=reference.own)
        named |= {cells[column] for cells in rows if column in cells}
        name = f"{name}、{other}"
    return frozenset(named), "refers_where" if reference.where else "refers", {"of": f"“{name}”"}


def _rows_of(sheet: RowSheet, to: str, known: Known, *, own: bool) -> tuple[Sequence[Cells], str, str]:
    """The rows of a ledger that a sheet names, its own as they would stand; the column of their key, and the ledger's name."""
    ledger = ledger_of(sheet.scheme, to)
    if (found := form_of(ledger, sheet.days.period.year)) is None:
        return [], "", ledger  # of another system, which did not have it in that year
    form = found[1]
    column = form.rows.key[0] if form.rows and form.rows.key else ""
    if ledger == f"{sheet.scheme.scheme}.{sheet.form}":
        after = list(_after(sheet).values())
        return after if own else [*known.everywhere(ledger), *after], column, form.name
    if not own:
        return known.everywhere(ledger), column, form.name
    standing = known.standing(ledger, sheet.filler_code)
    return [one.cells for one in standing.values() if not one.has_ended], column, form.name


def _after(sheet: RowSheet) -> dict[str, Cells]:
    """The filler's rows as they would stand, by key; those of the sheet that have no key by their line."""
    given = {key or f"#{row}": sheet.cells[row] for row, key in sheet.keys.items()}
    if sheet.rows.keep == "full" and given:
        return {**_of_others(sheet), **given}
    return {**sheet.standing, **given}


def _of_others(sheet: RowSheet) -> dict[str, Cells]:
    """The rows of other periods or years, which a sheet that names all of its own does not end."""
    per, period = sheet.rows.key_per, sheet.days.period
    own = period.year if per == "year" else period
    return {key: cells for key, cells in sheet.standing.items() if per and not is_of_period(key, own)}


def _of_set(sheet: RowSheet, check: SetCheck, after: Mapping[str, Cells], known: Known) -> Iterator[Wrong]:
    test = all_of(check.where, sheet.days)
    if check.totals is not None:
        yield from _of_totals(sheet, check, check.totals, known)
        return
    if check.in_a_row is not None:
        yield from _too_often(sheet, check, after)
        return
    rows = {key: cells for key, cells in after.items() if test(cells)}
    names = {key or f"#{row}": row for row, key in sheet.keys.items()}
    if check.unique:
        yield from _repeated(sheet, check, rows, names)
    elif check.jump_pct is not None:
        before = sum(test(cells) for cells in sheet.standing.values())
        if before and abs(len(rows) - before) * 100 > check.jump_pct * before:
            more = {"before": str(before), "limit": f"{check.jump_pct:f}", "count": str(len(rows))}
            yield Wrong(check.code, check.severity, "", "", check.message, "", "jump_pct", more)
    else:
        yield from _beyond(sheet, check, rows, names, known)


def _of_totals(sheet: RowSheet, check: SetCheck, totals: ListTotals, known: Known) -> Iterator[Wrong]:
    """Whether there are as many rows as the sheet of totals says; a list that came before its totals waits for them."""

    def of(form: str) -> Sequence[Cells]:
        if form == sheet.form:
            return list(sheet.cells.values())
        return of_period(known, ledger_of(sheet.scheme, form), sheet.filler_code, sheet.days.period)

    rows = of(totals.rows or sheet.form)
    if not rows:
        return
    said = of(totals.of)
    if not said:
        name = next(form.name for form in sheet.scheme.forms if form.key == totals.of)
        yield Wrong(check.code, check.severity, "", "", "", "", "no_totals", {"of": name, "count": str(len(rows))})
        return
    count = sum(map(all_of(check.where, sheet.days), rows))
    if totals.column in said[0] and count != number_of(said[0][totals.column]):
        row = next(iter(sheet.cells)) if totals.of == sheet.form else ""
        marked = totals.column if row else ""
        found, limit = (said[0][totals.column], str(count)) if row else (str(count), said[0][totals.column])
        yield Wrong(check.code, check.severity, row, marked, check.message, found, "totals", {"limit": limit})


def _too_often(sheet: RowSheet, check: SetCheck, after: Mapping[str, Cells]) -> Iterator[Wrong]:
    assert check.in_a_row is not None
    names = {key: row for row, key in sheet.keys.items() if key}
    kept = {key: cells for key, cells in after.items() if not key.startswith("#")}
    test = all_of(check.where, sheet.days)
    for run in runs(kept, check.by, test, sheet.days.period, check.in_a_row):
        if (row := names.get(run.key)) is not None:
            said = check.message.replace("{count}", str(len(run.periods)))
            found, more = "、".join(run.periods), {"limit": str(check.in_a_row)}
            yield Wrong(f"{check.code}:{row}", check.severity, row, check.marks, said, found, "in_a_row", more)


def _repeated(sheet: RowSheet, check: SetCheck, rows: Mapping[str, Cells], names: Mapping[str, str]) -> Iterator[Wrong]:
    """Rows that say the same in columns in which no two may; of those that stood before the sheet's is named."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, cells in rows.items():
        if all(column in cells for column in check.unique):
            groups[tuple(cells[column] for column in check.unique)].append(key)
    marked = check.marks or check.unique[0]
    for keys in groups.values():
        if len(keys) > 1 and (not check.unlike or len({rows[key].get(check.unlike) for key in keys}) > 1):
            for key in [one for one in keys if one in names][-(len(keys) - 1) :]:
                row = names[key]
                found = sheet.cells[row].get(marked, "")
                yield Wrong(f"{check.code}:{row}", check.severity, row, marked, check.message, found, "unique", {})


def _beyond(
    sheet: RowSheet, check: SetCheck, rows: Mapping[str, Cells], names: Mapping[str, str], known: Known
) -> Iterator[Wrong]:
    """Groups whose number of rows, or sum, is beyond the limits."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, cells in rows.items():
        if all(column in cells for column in check.by):
            groups[tuple(cells[column] for column in check.by)].append(key)
    limits: dict[str, Decimal | None] = {}
    if check.over:
        others, column, _ = _rows_of(sheet, check.over, known, own=check.over_own)
        test = all_of(check.over_where, sheet.days)
        for cells in others:
            if column in cells and test(cells):
                limit = cells.get(check.at_most_column)
                limits[cells[column]] = number_of(limit) if limit is not None else None
        groups = defaultdict(list, {(key,): groups.get((key,), []) for key in limits})
    for group, keys in groups.items():
        high = limits.get(group[0]) if check.at_most_column and group else check.at_most
        yield from _of_group(sheet, check, group, [(key, rows[key]) for key in keys], high, names)


def _of_group(
    sheet: RowSheet,
    check: SetCheck,
    group: tuple[str, ...],
    rows: Sequence[tuple[str, Cells]],
    high: Decimal | None,
    names: Mapping[str, str],
) -> Iterator[Wrong]:
    if check.running:
        rows = sorted((row for row in rows if check.running in row[1]), key=lambda row: row[1][check.running])
    total, row_of_it = Decimal(0), ""
    for place, (key, cells) in enumerate(rows):
        total += _counted(check, cells)
        row_of_it = names.get(key, row_of_it)
        is_last_of_day = place + 1 == len(rows) or rows[place + 1][1].get(check.running) != cells.get(check.running)
        if check.running and is_last_of_day and (wrong := _beyond_limits(sheet, check, group, total, high, row_of_it)):
            yield wrong
            return
    if not check.running and (wrong := _beyond_limits(sheet, check, group, total, high, row_of_it)):
        yield wrong


def _counted(check: SetCheck, cells: Cells) -> Decimal:
    if not check.sum:
        return Decimal(1)
    number = number_of(cells[check.sum]) if check.sum in cells else Decimal(0)
    return number * check.signs.get(cells.get(check.signs_of, ""), Decimal(0)) if check.signs else number


def _beyond_limits(
    sheet: RowSheet, check: SetCheck, group: tuple[str, ...], total: Decimal, high: Decimal | None, row: str
) -> Wrong | None:
    low = check.at_least
    if check.near_pct is not None and high is not None:
        low, high = high * (100 - check.near_pct) / 100, high * (100 + check.near_pct) / 100
    if (low is None or total >= low) and (high is None or total <= high):
        return None
    is_low = low is not None and total < low
    limit = low if is_low else high
    marked = check.marks or check.sum or (check.by[0] if check.by else "")
    name = "、".join(group)
    found = f"{total.normalize():f}" + (f"（{name}）" if name else "")
    missing = abs(total - (limit or Decimal(0)))
    said = check.message.replace("{gap}", f"{missing.normalize():f}").replace("{group}", name)
    more = {"limit": f"{limit:f}" if limit is not None else ""}
    code = f"{check.code}:{name}" if name else check.code
    return Wrong(
        code, check.severity, row, marked if row else "", said, found, "at_least" if is_low else "at_most", more
    )
