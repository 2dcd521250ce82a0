"""The business database out of a running office and into an empty place, as it stood at one moment.

SQLite by its own online copy, page for page. PostgreSQL by COPY of every table over one repeatable-read snapshot: it needs
no client of the server's version (the image has none), holds up nobody, and is read into the schema that the migrations make.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg2 import sql as psycopg_sql
from sqlalchemy import URL, Connection, Engine, MetaData, Sequence, inspect, literal, select, table
from sqlalchemy.schema import DropSequence

from include.db import sql
from include.db.engine import MIGRATIONS, make_engine, migrate
from include.errors import UserError

FILE = "database.sqlite.gz"
_LEVEL = 6
_REVISIONS = "alembic_version"
_SIDE_FILES = ("-wal", "-shm")
Before = Callable[[list[str]], None]


def save(engine: Engine, folder: Path) -> dict[str, Any]:
    """Write the database into `folder`; what the manifest says of it."""
    return _save_sqlite(engine, folder) if engine.dialect.name == "sqlite" else _save_postgres(engine, folder)


def _save_sqlite(engine: Engine, folder: Path) -> dict[str, Any]:
    copy = folder / "database.part"
    with engine.connect() as connection, closing(sqlite3.connect(copy)) as target:
        driver: Any = connection.connection.driver_connection
        driver.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without others beside it
    with _opened(copy) as made:
        _check(made)
        revision = _revision(made)
    with copy.open("rb") as plain, (folder / FILE).open("wb") as file, _packed(file) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
    for path in folder.glob(f"{copy.name}*"):
        path.unlink()
    return {"kind": "sqlite", "revision": revision}


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    """An SQLite file that nobody else has open."""
    engine = make_engine(URL.create("sqlite", database=str(path)))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _check(database: Connection) -> None:
    found = database.exec_driver_sql("PRAGMA quick_check(3)").scalars().all()
    if found != ["ok"]:
        raise UserError(f"数据库文件已损坏（{'；'.join(found)}）：请从上一份备份恢复。")


def _revision(database: Connection) -> str | None:
    return MigrationContext.configure(database).get_current_revision()


def _save_postgres(engine: Engine, folder: Path) -> dict[str, Any]:
    tables: dict[str, dict[str, Any]] = {}
    with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
        revision = _revision(connection)
        looked = inspect(connection)
        for name in sorted(set(looked.get_table_names()) - {_REVISIONS}):
            columns = [column["name"] for column in looked.get_columns(name)]
            with (folder / f"{name}.copy.gz").open("wb") as file, _packed(file) as packed:
                rows = _copy(connection, "COPY {} ({}) TO STDOUT", name, columns, packed)
            tables[name] = {"columns": columns, "rows": rows}
        numbers = {row["name"]: row["last_value"] for row in sql.fetch(connection, "ops/select_sequences")}
        connection.rollback()
    return {"kind": "postgresql", "revision": revision, "tables": tables, "numbers": numbers}


def _packed(file: Any) -> gzip.GzipFile:
    """The same bytes give the same file."""
    return gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0, filename="")


def _copy(connection: Connection, statement: str, name: str, columns: Iterable[str], file: Any) -> int:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        names = psycopg_sql.SQL(", ").join(map(psycopg_sql.Identifier, columns))
        cursor.copy_expert(psycopg_sql.SQL(statement).format(psycopg_sql.Identifier(name), names), file)
        return int(cursor.rowcount)


def is_known(revision: str) -> bool:
    """Whether this program has the migration that a database was left at."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return revision in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def holds_rows(engine: Engine) -> bool:
    """Whether anything is in a database; one that was only prepared is empty."""
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        if not path.is_file() or not path.stat().st_size:
            return False
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {_REVISIONS}
        first = (select(literal(1)).select_from(table(name)).limit(1) for name in sorted(names))
        return any(connection.execute(one).first() for one in first)


def load(engine: Engine, folder: Path, said: dict[str, Any], before: Before) -> None:
    """Bring a database that holds no rows to what `save` wrote; `before` is given the names of the keys that it records as
    destroyed, before anybody can read it. Whole, or as it was."""
    if said["kind"] == "sqlite":
        _load_sqlite(engine, folder, before)
    else:
        _load_postgres(engine, folder, said, before)


def _load_sqlite(engine: Engine, folder: Path, before: Before) -> None:
    path = Path(engine.url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    _remove(part)
    with gzip.open(folder / FILE, "rb") as packed, part.open("wb") as plain:
        shutil.copyfileobj(packed, plain, 1 << 20)
    with _opened(part) as copied:
        _check(copied)
        erased = _erased(copied)
    before(erased)
    engine.dispose()
    _remove(path)
    part.replace(path)


def _remove(path: Path) -> None:
    """An SQLite file with those that it has beside it."""
    for ending in ("", *_SIDE_FILES):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _load_postgres(engine: Engine, folder: Path, said: dict[str, Any], before: Before) -> None:
    _prepare(engine, said["revision"])
    with engine.begin() as connection:
        order = [name for name, _ in inspect(connection).get_sorted_table_and_fkc_names() if name in said["tables"]]
        for name in order:
            with gzip.open(folder / f"{name}.copy.gz", "rb") as packed:
                _copy(connection, "COPY {} ({}) FROM STDIN", name, said["tables"][name]["columns"], packed)
        for name, value in said["numbers"].items():
            sql.fetch(connection, "ops/set_sequence", sequence=name, last_value=value)
        before(_erased(connection))


def _erased(database: Connection) -> list[str]:
    return [row["key_name"] for row in sql.fetch(database, "ops/select_erasures")]


def _prepare(engine: Engine, revision: str) -> None:
    """Empty tables as that revision has them, whatever empty ones there are."""
    with engine.begin() as connection:
        found = MetaData()
        found.reflect(connection)
        if _REVISIONS in found.tables:
            found.drop_all(connection)
            for name in inspect(connection).get_sequence_names():  # those that no table owns
                connection.execute(DropSequence(Sequence(name)))
    migrate(engine, revision)
