"""The schema that migrations build is the one that the tables describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from include.db.engine import migrate
from include.db.tables import metadata


def test_the_migrations_build_exactly_the_tables_described(database: Engine) -> None:
    with database.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_a_migrated_database_changes_nothing(database: Engine) -> None:
    migrate(database)
    with database.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
