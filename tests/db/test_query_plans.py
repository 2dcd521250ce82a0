"""No statement goes through a whole table that grows, but for those of query_plans.yaml, each with its reason, on either database."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Boolean, Connection, Date, Engine, make_url, text

from include.db import sql
from include.db.engine import make_engine, migrate
from include.db.tables import metadata
from include.db.types import Moment
from tests.db.country import SMALL, STREET, UNIT, fill
from tests.postgres import Postgres

_LISTED = yaml.safe_load(Path(__file__).with_name("query_plans.yaml").read_text(encoding="utf-8"))
ALLOWED = [name for one in _LISTED for name in one["statements"]]
GROWING = set(metadata.tables) - SMALL
_PARTIAL = {  # which hold only the rows that such a statement looks for
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}
_JSON = {"rows", "cells", "ids"}  # where a statement reads JSON, and else numbers
_STAGED = ("registry/create_staging", "registry/create_staged_facts")
_VALUES: dict[str, Any] = {
    "scheme": "s4", "period": "2026H1", "street_code": STREET, "unit_code": UNIT, "code": UNIT, "filler_code": UNIT,
    "first_code": UNIT, "last_code": UNIT, "assessment_id": f"s0/2026H1/{STREET}/1", "rows": "[]", "cells": "[]", "ids": "[]",
    "today": dt.date(2026, 6, 30), "since": dt.date(2026, 6, 1), "sha256": f"{300_000:064}", "id": f"{300_000:064}", "item_id": f"{300_000:064}", "recipient": f"u{UNIT}@example.org",
}  # fmt: skip


def _names(dialect: str) -> list[str]:
    """The statements that there are on a database."""
    names = {f"{path.parent.name}/{path.name.split('.')[0]}" for path in sql.FOLDER.glob("*/*.sql")}
    there = [
        name for name in names if any((sql.FOLDER / f"{name}{end}").is_file() for end in (".sql", f".{dialect}.sql"))
    ]
    return sorted(name for name in there if dialect != "sqlite" or " pg_" not in sql.statement(name, dialect).text)


def _value(name: str) -> Any:
    kind = sql._kind(name)
    if isinstance(kind, Moment):
        return dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    if isinstance(kind, Date):
        return dt.date(2026, 6, 30)
    if isinstance(kind, Boolean):
        return True
    if name.startswith("any_"):
        return [_VALUES.get(name.removeprefix("any_"), "1")]
    return _VALUES.get(name, "1")


def scans(connection: Connection, name: str) -> set[str]:
    """The growing tables that the statement goes through from end to end."""
    dialect = connection.dialect.name
    clause = sql.statement(name, dialect)
    said = re.sub(r"^--.*$", "", clause.text, flags=re.MULTILINE)
    if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", said):
        return set()
    explain = "EXPLAIN QUERY PLAN " if dialect == "sqlite" else "EXPLAIN (FORMAT JSON) "
    explained = text(explain + said).bindparams(*clause._bindparams.values())
    values = {key: _value(key) if "json" in said or key not in _JSON else "1" for key in clause._bindparams}
    rows = connection.execute(explained, values).all()
    if dialect == "sqlite":
        return _scanned_in_sqlite([str(row[3]) for row in rows], said)
    return set(_scanned_in_postgres(rows[0][0][0]["Plan"]))


def _scanned_in_sqlite(lines: list[str], said: str) -> set[str]:
    """`SCAN score_line USING INDEX …` is one, too: every row of it. What an alias stands for is said in the statement."""
    scanned = {
        found[1]
        for line in lines
        if (found := re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", line)) and found[2] not in _PARTIAL
    }
    aliases = {found[2]: found[1] for found in re.finditer(r"(?:FROM|JOIN|UPDATE|,)\s+(\w+)\s+AS\s+(\w+)", said)}
    return {aliases.get(one, one) for one in scanned} & GROWING


def _scanned_in_postgres(plan: dict[str, Any]) -> Iterator[str]:
    if plan.get("Relation Name") in GROWING:
        is_led = plan.get("Index Name") in _PARTIAL or any(key in plan for key in ("Index Cond", "Recheck Cond"))
        if plan["Node Type"] not in ("ModifyTable",) and not is_led:
            yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from _scanned_in_postgres(below)


@pytest.fixture
def country(dialect: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of its own, thrown away whole afterwards."""
    if dialect == "sqlite":
        engine = make_engine(make_url(f"sqlite:///{tmp_path / 'country.db'}"))
        migrate(engine)
        yield engine
        engine.dispose()
        return
    postgres = Postgres()
    engine = make_engine(make_url(postgres.address()))
    yield engine
    engine.dispose()
    postgres.drop()


def _unwanted(engine: Engine, units: int, closed: int) -> dict[str, set[str]]:
    with engine.begin() as connection:
        fill(connection, units, closed)
    with engine.connect() as connection:
        for name in _STAGED:
            connection.execute(sql.statement(name, connection.dialect.name))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                "SET enable_seqscan = off"
            )  # where nothing else is left, it is done all the same
        found = {name: scans(connection, name) for name in _names(connection.dialect.name)}
        connection.rollback()
    return {name: tables for name, tables in found.items() if tables and not any(fnmatch(name, one) for one in ALLOWED)}


def test_no_statement_goes_through_a_whole_table_that_grows(country: Engine) -> None:
    assert _unwanted(country, 2_000, 100) == {}


@pytest.mark.long
@pytest.mark.scale
def test_no_statement_goes_through_a_whole_table_of_a_country() -> None:
    units = int(os.environ.get("UNITS") or 620_573)
    postgres = Postgres()
    engine = make_engine(make_url(postgres.address()))
    try:
        assert _unwanted(engine, units, min(51_000, units)) == {}
    finally:
        engine.dispose()
        postgres.drop()


def test_what_is_listed_is_there_and_has_a_reason() -> None:
    names = {*_names("sqlite"), *_names("postgresql")}
    assert [one for one in ALLOWED if not any(fnmatch(name, one) for name in names)] == []
    assert all(one["why"] for one in _LISTED)
