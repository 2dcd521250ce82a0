"""Two at the same item in the same moment: no move and no event is lost, on either database."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine

from include.db.engine import transaction
from include.errors import UserError
from include.items.items import open_items
from include.items.states import extend, history, move, record
from include.period import now
from tests.street import A, add_units, found_at, rows


@pytest.fixture
def item_id(database: Engine) -> str:
    with transaction() as connection:
        add_units(connection, A)
        open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15}}), dt.date(2026, 8, 20), now())
        [item] = rows(connection, "rectification_item", "id")
        return str(item["id"])


def at_once(*acts: Callable[[Connection], None]) -> list[str]:
    """The acts, each in a transaction that stays open until the other has begun its act; what was refused."""
    refused: list[str] = []
    begun = threading.Semaphore(0)

    def run(act: Callable[[Connection], None]) -> None:
        try:
            with transaction() as connection:
                begun.release()
                act(connection)
                begun.acquire(timeout=1)
                begun.acquire(timeout=0.3)
        except UserError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def events(item_id: str) -> list[str]:
    with transaction() as connection:
        return [event["kind"] for event in history(connection, item_id)]


def test_two_events_of_one_item_in_the_same_moment_are_both_kept(item_id: str) -> None:
    at_once(
        lambda connection: record(connection, item_id, "reminded", "提醒@2026-09-10", "系统", "", now()),
        lambda connection: record(connection, item_id, "urged", "催办@2026-09-10", "系统", "", now()),
    )
    assert sorted(events(item_id)) == ["opened", "reminded", "urged"]


def test_of_two_verdicts_in_the_same_moment_one_counts_and_the_other_is_told_the_state(item_id: str) -> None:
    with transaction() as connection:
        move(connection, item_id, "已反馈", "社区", "已补审", now())
    refused = at_once(
        lambda connection: move(connection, item_id, "验收", "张三", "属实", now()),
        lambda connection: move(connection, item_id, "验收", "李四", "属实", now()),
    )
    assert events(item_id) == ["opened", "answered", "verified"]
    assert len(refused) == 1
    assert "现为“验收”，不能改为“验收”" in refused[0]


def test_an_extension_is_never_shortened_by_one_granted_in_the_same_moment(item_id: str) -> None:
    days = (dt.date(2026, 12, 1), dt.date(2026, 10, 9))
    refused = at_once(
        *(lambda connection, day=day: extend(connection, item_id, day, "张三", "台风", now()) for day in days)  # type: ignore[misc]
    )
    with transaction() as connection:
        [item] = rows(connection, "rectification_item", "id")
    assert item["deadline"] == days[0]
    assert events(item_id).count("extended") + len(refused) == 2
