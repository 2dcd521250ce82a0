"""The schema that migrations build is the one that the tables describe, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from include.db.engine import migrate
from include.db.tables import metadata

# Indexes over expressions cannot be read back from SQLite; ops/migration.py writes them, tests/intake/test_senders.py sees them used.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]


def test_the_migrations_build_exactly_the_tables_described(database: Engine) -> None:
    with database.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_a_migrated_database_changes_nothing(database: Engine) -> None:
    migrate(database)
    with database.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
