"""What takes long is made before the transaction that writes of it, and what was made is what is written."""

import datetime as dt
import threading

import pytest
from sqlalchemy import Connection, Engine

from include.archive import contents
from include.beforehand import beforehand
from include.db import sql
from include.db.engine import in_transaction, reading

MOMENT = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
made: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_made() -> None:
    made.clear()


def see(connection: Connection, key: str) -> None:
    sql.execute(connection, "intake/insert_sighting", id=key, received_at=MOMENT)


def seen() -> list[str]:
    with reading() as connection:
        return sorted(row["id"] for row in sql.fetch(connection, "intake/select_sightings"))


@beforehand(meanwhile=b"")
def workbook(name: str, rows: dict[str, list[int]]) -> bytes:
    made.append(name)
    return f"{name} {rows}".encode()


@beforehand
def typeset(text: str) -> str:
    another_writer()
    made.append(text)
    return text.upper()


def another_writer() -> None:
    """Does not wait: it would for ever, were the transaction of who called open."""
    done = threading.Thread(target=lambda: in_transaction(lambda connection: see(connection, "another")))
    done.start()
    done.join()


def test_many_are_made_at_once_and_written_once(database: Engine) -> None:
    tries = []

    def work(connection: Connection) -> list[str]:
        tries.append(1)
        names = [contents.store(workbook(f"book {at}", {"rows": [at]})) for at in range(20)]
        for name in names:
            see(connection, name)
        return names

    names = in_transaction(work)
    assert made == [f"book {at}" for at in range(20)]
    assert seen() == sorted(names)
    assert contents.load(names[3]) == b"book 3 {'rows': [3]}"
    assert len(tries) == 3, "to find out, to find what is to be archived, to write"


def test_others_write_while_it_is_typeset(database: Engine) -> None:
    def work(connection: Connection) -> str:
        see(connection, "own")
        return typeset("text")

    assert in_transaction(work) == "TEXT"
    assert (seen(), made) == (["another", "own"], ["text"])


def test_what_is_found_otherwise_the_second_time_is_made_of_that(database: Engine) -> None:
    """A number that another took meanwhile."""

    def work(connection: Connection) -> str:
        return typeset(f"number {len(sql.fetch(connection, 'intake/select_sightings'))}")

    assert in_transaction(work) == "NUMBER 1"
    assert made == ["number 0", "number 1"]


def test_what_goes_wrong_with_what_stands_in_meanwhile_goes_wrong_with_nobody(database: Engine) -> None:
    def work(connection: Connection) -> int:
        return len(workbook("book", {})) // len(workbook("book", {}))

    assert in_transaction(work) == 1

    def wrong(connection: Connection) -> None:
        see(connection, "never")
        workbook("book", {})
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        in_transaction(wrong)
    assert seen() == []


def test_what_is_only_looked_at_is_taken_back(database: Engine) -> None:
    in_transaction(lambda connection: see(connection, "never"), is_kept=False)
    assert seen() == []
