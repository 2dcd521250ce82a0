"""The schema that migrations build is the one that the tables describe, on both databases."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from include.db.engine import migrate
from include.db.tables import metadata
from include.settings import REPO

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


def test_what_came_by_mail_before_its_sender_was_looked_at_stays_as_it_was_answered(database: Engine) -> None:
    arrivals = [("a", "mailbox", "accepted"), ("b", "mailbox", "waiting"), ("c", "inbox", "accepted")]
    with database.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(REPO / "include/db/migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        for arrival, channel, status in arrivals:
            connection.exec_driver_sql(
                "INSERT INTO delivery (id, sha256, bytes, name, channel, sender, received_at, status, message, attempts) "
                f"VALUES ('{arrival}', 'x', 1, 'x', '{channel}', '', '2026-07-01 00:00:00', '{status}', '', 0)"
            )
        command.upgrade(config, "head")
        found = connection.exec_driver_sql("SELECT id, sender_trust FROM delivery ORDER BY id").all()
    assert [tuple(row) for row in found] == [("a", "pass"), ("b", "none"), ("c", "own")]
