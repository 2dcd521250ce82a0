"""What a long story leaves behind, so that it is told once a run of pytest and kind of database, and not before each test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text

from include.db.engine import transaction
from include.db.tables import metadata
from include.settings import get_settings


@dataclass(frozen=True)
class Snapshot:
    """The rows of every table, where PostgreSQL's sequences stand, and a copy of the archive."""

    rows: dict[Table, list[dict[str, Any]]]
    sequences: dict[str, int]
    archive: Path

    def put_back(self) -> None:
        """Into the empty database and the empty archive of the settings."""
        with transaction() as connection:
            for table, rows in self.rows.items():
                if rows:
                    connection.execute(insert(table), rows)
            for name, value in self.sequences.items():
                connection.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": value})
        shutil.copytree(self.archive, get_settings().archive, dirs_exist_ok=True)


def snapshot(folder: Path) -> Snapshot:
    """Of the database and the archive of the settings; the copy of the archive lies in `folder`."""
    shutil.copytree(get_settings().archive, folder / "archive")
    with transaction() as connection:
        rows = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }
        return Snapshot(rows, _sequences(connection), folder / "archive")


def _sequences(connection: Connection) -> dict[str, int]:
    if connection.dialect.name == "sqlite":
        return {}
    found = connection.execute(text("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"))
    return {row.sequencename: row.last_value for row in found}
