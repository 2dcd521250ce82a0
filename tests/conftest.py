"""Fixtures that every test shares: a fresh world in a temporary folder, on each database that answers here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.db.engine import database_url, get_engine, make_engine, migrate
from include.intake import inbox
from tests.held_up import HeldUp
from tests.postgres import HAS_POSTGRES, Postgres
from tests.typeset_once import typeset_anew, typeset_once

__all__ = ["typeset_anew", "typeset_once"]  # fixtures


def pytest_configure() -> None:
    if os.environ.get("CI") and not HAS_POSTGRES:
        raise pytest.UsageError("CI needs a PostgreSQL that answers on loopback (DUBAN_TEST_POSTGRES).")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `database` runs on SQLite, and on PostgreSQL wherever one answers; there a whole story with the long ones."""
    if "dialect" in metafunc.fixturenames:
        is_story = metafunc.definition.get_closest_marker("story") is not None
        other = pytest.param("postgresql", marks=[pytest.mark.long] if is_story else [])
        metafunc.parametrize("dialect", ["sqlite", other] if HAS_POSTGRES else ["sqlite"], scope="function")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_POSTGRES:
        terminalreporter.write_line("NOT RUN here: every test's PostgreSQL half (no server answers on loopback).")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "duban.db"
    engine = make_engine(database_url(f"sqlite:///{path}"))
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.drop()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for inbox and archive, in which files need not lie still for long, and a clock that stands still
    until a test moves it."""
    monkeypatch.setattr(inbox, "QUIET_SECONDS", 0.01)
    monkeypatch.setenv("DUBAN_INBOX", str(tmp_path / "inbox"))
    monkeypatch.setenv("DUBAN_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T09:00:00")
    monkeypatch.setenv("DUBAN_SECRET", "a secret of the tests")
    monkeypatch.setenv("DUBAN_INBOX_OWN", "true")  # as in demo and close; tests of proof take it away
    (tmp_path / "inbox").mkdir()
    return tmp_path


@pytest.fixture
def database(
    world: Path, dialect: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """An empty business database at the newest schema; get_engine() and transaction() use it. Whatever the test does, nothing slow
    is done while the program holds a transaction open."""
    postgres: Postgres | None = None
    if dialect == "sqlite":
        path = world / "duban.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{path}")
    else:
        postgres = request.getfixturevalue("_postgres")
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", postgres.address())
    held_up = HeldUp(get_engine(), monkeypatch)
    yield get_engine()
    get_engine().dispose()
    if postgres is not None:
        postgres.empty()
    assert held_up.found == []


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    """One transaction on `database`, rolled back at the end."""
    with database.connect() as opened:
        yield opened
        opened.rollback()
