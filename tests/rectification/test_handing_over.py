"""A community ends, another comes after it: its items go on with their history, and are nobody's second problem."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import Connection, insert

from include.db import tables
from include.items.chase import chase
from include.items.handing_over import hand_over
from include.items.items import open_items
from include.items.states import history
from include.period import now, parse_moment
from include.registry.successions import successions
from tests.street import STREET, A, B, add_units, found_at, rows

C = f"{STREET}003"
ISSUED, DAY = dt.date(2026, 8, 20), dt.date(2026, 9, 1)
NEXT_DAY = parse_moment("2026-09-01T08:30:00", "test")


def succeeds(connection: Connection, *codes: str, day: dt.date = DAY) -> None:
    """C comes after the others."""
    for code in codes:
        values = {"code": code, "link": "继任", "to_code": C, "valid_from": day}
        connection.execute(insert(tables.unit_link).values(**values))
        connection.execute(
            tables.unit.update().where(tables.unit.c.code == code).values(valid_to=day - dt.timedelta(days=1))
        )


@pytest.fixture
def merged(connection: Connection) -> Connection:
    """A and B, both with E1 and A with D2 to put right, go into C on the first of September."""
    add_units(connection, A, B, C)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "D2": 30}, B: {"E1": 20}}), ISSUED, now())
    succeeds(connection, A, B)
    return connection


def test_items_stay_where_they_are_until_the_day_of_the_succession(merged: Connection) -> None:
    assert hand_over(merged, parse_moment("2026-08-31T08:30:00", "test")) == 0


def test_the_chase_of_the_day_hands_items_on_and_writes_to_those_who_answer_now(merged: Connection) -> None:
    chase(merged, NEXT_DAY)
    items = {(row["origin_code"], row["indicator"]): row for row in rows(merged, "rectification_item", "id")}
    assert {row["unit_code"] for row in items.values()} == {C}
    assert items[A, "D2"]["owner"] == "shuji3@example.org"
    assert [event["kind"] for event in history(merged, items[A, "D2"]["id"])][:2] == ["opened", "handed_on"]
    assert hand_over(merged, NEXT_DAY) == 0, "once is enough"


def test_one_problem_of_two_that_merge_goes_on_as_one_item_with_the_earlier_deadline(merged: Connection) -> None:
    hand_over(merged, NEXT_DAY)
    going_on = {
        row["origin_code"]: row["is_open"]
        for row in rows(merged, "rectification_item", "id")
        if row["indicator"] == "E1"
    }
    assert going_on == {A: True, B: False}


def test_a_problem_found_before_and_told_after_the_succession_is_the_successors(connection: Connection) -> None:
    add_units(connection, A, C)
    succeeds(connection, A, day=dt.date(2026, 7, 1))
    open_items(
        connection, found_at(connection, "2026H1", {A: {"E1": 15}}), ISSUED, parse_moment("2026-08-20T09:00:00", "test")
    )
    [item] = rows(connection, "rectification_item", "id")
    assert (item["unit_code"], item["origin_code"], item["owner"]) == (C, A, "shuji3@example.org")
    [told] = rows(connection, "notice", "id")
    assert (told["unit_code"], told["recipient"]) == (C, "shuji3@example.org")


def test_the_successors_next_period_carries_the_item_on(merged: Connection) -> None:
    hand_over(merged, NEXT_DAY)
    later = parse_moment("2027-03-01T09:00:00", "test")
    open_items(merged, found_at(merged, "2026H2", {C: {"D2": 30}}), later.date(), later)
    [item] = [row for row in rows(merged, "rectification_item", "id") if row["indicator"] == "D2"]
    assert [event["kind"] for event in history(merged, item["id"])] == ["opened", "handed_on", "carried"]


def test_what_is_split_goes_on_with_the_first_of_those_after_it_and_is_compared_by_all_of_them(
    connection: Connection,
) -> None:
    add_units(connection, A, B, C)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15}}), ISSUED, now())
    for code in (B, C):
        values = {"code": A, "link": "继任", "to_code": code, "valid_from": DAY}
        connection.execute(insert(tables.unit_link).values(**values))
    hand_over(connection, NEXT_DAY)
    [item] = rows(connection, "rectification_item", "id")
    assert (item["unit_code"], item["origin_code"], item["is_open"]) == (B, A, True)
    known, total = successions(connection), {A: Decimal("88.00")}
    assert [known.inherited(code, total, DAY) for code in (B, C)] == [Decimal("88.00")] * 2
    assert known.only_before(B, DAY) is None, "last period's figures were of both, and are nobody's alone"
