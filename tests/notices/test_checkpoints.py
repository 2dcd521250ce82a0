"""After a checkpoint quarter each unit is told what it will miss, and told again only where that has changed."""

from __future__ import annotations

from sqlalchemy import Connection, String, cast, text

from include.db import tables
from include.outbox.outbox import silence
from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.checkpoints import announce_checkpoint
from tests.street import A, B, C, D, Street, at, rows

FIRST_QUARTER = load_scheme("half_year", Period.parse("2026Q1"))
CLOSE = at("2026-04-15T23:59:59")


def street_of(connection: Connection) -> Street:
    street = Street(connection)
    address = cast(tables.unit.c.code, String) + "@example.org"
    connection.execute(tables.unit.update().values(secretary_email=address))
    for code in (A, B, C, D):
        street.hands_in(code, "2026-04-05T10:00:00", scheme=FIRST_QUARTER)
    return street


def told(connection: Connection, street: Street) -> list[tuple[str, int, str]]:
    assessment = street.assess(CLOSE, FIRST_QUARTER)
    announce_checkpoint(connection, assessment.id, CLOSE)
    notices = rows(connection, "notice", "id")
    return sorted((notice["unit_code"], notice["revision"], notice["state"]) for notice in notices)


def test_a_new_revision_is_told_to_the_units_that_it_changed_and_to_no_other(connection: Connection) -> None:
    street = street_of(connection)
    first = [(code, 1, "pending") for code in (A, B, C, D)]
    assert told(connection, street) == told(connection, street) == first
    street.hands_in(B, "2026-04-06T10:00:00", {"支委会次数": 0}, scheme=FIRST_QUARTER)
    assert told(connection, street) == sorted([*first, (B, 2, "pending")])


def test_a_revision_is_told_to_a_unit_that_was_told_nothing_before(connection: Connection) -> None:
    street = street_of(connection)
    with silence("补算不发通知。"):
        told(connection, street)
    street.hands_in(B, "2026-04-06T10:00:00", {"支委会次数": 0}, scheme=FIRST_QUARTER)
    states = [state for _, revision, state in told(connection, street) if revision == 2]
    assert states == ["pending"] * 4


def test_what_was_told_is_known_when_old_notices_are_purged(connection: Connection) -> None:
    street = street_of(connection)
    told(connection, street)
    connection.execute(text("DELETE FROM notice"))
    assert told(connection, street) == []
    street.hands_in(B, "2026-04-06T10:00:00", {"支委会次数": 0}, scheme=FIRST_QUARTER)
    assert told(connection, street) == [(B, 2, "pending")]


def test_a_unit_whose_mail_failed_is_told_by_the_next_revision(connection: Connection) -> None:
    street = street_of(connection)
    told(connection, street)
    connection.execute(text("UPDATE notice SET state = 'failed', mail_id = 'm' WHERE unit_code = :code"), {"code": A})
    street.hands_in(B, "2026-04-06T10:00:00", {"支委会次数": 0}, scheme=FIRST_QUARTER)
    assert [code for code, revision, _ in told(connection, street) if revision == 2] == sorted([A, B])
