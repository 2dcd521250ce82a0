"""checks.csv and tables/<key>.csv of a result."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql
from include.registry.taking_part import scope_codes
from include.registry.units import is_county
from include.reports.csv_text import as_csv
from include.schemes.model import Scheme
from include.statistics.beyond import Beyond
from include.statistics.checks import CheckRow, checks_of
from include.statistics.facts import Facts, facts_of
from include.statistics.gaps import gaps_of
from include.statistics.tables import Table, tables_of

CHECKS = "checks.csv"
_CHECK_COLUMNS = ("check", "level", "code", "left", "right", "outcome", "message")
_LEVELS = {"community": 0, "street": 1, "county": 2}


def statistics_files(connection: Connection, scheme: Scheme, assessment: sql.Row) -> dict[str, bytes]:
    """Of a system that has none of them nothing. A street that is all there is of its county has the county's row as well."""
    if not (scheme.agreements or scheme.standards or scheme.tables):
        return {}
    facts = facts_of(connection, scheme, assessment["id"])
    checks = checks_of(facts)
    beyond = Beyond(connection, scheme, assessment["id"])
    tables = tables_of(facts, checks, beyond, with_county=_is_whole(connection, scheme, facts))
    return {**_checks(facts, checks), **table_files(tables)}


def gap_rows(connection: Connection, scheme: Scheme, assessment: sql.Row) -> list[sql.Row]:
    """The gaps that an item is to be opened of, once they are told of."""
    if not any(one.item for one in scheme.standards):
        return []
    facts = facts_of(connection, scheme, assessment["id"])
    return [
        {"unit_code": gap.unit_code, "indicator": gap.code, "problem": gap.problem, "kind": gap.item.kind}
        for gap in gaps_of(facts, checks_of(facts))
        if gap.is_open
    ]


def table_files(tables: list[Table]) -> dict[str, bytes]:
    return {
        f"tables/{table.key}.csv": as_csv(
            ["code", "name", *table.titles], ([row.code, row.name, *row.cells] for row in table.rows)
        )
        for table in tables
    }


def _checks(facts: Facts, checks: list[CheckRow]) -> dict[str, bytes]:
    if not (facts.scheme.agreements or facts.scheme.standards):
        return {}
    rows = sorted(checks, key=lambda one: (one.check, _LEVELS[one.level], one.code))
    return {CHECKS: as_csv(_CHECK_COLUMNS, ([getattr(row, name) for name in _CHECK_COLUMNS] for row in rows))}


def _is_whole(connection: Connection, scheme: Scheme, facts: Facts) -> bool:
    own = [code for code in scope_codes(connection, scheme) if code.startswith(facts.county_code)]
    return is_county(facts.scope_code) or own == [facts.scope_code]
