"""What offices on older versions have on their disks is brought to today's version, and is what it was (tests/data/upgrade/)."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Boolean, Engine, MetaData, inspect, text

from include.archive import contents
from include.db.engine import database_url, get_engine, transaction
from include.db.tables import metadata
from include.period import Period
from include.rebuild.upgrade import upgrade
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.settings import REPO, get_settings
from include.steps import closing
from tests.history.make_past_version import COMMITS, DATA
from tests.postgres import POSTGRES, admin

STREET = "990101001"
Manifest = dict[str, Any]
_NUMBERED = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_default LIKE 'nextval%'
"""


@pytest.fixture(params=sorted(COMMITS))
def past(request: pytest.FixtureRequest, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office of that version, with its database as it was, on the settings of today; it had no secret."""
    subprocess.run(["tar", "--zstd", "-xf", DATA / f"{request.param}.tar.zst", "-C", world], check=True)
    monkeypatch.delenv("DUBAN_SECRET")
    monkeypatch.setenv("DUBAN_SECRET_FILE", str(world / "secret"))
    monkeypatch.setenv("DUBAN_NOW", "2026-09-07T09:00:00")
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{world / 'duban.db'}")
    return world


@pytest.fixture
def office(past: Path, dialect: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same, also with its rows in PostgreSQL."""
    if dialect == "sqlite":
        yield past
        get_engine().dispose()
        return
    source, name = get_engine(), f"duban_past_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = database_url(POSTGRES).set(database=name)
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", url.render_as_string(hide_password=False))
    _carry_over(source, get_engine())
    yield past
    get_engine().dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _carry_over(source: Engine, target: Engine) -> None:
    """The same rows in PostgreSQL, under the schema of then."""
    config = Config()
    config.set_main_option("script_location", str(REPO / "include/db/migrations"))
    with source.connect() as old, target.begin() as new:
        revision = old.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        config.attributes["connection"] = new
        command.upgrade(config, revision)
        then = MetaData()
        then.reflect(new)
        for table in (one for one in then.sorted_tables if one.name != "alembic_version"):
            flags = {column.name for column in table.columns if isinstance(column.type, Boolean)}
            rows = [
                {name: bool(value) if name in flags and value is not None else value for name, value in row.items()}
                for row in old.execute(text(f"SELECT * FROM {table.name}")).mappings()
            ]
            if rows:
                literals = ", ".join(f"%({name})s" for name in rows[0])
                names = ", ".join(f'"{name}"' for name in rows[0])
                new.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({literals})", rows)
        for name, column in new.execute(text(_NUMBERED)).all():
            new.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), (SELECT MAX({column}) FROM {name}))"
            )
    source.dispose()


def exported(out: Path) -> Manifest:
    with transaction() as connection:
        write_out(connection, load_scheme("half_year", Period.parse("2026H1")), out, STREET)
    found: Manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_an_office_of_an_older_version_is_upgraded_and_rerun_to_the_same_revision_and_the_same_out(
    office: Path,
) -> None:
    upgrade()
    assert {table.name for table in metadata.sorted_tables} <= set(inspect(get_engine()).get_table_names())
    assert closing.close_streets("half_year", "2026H1", [STREET], "test") == []
    then: Manifest = json.loads((office / "manifest.json").read_text(encoding="utf-8"))
    again = exported(office / "out")
    for manifest in (then, again):
        manifest.pop("input_hash")
        manifest.pop("sources", None)
    assert again == then


def test_what_an_older_version_archived_is_read_and_the_first_new_content_makes_the_secret(past: Path) -> None:
    kept = [path.name for path in get_settings().archive.rglob("*") if path.is_file() and len(path.name) == 64]
    assert len(kept) > 50
    for sha256 in kept:
        contents.verify(sha256)
    assert not (past / "secret").exists()
    assert contents.load(contents.store("新来的".encode())) == "新来的".encode()
    assert (past / "secret").stat().st_mode & 0o077 == 0
