"""The schema that migrations build is the one that the tables describe, on both databases."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from include.db import sql
from include.db.engine import migrate
from include.db.tables import metadata
from include.documents.questions import unsigned
from include.documents.referrals import take_batch
from include.period import now
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


def test_what_was_decided_and_signed_before_keeps_its_order_and_counts_as_signed(database: Engine) -> None:
    """Two letters signed within a second by their numbers; a draft that was sent back waits for nobody."""
    acts = [
        ("f", "approval", "信/二", "10:00:00"),
        ("a", "approval", "信/三", "10:00:00"),
        ("z", "correction", "x", "09:00:00"),
        ("c", "approval", "信/一", "10:00:00"),
        ("b", "rejection", "通报", "11:00:00"),
    ]
    with database.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(REPO / "include/db/migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
        for number, letter in enumerate(("信/一", "信/二", "信/三"), 1):
            connection.exec_driver_sql(
                "INSERT INTO circular (id, kind, state, model_hash, model, document_number, approved_by, approved_at) "
                f"VALUES ('{letter}', '', 'issued', 'h', '', '{number}号', '王书记', '2026-08-20 10:00:00')"
            )
            connection.exec_driver_sql(
                "INSERT INTO document_number (prefix, year, sequence, circular_id, is_void) "
                f"VALUES ('云', 2026, {number}, '{letter}', FALSE)"
            )
        connection.exec_driver_sql(
            "INSERT INTO circular (id, kind, state, model_hash, model, document_number, approved_by, asked_at) "
            "VALUES ('通报', '', 'draft', 'h', '', '', '', '2026-08-20 08:00:00')"
        )
        for key, kind, field, time in acts:
            connection.exec_driver_sql(
                "INSERT INTO decision (id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at) "
                f"VALUES ('{key}', '{kind}', '', '', '', '{field}', '', '', '', '2026-08-20 {time}')"
            )
        command.upgrade(config, "head")
        found = connection.exec_driver_sql("SELECT id FROM decision ORDER BY sequence").scalars().all()
        waiting = connection.exec_driver_sql("SELECT COUNT(*) FROM circular WHERE asked_at IS NOT NULL").scalar_one()
        again = {
            "id": "new",
            "kind": "x",
            "scheme": "",
            "period": "",
            "unit_code": "",
            "field": "",
            "value": "",
            "reason": "",
        }
        more = {"decided_by": "", "decided_at": now(), "sha256": None, "account": ""}
        sql.execute(connection, "decisions/insert_decision", **again, **more)
        last = connection.exec_driver_sql("SELECT id, sequence FROM decision ORDER BY sequence DESC LIMIT 1").one()
        assert unsigned(connection) == []
    assert found == ["z", "c", "f", "a", "b"]
    assert (waiting, tuple(last)) == (0, ("new", 6))


def test_a_draft_that_waits_when_the_office_is_upgraded_is_left_to_the_run_that_waits_with_it(database: Engine) -> None:
    """Its run is known by the draft's own key, and goes on under it; the question keeps where it was asked."""
    letter = "联席会议通知/990000001/例会/1"
    with database.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(REPO / "include/db/migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0021")
        connection.exec_driver_sql(
            "INSERT INTO circular (id, kind, street_code, state, model_hash, model, document_number, approved_by, asked_at) "
            f"VALUES ('{letter}', '联席会议通知', '990000001', 'draft', 'h', '{{}}', '', '', '2026-08-20 08:00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO question (circular_id, sequence, model_hash, asked_at, asked_in, answer, account, name, note, how) "
            f"VALUES ('{letter}', 1, 'h', '2026-08-20 08:00:00', 'letter/run/approve/3', '', '', '', '', '')"
        )
        command.upgrade(config, "head")
        [question] = connection.exec_driver_sql("SELECT office, batch, asked_in FROM question").all()
        assert take_batch(connection, letter, "run") == [letter]
        command.downgrade(config, "0021")
        before = connection.exec_driver_sql("SELECT asked_in FROM question").scalar_one()
        command.upgrade(config, "head")
    assert tuple(question) == ("990000001", "", "letter/run/approve/-1/3")
    assert before == "letter/run/approve/3"
