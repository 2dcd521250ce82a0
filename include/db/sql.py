"""Run the statements of include/sql: one statement a file, bind parameters only.

Types follow the names: a column or parameter ending in `_at` (or named `known_from`, `known_until`) is a moment, in `_date` (or named
`deadline`, `valid_from`, `valid_to`) a date, beginning with `is_` or `has_` a boolean. So the same file reads and writes the same values on
SQLite and PostgreSQL. A parameter of a query that begins with `any_` is a list, for IN. Figures come back as Decimal; there is no binary float in the database.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Dialect, String, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from include.db.copying import write_many
from include.db.engine import BEGIN
from include.db.types import Moment
from include.period import in_zone
from include.settings import REPO

FOLDER = REPO / "include/sql"
_LIST = "any_"  # begins the names of parameters that are lists
_DATE_NAMES = {"deadline", "valid_from", "valid_to"}
_MOMENT_NAMES = {"known_from", "known_until"}

Row = dict[str, Any]


def _kind(name: str) -> TypeEngine[Any] | None:
    if name.endswith("_at") or name in _MOMENT_NAMES:
        return Moment()
    if name.endswith("_date") or name in _DATE_NAMES:
        return Date()
    if name.startswith(("is_", "has_")):
        return Boolean()
    return None


@functools.cache
def statement(name: str, dialect: str) -> TextClause:
    """The statement `<area>/<verb_object>`; a `.postgresql.sql` beside it wins there."""
    special = FOLDER / f"{name}.{dialect}.sql"
    path = special if special.is_file() else FOLDER / f"{name}.sql"
    clause = text(path.read_text(encoding="utf-8"))
    typed = [bindparam(key, type_=kind) for key in clause._bindparams if (kind := _kind(key)) is not None]
    lists: list[Any] = [  # of texts, which PostgreSQL must be told where a list is empty
        bindparam(key, expanding=True, type_=String()) for key in clause._bindparams if key.startswith(_LIST)
    ]
    return clause.bindparams(*typed, *lists)


def fetch(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """All rows of a query, as dicts. A parameter whose name begins with `any_` is a list."""
    keys, rows = fetch_tuples(connection, name, **parameters)
    return [dict(zip(keys, row, strict=True)) for row in rows]


def fetch_tuples(connection: Connection, name: str, **parameters: Any) -> tuple[list[str], Sequence[Sequence[Any]]]:
    """The columns and the rows of a query: for those with hundreds of thousands of rows."""
    written = _written(name, connection.dialect)
    if written.takes_lists:
        result = connection.execute(statement(name, connection.dialect.name), parameters)
    else:
        result = connection.exec_driver_sql(written.text, written.values(parameters))
    keys = list(result.keys())
    rows: Sequence[Sequence[Any]] = result.cursor.fetchall() if result.cursor else []
    readers = [(at, read) for at, key in enumerate(keys) if (read := _reader_of(key, at, rows)) is not None]
    if not readers:
        return keys, rows
    typed = [list(row) for row in rows]
    for at, read in readers:
        for row in typed:
            if row[at] is not None:
                row[at] = read(row[at])
    return keys, typed


def fetch_one(connection: Connection, name: str, **parameters: Any) -> Row | None:
    """The first row, or None."""
    rows = fetch(connection, name, **parameters)
    return rows[0] if rows else None


def execute(connection: Connection, name: str, **parameters: Any) -> int:
    """Run a writing statement; the number of rows it touched."""
    written = _written(name, connection.dialect)
    return connection.exec_driver_sql(written.text, written.values(parameters)).rowcount


def execute_many(connection: Connection, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Run a writing statement for each row."""
    written = _written(name, connection.dialect)
    batch = [written.values(row) for row in rows]
    if batch and connection.dialect.name == "postgresql":
        write_many(connection, written.text, batch)  # psycopg2's own way sends a row at a time
    elif batch:
        connection.exec_driver_sql(written.text, batch)


def commit(connection: Connection, steps: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """Run (statement, parameters) in a transaction of their own; the number of rows that the last one touched.

    Straight through the driver: for the few that are committed with every mail, where SQLAlchemy's transaction would take
    as long as the database. `connection` is in no transaction.
    """
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    try:
        if connection.dialect.name == "sqlite":
            cursor.execute(BEGIN)  # psycopg2 begins by itself
        for name, parameters in steps:
            written = _written(name, connection.dialect)
            cursor.execute(written.text, written.values(parameters))
        driver.commit()
    except BaseException:
        driver.rollback()
        raise
    rows: int = cursor.rowcount
    return rows


@dataclass(frozen=True)
class _Written:
    """A statement as the driver wants it, made once: for what runs with every row, SQLAlchemy's way to it takes thrice as long."""

    text: str
    names: Sequence[str]
    is_positional: bool
    takes_lists: bool  # whose length the driver's text would have to know
    to_driver: Mapping[str, Callable[[Any], Any]]

    @functools.cached_property
    def changed(self) -> list[tuple[int, Callable[[Any], Any]]]:
        """The places of the few that the driver is given otherwise."""
        return [(at, self.to_driver[key]) for at, key in enumerate(self.names) if key in self.to_driver]

    def values(self, parameters: Mapping[str, Any]) -> Any:
        to_driver = self.to_driver
        if self.is_positional:
            row = [parameters[key] for key in self.names]
            for at, change in self.changed:
                row[at] = change(row[at])
            return tuple(row)
        return {key: to_driver[key](parameters[key]) if key in to_driver else parameters[key] for key in self.names}


@functools.lru_cache(maxsize=1024)
def _written(name: str, dialect: Dialect) -> _Written:
    compiled = statement(name, dialect.name).compile(dialect=dialect)
    names = compiled.positiontup or list(compiled.params)
    kinds = {key: kind.dialect_impl(dialect) for key in names if (kind := _kind(key)) is not None}
    to_driver = {key: change for key, kind in kinds.items() if (change := kind.bind_processor(dialect)) is not None}
    takes_lists = any(key.startswith(_LIST) for key in names)
    return _Written(str(compiled), names, bool(compiled.positiontup), takes_lists, to_driver)


def _reader_of(key: str, at: int, rows: Sequence[Sequence[Any]]) -> Callable[[Any], Any] | None:
    """What makes a column's stored values those that its name promises; None where they are so already."""
    kind = _kind(key)
    if isinstance(kind, Moment):
        return _read_moment
    if isinstance(kind, Date):
        return _read_date
    if isinstance(kind, Boolean):
        return bool
    return _read_figure if float in set(map(type, map(itemgetter(at), rows))) else None


def _read_moment(value: Any) -> dt.datetime:
    return in_zone(dt.datetime.fromisoformat(value) if isinstance(value, str) else value)


def _read_date(value: Any) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _read_figure(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value
