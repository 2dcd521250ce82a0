"""提醒 → 催办 → 督办, each once, the highest reached."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import Connection

from include.items.chase import ChaseResult
from include.items.chase import chase as chase_items
from include.items.items import open_items
from include.items.states import extend, history, move
from include.letters.supervising import draft_supervisions
from include.period import add_working_days, in_zone, now
from tests.street import A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
DEADLINE = dt.date(2026, 9, 10)  # 15 working days


def chase(connection: Connection, at: dt.datetime) -> ChaseResult:
    """The chase of a day and the drafts of the letters that it makes due."""
    result = chase_items(connection, at)
    draft_supervisions(connection, result.due_letters, at)
    return result


def morning(day: dt.date) -> dt.datetime:
    return in_zone(dt.datetime.combine(day, dt.time(8, 30)))


@pytest.fixture
def item_id(connection: Connection) -> str:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15}}), ISSUED, now())
    [item] = rows(connection, "rectification_item", "id")
    assert item["deadline"] == DEADLINE
    return str(item["id"])


def chased(connection: Connection) -> list[tuple[str, str, str]]:
    return [
        (notice["kind"].removeprefix("rectification_"), notice["stage"], notice["copy_to"])
        for notice in rows(connection, "notice", "due_at", "kind")
        if notice["kind"] != "rectification_opened"
    ]


def test_an_item_is_taken_through_every_stage_on_its_day(connection: Connection, item_id: str) -> None:
    day = ISSUED
    while day <= DEADLINE + dt.timedelta(days=20):
        chase(connection, morning(day))
        day += dt.timedelta(days=1)
    assert chased(connection) == [
        ("reminder", f"提醒:{add_working_days(ISSUED, 12)}", ""),
        ("reminder", "到期提醒:2026-09-09", ""),
        ("urged", "催办:2026-09-11", "baoshequ@example.org"),
    ]
    kinds = [event["kind"] for event in history(connection, item_id)]
    assert kinds == ["opened", "reminded", "reminded", "urged", "drafted", "carried"]


def test_nothing_is_chased_before_its_time(connection: Connection, item_id: str) -> None:
    assert chase(connection, morning(add_working_days(ISSUED, 11))).items == {}
    assert chased(connection) == []


def test_the_same_day_again_does_nothing(connection: Connection, item_id: str) -> None:
    assert chase(connection, morning(dt.date(2026, 9, 11))).items == {"催办": 1}
    again = chase(connection, morning(dt.date(2026, 9, 11)))
    assert (again.items, again.skipped) == ({}, 0)
    assert len(chased(connection)) == 1


def test_after_days_without_a_run_only_the_highest_stage_is_sent_and_the_others_are_recorded(
    connection: Connection, item_id: str
) -> None:
    result = chase(connection, morning(dt.date(2026, 9, 16)))
    assert (result.items, result.skipped) == ({"督办": 1}, 3)
    assert chased(connection) == []
    assert [len(units) for units in result.due_letters.values()] == [1]
    skipped = [event["stage"] for event in history(connection, item_id) if event["kind"] == "skipped"]
    assert skipped == ["提醒@2026-09-10", "到期提醒@2026-09-10", "催办@2026-09-10"]


def test_one_notice_a_unit_and_stage_lists_all_its_items(connection: Connection) -> None:
    add_units(connection, A, B)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "E2": 15}, B: {"E1": 15}}), ISSUED, now())
    chase(connection, morning(dt.date(2026, 9, 11)))
    listed = [
        [(item["indicator"], item["days_left"]) for item in json.loads(notice["payload"])["items"]]
        for notice in rows(connection, "notice", "unit_code")
        if notice["kind"] == "rectification_urged"
    ]
    assert listed == [[("E1", -1), ("E2", -1)], [("E1", -1)]]


def test_an_answered_item_is_left_in_peace_until_it_is_sent_back(connection: Connection, item_id: str) -> None:
    move(connection, item_id, "已反馈", "望江社区", "已完成", now())
    assert chase(connection, morning(dt.date(2026, 9, 11))).items == {}
    move(connection, item_id, "退回", "检查组", "佐证不足", now())
    assert chase(connection, morning(dt.date(2026, 9, 11))).items == {"催办": 1}


def test_an_extended_item_is_chased_anew_from_its_new_deadline(connection: Connection, item_id: str) -> None:
    chase(connection, morning(dt.date(2026, 9, 11)))
    extend(connection, item_id, dt.date(2026, 10, 30), "党工委", "台风", now())
    assert chase(connection, morning(dt.date(2026, 9, 14))).items == {}
    assert chase(connection, morning(dt.date(2026, 11, 2))).items == {"催办": 1}
    assert len(chased(connection)) == 2


def test_a_closed_item_is_not_chased(connection: Connection, item_id: str) -> None:
    for state in ("已反馈", "验收", "销号"):
        move(connection, item_id, state, "检查组", "", now())
    assert chase(connection, morning(dt.date(2026, 9, 30))).items == {}
