"""The business database: one engine a process, transactions that hold on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from include.beforehand import AtHand, NotReady
from include.connections import parse_connection
from include.errors import UserError
from include.settings import REPO, get_settings

SETTING = "AIRFLOW_CONN_DUBAN_DB"
_KINDS = ("sqlite", "postgres", "postgresql")
BUSY_TIMEOUT_MS = 30_000
BEGIN = "BEGIN IMMEDIATE"  # on SQLite: who will write waits for his turn at once, and not in the middle
_READS_ONLY = "duban_reads_only"
_LOOKED_AT = 1_000  # rows of an index
_CLASHES = 5
# A server that is gone without a word (its machine lost power) is given up after half a minute, and not after the
# quarter of an hour that Linux waits. For Airflow's own database too (docker-compose.yaml).
GIVES_UP = {
    "connect_timeout": 30, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
GIVES_UP_ASYNC = {"timeout": 30, "command_timeout": 60}
_CLASH_CODES = ("40001", "40P01")  # PostgreSQL: could not serialize, deadlock
MIGRATIONS = REPO / "include/db/migrations"
T = TypeVar("T")
_engines: dict[str, Engine] = {}
_chosen: ContextVar[Engine | None] = ContextVar("chosen", default=None)
_lock = threading.Lock()


def database_url(connection: str, setting: str = SETTING) -> URL:
    """The SQLAlchemy URL of an Airflow connection, given as its JSON or its URI; empty: SQLite under var/run.

    Raises UserError for what is neither, or another kind of database; it names the `setting` that held it.
    """
    if not connection:
        return URL.create("sqlite", database=str(REPO / "var/run/duban.db"))
    if not connection.lstrip().startswith("{"):
        try:
            url = make_url(connection.replace("postgres://", "postgresql://", 1))
        except (ArgumentError, ValueError):
            raise UserError(f"{setting} 既不是有效的 JSON，也不是有效的 URI：请检查引号和括号。") from None
        _check_kind(url.get_backend_name(), setting)
        return url
    found = parse_connection(setting, connection, required=("conn_type",))
    _check_kind(found.conn_type, setting)
    if found.conn_type == "sqlite":
        if not found.host:
            raise UserError(f"{setting} 中没有 host：请写上 SQLite 数据库文件的绝对路径。")
        return URL.create("sqlite", database=found.host)
    return URL.create(
        "postgresql",
        username=found.login or None,
        password=found.password or None,
        host=found.host or None,
        port=found.port,
        database=found.schema or None,
    )


def _check_kind(kind: str, setting: str) -> None:
    if kind not in _KINDS:
        raise UserError(f"{setting} 的类型“{kind}”不是能用的数据库：请写 sqlite 或 postgres。")


@contextmanager
def working_on(engine: Engine) -> Iterator[None]:
    """Inside, `get_engine` and `transaction` mean this database instead of that of the settings."""
    token = _chosen.set(engine)
    try:
        yield
    finally:
        _chosen.reset(token)


def get_engine() -> Engine:
    """The engine of AIRFLOW_CONN_DUBAN_DB, one a process and address."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    address = get_settings().database
    with _lock:
        if address not in _engines:
            _engines[address] = make_engine(database_url(address))
        return _engines[address]


def make_engine(url: URL) -> Engine:
    """An engine with the settings that several writing processes need (design invariant 8)."""
    if url.get_backend_name() != "sqlite":
        kept, more = get_settings().database_connections, get_settings().database_connections_more
        return create_engine(
            url.set(drivername="postgresql+psycopg2"), pool_pre_ping=True, pool_size=kept, max_overflow=more,
            connect_args={name: value for name, value in GIVES_UP.items() if name not in url.query},
        )  # fmt: skip
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(_READS_ONLY) else BEGIN)

    return engine


def outlive_power_cuts(connection: Connection) -> None:
    """From here on what this connection commits, and all before it, also outlives the power going off.

    It then waits for the disk at each commit: PostgreSQL, too, whose server may be set not to. `connection` is in no
    transaction.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.execute("PRAGMA synchronous = FULL")
    else:
        driver.cursor().execute("SET synchronous_commit = on")
        driver.commit()


def look_at_tables(*, is_all_new: bool = False) -> None:
    """Let the database look at what has grown, so that it finds its way: after much was written.

    PostgreSQL does so by itself, but within a minute only: there at once where everything `is_all_new`, after an import.
    """
    with get_engine().connect() as connection:
        driver: Any = connection.connection.driver_connection
        if connection.dialect.name == "sqlite":
            driver.execute(f"PRAGMA analysis_limit = {_LOOKED_AT}")
            driver.execute("PRAGMA optimize(0x10002)")  # only tables that have changed much
        elif is_all_new:
            driver.cursor().execute("ANALYZE")
            driver.commit()


@contextmanager
def transaction() -> Iterator[Connection]:
    """A short writing transaction on the business database; all or nothing."""
    with get_engine().begin() as connection:
        yield connection


@contextmanager
def reading() -> Iterator[Connection]:
    """The business database as it stands at one moment, for who only looks: it waits for no writer and holds up none."""
    with get_engine().connect().execution_options(**{_READS_ONLY: True}) as connection:
        yield connection
        connection.rollback()


def in_transaction(work: Callable[[Connection], T], *, is_kept: bool = True) -> T:
    """What `work` gives, in a transaction of its own; done again where another process wrote the same rows meanwhile, and where
    something must be typeset or archived first (include/beforehand.py).

    PostgreSQL lets two write at once and refuses the one that comes second; its next look finds what the first has
    written. `work` must bear to be done again, and gives nothing away but what it returns. Not `is_kept`: only to see what
    it gives; all that it wrote is taken back.
    """
    ready, clashes = AtHand(), 0
    while True:
        try:
            with transaction() as connection, ready.in_use():
                done = work(connection)
                if not is_kept:
                    connection.rollback()
                return done
        except NotReady:
            ready.make()
        except DBAPIError as error:
            clashes += 1
            if clashes == _CLASHES or not _is_clash(error):
                raise


def _is_clash(error: DBAPIError) -> bool:
    code = getattr(error.orig, "pgcode", None)
    return isinstance(error, IntegrityError) or code in _CLASH_CODES


def migrate(engine: Engine | None = None, revision: str = "head") -> None:
    """Bring the business database to the newest schema, or to that of an earlier revision."""
    # It brings template engines with it, which each reading of a workflow's file would pay for.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with (engine or get_engine()).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
