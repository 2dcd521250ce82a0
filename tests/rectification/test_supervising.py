"""督办: the daily chase drafts one letter a unit, a person approves it, and the items' history gets its number."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import Connection

from include.db.engine import transaction
from include.documents.finding import get_circular
from include.documents.waiting import ask
from include.items.items import open_items
from include.items.states import extend, history, move
from include.letters.supervising import chase_day, drop_supervision, supervise
from include.period import in_zone, now
from include.signing.issue import issue, reject
from include.steps.approvals import standing
from tests.street import A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
REACHED = dt.date(2026, 9, 15)  # five days after the deadline of 15 working days
LETTER = f"督办通知单/{A}/2026-09-15/1"


def morning(day: dt.date) -> dt.datetime:
    return in_zone(dt.datetime.combine(day, dt.time(8, 30)))


@pytest.fixture
def item_ids(connection: Connection) -> list[str]:
    """Two items of one unit: E1 with 15 working days, A1 with 30."""
    add_units(connection, A, B)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "A1": 30}, B: {}}), ISSUED, now())
    return [row["id"] for row in rows(connection, "rectification_item", "deadline")]


def letters(connection: Connection) -> list[tuple[str, str]]:
    return [(row["id"], row["state"]) for row in rows(connection, "circular", "id") if row["unit_code"]]


def kinds(connection: Connection, item_id: str) -> list[str]:
    return [event["kind"] for event in history(connection, item_id)]


def approve(connection: Connection, letter_id: str, day: dt.date) -> str:
    number = issue(connection, letter_id, "李书记", morning(day), day)
    supervise(connection, json.loads(get_circular(connection, letter_id)["model"]), number, "李书记", morning(day))
    return number


def test_five_days_after_the_deadline_one_letter_is_drafted_and_nothing_is_mailed_to_the_unit(
    connection: Connection, item_ids: list[str]
) -> None:
    assert chase_day(connection, morning(REACHED)) == [LETTER]
    assert letters(connection) == [(LETTER, "draft")]
    assert [row["kind"] for row in rows(connection, "notice", "id") if row["kind"] == "rectification_supervised"] == []
    assert kinds(connection, item_ids[0])[-1] == "drafted"


def test_days_of_waiting_neither_double_the_draft_nor_change_it(connection: Connection, item_ids: list[str]) -> None:
    chase_day(connection, morning(REACHED))
    assert chase_day(connection, morning(REACHED)) == [LETTER], "a run that died before it could ask asks again"
    ask(connection, LETTER, morning(REACHED))
    before = get_circular(connection, LETTER)
    for days in range(1, 9):
        again = chase_day(connection, morning(REACHED + dt.timedelta(days=days)))
        assert again == []
    assert get_circular(connection, LETTER) == before
    assert letters(connection) == [(LETTER, "draft")]
    assert kinds(connection, item_ids[0])[-2:] == ["drafted", "carried"]


def test_an_approved_letter_goes_to_the_secretary_with_copies_and_into_the_history(
    connection: Connection, item_ids: list[str]
) -> None:
    chase_day(connection, morning(REACHED))
    number = approve(connection, LETTER, REACHED)
    [notice] = [row for row in rows(connection, "notice", "id") if row["kind"] == "rectification_supervised"]
    unit = next(row for row in rows(connection, "unit", "code") if row["code"] == A)
    assert notice["recipient"] == unit["secretary_email"]
    assert notice["copy_to"].split(",")[-1] == "committee@duban.invalid"
    event = history(connection, item_ids[0])[-1]
    assert (event["kind"], event["actor"]) == ("supervised", "李书记")
    assert number in event["reason"]
    later = chase_day(connection, morning(REACHED + dt.timedelta(days=1)))
    assert (later, letters(connection)) == ([], [(LETTER, "issued")])


def test_an_item_that_is_answered_meanwhile_leaves_the_draft_and_the_last_one_takes_it_along(
    connection: Connection,
) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "E2": 15}}), ISSUED, now())
    first, second = (row["id"] for row in rows(connection, "rectification_item", "indicator"))
    chase_day(connection, morning(REACHED))
    ask(connection, LETTER, morning(REACHED))
    assert len(json.loads(get_circular(connection, LETTER)["model"])["items"]) == 2
    move(connection, first, "已反馈", "望江社区", "已完成", now())
    chase_day(connection, morning(REACHED + dt.timedelta(days=1)))
    [item] = json.loads(get_circular(connection, LETTER)["model"])["items"]
    assert item["id"] == second
    extend(connection, second, dt.date(2027, 1, 20), "党工委", "台风", now())
    chase_day(connection, morning(REACHED + dt.timedelta(days=2)))
    assert letters(connection) == [(LETTER, "withdrawn")]


@pytest.mark.usefixtures("database")
def test_what_is_answered_in_the_morning_is_not_supervised_by_a_signature_at_noon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction() as connection:
        add_units(connection, A)
        open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "E2": 15}}), ISSUED, now())
        first, second = (row["id"] for row in rows(connection, "rectification_item", "indicator"))
        chase_day(connection, morning(REACHED))
        asked = get_circular(connection, LETTER)["model_hash"]
    monkeypatch.setenv("DUBAN_NOW", "2026-09-15T12:00:00")
    assert standing(LETTER, asked) == "same"
    for item_id, becomes in ((first, "changed"), (second, "withdrawn")):
        with transaction() as connection:
            move(connection, item_id, "已反馈", "望江社区", "已完成", now())
        assert standing(LETTER, asked) == becomes


def test_an_item_sent_back_by_the_inspectors_is_drafted_again(connection: Connection, item_ids: list[str]) -> None:
    chase_day(connection, morning(REACHED))
    move(connection, item_ids[0], "已反馈", "望江社区", "已完成", now())
    chase_day(connection, morning(REACHED + dt.timedelta(days=1)))
    assert letters(connection) == [(LETTER, "withdrawn")]
    move(connection, item_ids[0], "退回", "检查组", "佐证不足", now())
    chase_day(connection, morning(REACHED + dt.timedelta(days=2)))
    assert letters(connection) == [(LETTER, "withdrawn"), (f"督办通知单/{A}/2026-09-17/1", "draft")]


def test_a_letter_sent_back_is_not_drafted_again_for_the_same_deadline(
    connection: Connection, item_ids: list[str]
) -> None:
    chase_day(connection, morning(REACHED))
    reject(connection, LETTER, "李书记", morning(REACHED), "已当面约谈")
    model = json.loads(get_circular(connection, LETTER)["model"])
    drop_supervision(connection, model, "李书记", morning(REACHED), "已当面约谈")
    assert chase_day(connection, morning(REACHED + dt.timedelta(days=1))) == []
    assert letters(connection) == [(LETTER, "withdrawn")]
    assert "已当面约谈" in history(connection, item_ids[0])[-1]["reason"]
