"""What a rebuild compares: every table of facts, and of each other one it is said why not; a row that only the record has is named."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table

from include.db import sql, tables
from include.db.engine import database_url, make_engine
from include.db.tables.columns import metadata
from include.db.types import Moment
from include.period import parse_moment
from include.rebuild.differences import BY_ASSESSMENT, BY_MOMENT, IN_OWN_WAYS, NOT_COMPARED, differences

THEN, LATER = parse_moment("2026-07-01T10:00:00", "test"), parse_moment("2026-08-01T10:00:00", "test")
_VALUES = {str: "x", int: 1, bool: True, Decimal: Decimal(1), dt.date: THEN.date()}
_SAID = {"delivery": {"status": "accepted"}}  # after sign-off, as every other column says something
_LABELS = {
    "restatement": "变动说明", "unit": "登记册", "unit_attribute": "对象属性", "unit_link": "对象联系", "rectification_item": "整改事项",
    "circular": "通报 x",
}  # fmt: skip


def _value(column: Column[Any]) -> Any:
    return THEN if isinstance(column.type, Moment) else _VALUES[column.type.python_type]


def _add(connection: Connection, table: Table) -> None:
    row = {column.name: _value(column) for column in table.columns}
    connection.execute(table.insert().values({**row, **_SAID.get(table.name, {})}))


def test_every_table_is_compared_or_it_is_said_why_not() -> None:
    """A new table of facts cannot be forgotten: it goes to one of the lists of include/rebuild/differences.py."""
    compared = [*BY_ASSESSMENT, *BY_MOMENT, *IN_OWN_WAYS]
    assert sorted([*compared, *NOT_COMPARED]) == sorted(metadata.tables)
    assert all(len(reason) > 20 for reason in NOT_COMPARED.values())


def test_a_row_that_only_the_record_has_is_named_whichever_table_it_is_in(
    database: Engine, world: Path, _sqlite_template: Path
) -> None:
    shutil.copy(_sqlite_template, world / "again.db")
    again = make_engine(database_url(f"sqlite:///{world / 'again.db'}"))
    compared = {name: metadata.tables[name] for name in (*BY_ASSESSMENT, *BY_MOMENT, *IN_OWN_WAYS)}
    with database.begin() as recorded, again.begin() as rebuilt:
        _add(rebuilt, tables.assessment)
        for table in compared.values():
            _add(recorded, table)
        circulars = {row["id"]: row for row in sql.fetch(recorded, "rebuild/select_circulars")}
        found = list(differences(recorded, rebuilt, LATER, circulars))
    again.dispose()
    labels = {name: label for name, (label, _) in {**BY_ASSESSMENT, **BY_MOMENT}.items()} | _LABELS
    assert labels.keys() == compared.keys() - {"assessment"}
    named = {name for name, label in labels.items() if any(label in one and "记录" in one for one in found)}
    assert labels.keys() - named == set(), found
