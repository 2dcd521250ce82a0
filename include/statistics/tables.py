"""Tables: a row a subject, then streets and the county; sums add what is reported, ratios are made of sums and never averaged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from include.registry.units import Unit
from include.schemes.conditions import Condition
from include.schemes.holding import holds
from include.schemes.statistics import StatColumn, StatTable
from include.scoring.given import ABSENT, NOT_APPLICABLE
from include.statistics.beyond import Beyond
from include.statistics.checks import CheckRow, between, judged_of
from include.statistics.facts import Fact, Facts
from include.statistics.standards import Judged, count_key, of_totals, roll_up
from include.statistics.words import number, percentage, word


@dataclass(frozen=True)
class TableRow:
    """`level`: community, street, county; `cells` in the order of the table's titles."""

    level: str
    code: str
    name: str
    cells: list[str]


@dataclass(frozen=True)
class Table:
    key: str
    name: str
    titles: list[str]
    rows: list[TableRow]


def tables_of(facts: Facts, checks: Sequence[CheckRow], beyond: Beyond, *, with_county: bool) -> list[Table]:
    """All of a system, with figures as text. `checks`: what `checks_of` says; `with_county`: the scope is the whole county, or all there is of it."""
    return [_table(table, facts, checks, beyond, with_county=with_county) for table in facts.scheme.tables]


def _table(table: StatTable, facts: Facts, checks: Sequence[CheckRow], beyond: Beyond, *, with_county: bool) -> Table:
    if table.of == "checks":
        return _table_of_checks(table, facts, checks)
    if table.rows_of:
        return _table_of_units(table, facts, beyond)
    judged = {
        standard.code: judged_of(standard, facts)
        for standard in facts.scheme.standards
        if any(column.standard == standard.code for column in table.columns)
    }
    own = _of_streets(table, facts, beyond)
    rows = [_row("community", one.code, one.name, [one], table, facts, judged, {}) for one in facts.subjects]
    rows += [
        _row("street", code, facts.names.get(code, ""), subjects, table, facts, judged, own.get(code, {}))
        for code, subjects in facts.streets().items()
    ]
    if with_county:
        name = facts.names.get(facts.county_code, "")
        rows.append(
            _row("county", facts.county_code, name, facts.subjects, table, facts, judged, _summed(own.values()))
        )
    return Table(table.key, table.name, [*(column.label for column in table.columns), word("reported")], rows)


def _of_streets(table: StatTable, facts: Facts, beyond: Beyond) -> dict[str, dict[str, Fraction]]:
    """What streets themselves handed in, by street and figure."""
    keys = {column.of_street for column in table.columns if column.of_street}
    found: dict[str, dict[str, Fraction]] = {code: {} for code in facts.streets()}
    for one in (one for one in facts.scheme.inputs if one.key in keys):
        values = beyond.values(one)
        for code in found:
            if (value := values.get(code)) is not None:
                found[code][one.key] = value
    return found


def _summed(streets: Iterable[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    total: dict[str, Fraction] = defaultdict(Fraction)
    for street in streets:
        for key, value in street.items():
            total[key] += value
    return total


def _table_of_units(table: StatTable, facts: Facts, beyond: Beyond) -> Table:
    """A row a unit of which anything is told, then one of the street, or of each of a county's."""
    units = beyond.units_of(table.rows_of)
    values = {one.key: beyond.values(one, units) for one in table.figures}
    told = [unit for unit in units if any(found.get(unit.code) for found in values.values())]
    streets: dict[str, list[Unit]] = defaultdict(list)
    for unit in told:
        streets[unit.street_code].append(unit)
    rows = [TableRow("unit", unit.code, unit.name, _of_units(table, values, [unit])) for unit in told]
    rows += [
        TableRow("street", code, facts.names.get(code) or own[0].street, _of_units(table, values, own))
        for code, own in sorted(streets.items())
    ]
    return Table(table.key, table.name, [column.label for column in table.columns], rows)


def _of_units(
    table: StatTable, values: Mapping[str, Mapping[str, Fraction | None]], units: Sequence[Unit]
) -> list[str]:
    """The cells of one row: sums of all of them, and ratios of the sums."""

    def summed(key: str) -> Fraction:
        return sum((values[key].get(unit.code) or Fraction(0) for unit in units), Fraction(0))

    cells = []
    for column in table.columns:
        if column.ratio is not None:
            cells.append(_ratio(column, [(summed(column.ratio[0]), summed(column.ratio[1]))]))
        else:
            keys = [column.sum] if isinstance(column.sum, str) else column.sum or []
            cells.append(number(sum(map(summed, keys), Fraction(0))))
    return cells


def _table_of_checks(table: StatTable, facts: Facts, checks: Sequence[CheckRow]) -> Table:
    """A row whatever does not agree, or is noted."""
    names = {one.code: one.name for one in facts.subjects} | dict(facts.names)
    rows = [
        TableRow(one.level, one.code, names.get(one.code, ""), [one.check, one.outcome, one.message])
        for one in checks
        if one.is_told
    ]
    return Table(table.key, table.name, [word("check_code"), word("check_outcome"), word("check_message")], rows)


def _row(
    level: str,
    code: str,
    name: str,
    subjects: Sequence[Fact],
    table: StatTable,
    facts: Facts,
    judged: dict[str, dict[str, Judged]],
    own: Mapping[str, Fraction],
) -> TableRow:
    reported = sum(one.is_reported for one in subjects)
    if level == "county" and not reported and facts.totals is not None:
        cells = [_of_totals(column, facts.totals, facts) for column in table.columns]
    else:
        cells = [
            _cell(column, level, subjects, facts, judged.get(column.standard or "", {}), own)
            for column in table.columns
        ]
    return TableRow(level, code, name, [*cells, f"{reported}/{len(subjects)}"])


def _cell(
    column: StatColumn,
    level: str,
    subjects: Sequence[Fact],
    facts: Facts,
    judged: dict[str, Judged],
    own: Mapping[str, Fraction],
) -> str:
    if column.of_street is not None:
        return "" if level == "community" else number(own[column.of_street]) if column.of_street in own else ABSENT
    if column.kinds:
        subjects = [one for one in subjects if one.kind in column.kinds]
    if column.standard is not None:
        return _of_standard(column, subjects, judged)
    if column.count == "all":
        reported = sum(one.is_reported for one in subjects)
        return str(reported) if reported else ABSENT
    if isinstance(column.count, Condition):
        found = [holds(column.count, one.read) for one in subjects]
        told = [one for one in found if one is not None]
        return str(sum(told)) if told else ABSENT
    if column.shown is not None:
        return (subjects[0].text(column.shown) or ABSENT) if level == "community" else ""
    if column.ratio is not None:
        return _ratio(column, [(one.number(column.ratio[0]), one.number(column.ratio[1])) for one in subjects])
    keys = [column.sum] if isinstance(column.sum, str) else column.sum or []
    sums = [one.sum(keys) for one in subjects]
    there = [one for one in sums if one is not None]
    if there:
        return number(sum(there, Fraction(0)))
    return _why_not(subjects, lambda one: one.outcome(keys))


def _of_standard(column: StatColumn, subjects: Sequence[Fact], judged: dict[str, Judged]) -> str:
    rolled = roll_up([judged[one.code] for one in subjects])
    if not rolled.judged:
        return _why_not(subjects, lambda one: judged[one.code].outcome)
    if column.met is not None:
        return str(rolled.met)
    return number(rolled.gap) if column.gap else percentage(Fraction(rolled.met), Fraction(rolled.judged))


def _ratio(column: StatColumn, pairs: Sequence[tuple[Fraction | None, Fraction | None]]) -> str:
    """Of those of whom both parts are there."""
    there = [(part, whole) for part, whole in pairs if part is not None and whole is not None]
    if not there:
        return ABSENT
    part = sum((one for one, _ in there), Fraction(0))
    whole = sum((one for _, one in there), Fraction(0))
    if not whole:
        return NOT_APPLICABLE
    return percentage(part, whole) if column.per_cent else percentage(part / 100, whole)


def _why_not(subjects: Sequence[Fact], outcome: Callable[[Fact], str]) -> str:
    """不适用 where it is so of all, else 未报."""
    return NOT_APPLICABLE if subjects and all(outcome(one) == NOT_APPLICABLE for one in subjects) else ABSENT


def _of_totals(column: StatColumn, fact: Fact, facts: Facts) -> str:
    """A cell of the county's row, where nobody below reported and the county told sums."""
    named = [column.total] if isinstance(column.total, str) else list(column.total or [])
    standard = next((one for one in facts.scheme.standards if one.code == column.standard), None)
    if standard is not None:
        rolled, span = of_totals(standard, facts)
        if rolled is None:
            return ABSENT
        if column.gap:
            return between(span) if span else ABSENT
        return str(rolled.met) if column.met else percentage(Fraction(rolled.met), Fraction(rolled.judged))
    if column.ratio is not None:
        part, whole = named or column.ratio
        return _ratio(column, [(fact.number(part), fact.number(whole))])
    if column.shown is not None:
        return ""
    summed = [column.sum] if isinstance(column.sum, str) else column.sum or []
    keys = named or summed or ([count_key(facts)] if column.count == "all" else [])
    found = fact.sum(keys) if keys else None
    return ABSENT if found is None else number(found)
