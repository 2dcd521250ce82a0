"""PostgreSQL for the tests: one database a run of pytest, empty before each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from include.db.engine import database_url, make_engine, migrate

POSTGRES = os.environ.get("DUBAN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
_DRIVER = database_url(POSTGRES).set(drivername="postgresql+psycopg2")
admin = create_engine(_DRIVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Every statement that changes the schema writes rows of these two anew.
_SHAPE = """
SELECT
    (SELECT SUM(a.xmin::text::bigint) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace),
    (SELECT SUM(xmin::text::bigint) FROM pg_constraint WHERE connamespace = 'public'::regnamespace)
"""
_SEQUENCES = """
SELECT setval(seqrelid::regclass, seqstart, FALSE) FROM pg_sequence
WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""


def _answers() -> bool:
    try:
        with admin.connect():
            return True
    except OperationalError:
        return False


HAS_POSTGRES = _answers()


class Postgres:
    """A database at the newest schema. Making one for every test would take longer than most tests do."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex[:12]
        self._name, self._template = f"duban_test_{key}", f"duban_template_{key}"
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._template}")
        engine = make_engine(database_url(POSTGRES).set(database=self._template))
        migrate(engine)
        engine.dispose()
        self._make()

    def address(self) -> str:
        """Another one for each test, so that no test finds the engine of one before."""
        url = database_url(POSTGRES).set(database=self._name)
        return url.update_query_dict({"application_name": uuid.uuid4().hex}).render_as_string(hide_password=False)

    def empty(self) -> None:
        """As it was when it was made; whoever is still connected is thrown out."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(_OTHERS)
            if tuple(connection.exec_driver_sql(_SHAPE).one()) == self._shape:
                if written := connection.exec_driver_sql(self._written).scalars().all():
                    connection.exec_driver_sql(_cleared(written))
                connection.exec_driver_sql(_SEQUENCES)
                return
        self._drop(self._name)
        self._make()

    def drop(self) -> None:
        self._drop(self._name, self._template)

    def _drop(self, *names: str) -> None:
        self._engine.dispose()
        with admin.connect() as connection:
            for name in names:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def _make(self) -> None:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
            connection.exec_driver_sql(f"ALTER DATABASE {self._name} SET synchronous_commit = off")
        self._engine = create_engine(_DRIVER.set(database=self._name), isolation_level="AUTOCOMMIT")
        with self._engine.connect() as connection:
            tables = connection.exec_driver_sql(_TABLES).scalars().all()
            self._written = " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables if table != "alembic_version"
            )
            self._shape = tuple(connection.exec_driver_sql(_SHAPE).one())


def _cleared(tables: Iterable[str]) -> str:
    """Rows deleted in any order, whatever refers to them: much faster than TRUNCATE for the few that a test writes."""
    deleted = "".join(f"DELETE FROM {table};" for table in tables)
    return f"BEGIN; SET LOCAL session_replication_role = replica; {deleted} COMMIT"
