"""What a document states of a system that is not scored: its tables, what does not agree, who misses which norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from include.circulars.circular import Annex
from include.circulars.norms import Named, Norm, Statistics
from include.schemes.holding import holds
from include.schemes.loader import find_scheme, own_periods, scheme_keys
from include.schemes.model import Scheme
from include.schemes.statistics import NamedRows
from include.scoring.finding import newest_assessments
from include.scoring.given import ABSENT
from include.scoring.lines import UNMET
from include.statistics.beyond import Beyond
from include.statistics.checks import COMMUNITY, COUNTY, STREET, CheckRow, checks_of
from include.statistics.facts import Facts, facts_of
from include.statistics.gaps import gaps_of
from include.statistics.tables import Table, tables_of
from include.typesetting.markdown import two_lines

_OWNERS = {"community": "社区", "street": "街道（乡镇）", "county": "县（区、旗）"}
_NAME, _NUMBER, _WHOLE, _CONTINUED, _AND = "名称", "序号", "合计", "（续）", "、"
_COLUMNS = 7  # of figures, in the width of a page, where their labels are short
_SHARED = 100 - 6 - 20  # per cent of the width that number and name leave
_LINE, _EDGE = 2.4, 2.5  # per cent that a character of a label takes, and the two edges of its cell
_FEW, _FEW_CELLS, _FEW_NOTE = "≤2", ("1", "2"), "1人、2人的写作≤2。"
_GAPS, _GAP_LABELS = "差距事项清单", ["序号", "社区", "差距", "责任单位"]


def statistics(connection: Connection, scheme: Scheme, assessment_id: str) -> tuple[Statistics, list[Annex]]:
    facts = facts_of(connection, scheme, assessment_id)
    is_county = scheme.scope == "county"
    checks = checks_of(facts)
    made = tables_of(facts, checks, Beyond(connection, scheme, assessment_id), with_county=is_county)
    tables = [_without_few(one, scheme) for one in made]
    level = COUNTY if is_county else STREET
    of_checks = {one.key for one in scheme.tables if one.of == "checks"}
    of_units = {one.key for one in scheme.tables if one.rows_of}
    whole = {one.key: _whole(one, level) for one in tables if one.key not in of_checks | of_units}
    names = {one.code: one.name for one in facts.subjects}
    told: Statistics = {
        "whole": whole,
        "unreported": [said for table in tables if (said := _unreported(facts, table, whole))],
        "disagreements": [_said(row, names) for row in checks if row.is_told and not row.note],
        "notes": [row.message for row in checks if row.note],
        "standards": _standards(facts, checks, level, names),
    }
    if named := named_of(facts):
        told["named"] = named
    printed = (COUNTY, STREET) if is_county else (STREET, COMMUNITY)
    told_of = [one for one in tables if any(cell != ABSENT for cell in list(whole.get(one.key, {}).values())[:-1])]
    annexes = [one for table in told_of for one in _annexes(table, printed, facts)]
    annexes += [_annex_of_units(one) for one in tables if one.rows and one.key in of_units]
    annexes += [_annex_of_checks(one, printed) for one in tables if one.rows and one.key in of_checks]
    return told, [*annexes, *_gap_list(facts, checks)]


def _without_few(table: Table, scheme: Scheme) -> Table:
    """A table as it is printed: of one that tells of persons, one or two of them can be recognised where the place is small."""
    told = next(one for one in scheme.tables if one.key == table.key)
    if not told.few_hidden:
        return table
    counts = [column.sum is not None for column in told.columns]

    def shown(cells: Sequence[str]) -> list[str]:
        hidden = [
            _FEW if is_count and cell in _FEW_CELLS else cell for cell, is_count in zip(cells, counts, strict=False)
        ]
        return [*hidden, *cells[len(hidden) :]]

    return replace(table, rows=[replace(row, cells=shown(row.cells)) for row in table.rows])


def named_of(facts: Facts) -> list[Named]:
    """Whom the tables name."""
    told = [(one, _named_by(one, facts)) for table in facts.scheme.tables for one in table.named]
    return [{"says": one.says, "units": units} for one, units in told if units]


def _named_by(one: NamedRows, facts: Facts) -> list[str]:
    return [fact.name for fact in facts.subjects if holds(one.when, fact.read)]


def named_elsewhere(connection: Connection, scheme: Scheme, street_code: str) -> list[Named]:
    """Whom other systems would have this one's document name, too, by their newest results of the periods within this one's."""
    found: dict[str, list[str]] = {}
    for key in scheme_keys():
        for other in _within(key, scheme):
            asked = [one for table in other.tables for one in table.named if scheme.scheme in one.also_in]
            results = newest_assessments(connection, key, str(other.period)) if asked else []
            for row in (one for one in results if one["street_code"] == street_code and one["is_official"]):
                facts = facts_of(connection, other, row["id"])
                for one in asked:
                    before = found.get(one.says, []) if one.of == "any" else []
                    found[one.says] = [*before, *_named_by(one, facts)]
    return [{"says": says, "units": list(dict.fromkeys(units))} for says, units in found.items() if units]


def _within(key: str, scheme: Scheme) -> list[Scheme]:
    """A system in each of its periods that lie within this one's, in the order of their ends."""
    whole = scheme.period
    periods = [
        one
        for one in own_periods(key, whole.year)
        if whole.start_date <= one.start_date and one.end_date <= whole.end_date
    ]
    ordered = sorted(periods, key=lambda one: (one.end_date, one.start_date))
    return [other for one in ordered if (other := find_scheme(key, one)) is not None]


def _whole(table: Table, level: str) -> dict[str, str]:
    row = next(row for row in table.rows if row.level == level)
    return dict(zip(table.titles, row.cells, strict=True))


def _said(row: CheckRow, names: dict[str, str]) -> str:
    return f"{names[row.code]}：{row.message}" if row.code in names else row.message


def _standards(facts: Facts, checks: list[CheckRow], level: str, names: dict[str, str]) -> list[Norm]:
    known = {one.code: one.name for one in facts.scheme.standards}
    return [
        {
            "code": row.check,
            "name": known[row.check],
            "message": row.message,
            "is_met": row.outcome != UNMET,
            "units": [
                names[one.code]
                for one in checks
                if one.check == row.check and one.code in names and one.outcome == UNMET
            ],
        }
        for row in checks
        if row.check in known and row.level == level and row.message
    ]


def _unreported(facts: Facts, table: Table, whole: dict[str, dict[str, str]]) -> str:
    """What of a table nobody told: 经费（经费达标、乡镇缺口）; a gap by the name of its standard."""
    columns = next(one.columns for one in facts.scheme.tables if one.key == table.key)
    names = {one.code: one.name for one in facts.scheme.standards}
    cells = whole.get(table.key, {})
    missing = [
        names.get(column.gap or "", column.label) if column.label == column.gap else column.label
        for column in columns
        if cells.get(column.label) == ABSENT
    ]
    return f"{table.name}（{_AND.join(missing)}）" if missing else ""


def _annexes(table: Table, printed: tuple[str, ...], facts: Facts) -> Iterator[Annex]:
    """The rows of streets, then of all; of a street's those of its communities. A wide table is printed in parts; where nobody
    reported, only the row of all is."""
    rows = [row for row in table.rows if row.level in printed]
    if not any(one.is_reported for one in facts.subjects):
        rows = [row for row in rows if row.level == printed[0]]
    names = [_WHOLE if row.level == printed[0] else row.name for row in rows]
    *titles, reported = table.titles
    for some in _parts(titles, reported):
        shown = [*(titles[one] for one in some), reported]
        yield {
            "title": f"{table.key} {table.name}{_CONTINUED if some.start else ''}",
            "note": _FEW_NOTE if any(_FEW in row.cells for row in rows) else "",
            "labels": [_NUMBER, _NAME, *shown],
            "widths": [6, 20, *_widths(shown)],
            "aligns": ["right", "left", *("right" for _ in shown)],
            "rows": [
                [name, *(row.cells[one] for one in some), row.cells[-1]] for name, row in zip(names, rows, strict=True)
            ],
        }


def _parts(titles: Sequence[str], reported: str) -> Iterator[range]:
    """Which columns stand together: as many as the page has room for, each wide enough for its label in two lines."""
    start = 0
    for end in range(1, len(titles) + 1):
        needed = sum(map(_needed, [*titles[start : end + 1], reported]))
        if end == len(titles) or end - start == _COLUMNS or needed > _SHARED:
            yield range(start, end)
            start = end


def _widths(labels: Sequence[str]) -> list[int]:
    """What the labels need, and of the rest of the page each the same."""
    needed = list(map(_needed, labels))
    rest = max(0.0, _SHARED - sum(needed)) / len(labels)
    return [int(one + rest) for one in needed]


def _needed(label: str) -> float:
    first, second = two_lines(label)
    return _EDGE + _LINE * max(len(first), len(second), 3)


def _annex_of_units(table: Table) -> Annex:
    """The units, then what they come to; a county's streets each by its name."""
    sums = [row for row in table.rows if row.level == STREET]
    width = (100 - 6 - 24) // len(table.titles)
    return {
        "title": f"{table.key} {table.name}",
        "note": "",
        "labels": [_NUMBER, _NAME, *table.titles],
        "widths": [6, 24, *(width for _ in table.titles)],
        "aligns": ["right", "left", *("right" for _ in table.titles)],
        "rows": [[_WHOLE if sums == [row] else row.name, *row.cells] for row in table.rows],
    }


def _annex_of_checks(table: Table, printed: tuple[str, ...]) -> Annex:
    return {
        "title": f"{table.key} {table.name}",
        "note": "",
        "labels": [_NUMBER, _NAME, *table.titles],
        "widths": [6, 18, 8, 10, 58],
        "aligns": ["right", "left", "center", "center", "left"],
        "rows": [[_WHOLE if row.level == printed[0] else row.name, *row.cells] for row in table.rows],
    }


def _gap_list(facts: Facts, checks: list[CheckRow]) -> list[Annex]:
    rows = [[gap.unit, gap.problem, _OWNERS[gap.item.owner]] for gap in gaps_of(facts, checks) if gap.is_open]
    if not rows:
        return []
    aligns = ["right", "left", "left", "center"]
    return [
        {"title": _GAPS, "note": "", "labels": _GAP_LABELS, "widths": [6, 20, 56, 18], "aligns": aligns, "rows": rows}
    ]
