"""Write the migration that brings the database from the newest revision to include/db/tables/."""

from __future__ import annotations

import argparse
import functools
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.operations.ops import CreateIndexOp, DropIndexOp, MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column

from include.db.engine import database_url, make_engine, migrate
from include.db.tables import metadata
from include.settings import REPO


def write_migration(revision: str, message: str) -> None:
    """`revision` is the next number (0002), `message` what changed."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(database_url(f"sqlite:///{Path(folder) / 'empty.db'}"))
        migrate(engine)
        config = Config()
        config.set_main_option("script_location", str(REPO / "include/db/migrations"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            existing = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars())
            command.revision(
                config,
                message=message,
                rev_id=revision,
                autogenerate=True,
                process_revision_directives=functools.partial(_add_indexes_on_expressions, existing),
            )
        engine.dispose()


def _add_indexes_on_expressions(
    existing: set[str], _context: MigrationContext, _revision: object, scripts: list[MigrationScript]
) -> None:
    """Alembic cannot see an index on an expression in SQLite and leaves it out: new ones are told by their names."""
    (upgrade,), (downgrade,) = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    for table in metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            is_plain = all(isinstance(part, Column) for part in index.expressions)
            if not is_plain and index.name not in existing:
                upgrade.ops.append(CreateIndexOp.from_index(index))
                downgrade.ops.insert(0, DropIndexOp.from_index(index))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("message")
    arguments = parser.parse_args()
    write_migration(arguments.revision, arguments.message)
