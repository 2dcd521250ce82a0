"""约谈: a secretary whose unit two circulars running name for what is long overdue is called to a talk, by a letter that is signed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine

from include.circulars.draft import draft
from include.db import sql
from include.db.engine import transaction
from include.documents.finding import get_circular
from include.items.chase import chase
from include.period import parse_moment
from include.registry.offices import office_of
from include.steps.approvals import put_what_follows
from tests.signing import sends_back, signs
from tests.street import STREET, A, B, add_units, found_at

LETTER = f"约谈通知/{A}"


class Street:
    """A street whose circulars come out one after the other, and are chased after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch
        with transaction() as connection:
            add_units(connection, A, B)

    def issues(self, period: str, on: str, problems: dict[str, dict[str, int]]) -> str:
        """The circular of a period is signed on a day; its id."""
        moment = parse_moment(f"{on}T10:00:00", "test")
        self.patch.setenv("DUBAN_NOW", moment.isoformat())
        with transaction() as connection:
            circular_id = draft(connection, found_at(connection, period, problems), moment)
        signs(circular_id)
        return circular_id

    def chases(self, day: str) -> None:
        moment = parse_moment(f"{day}T08:30:00", "test")
        self.patch.setenv("DUBAN_NOW", moment.isoformat())
        with transaction() as connection:
            chase(connection, moment)

    def letters(self) -> list[str]:
        with transaction() as connection:
            found = connection.exec_driver_sql("SELECT id FROM circular WHERE kind = '约谈通知' ORDER BY id")
            return [str(row[0]) for row in found.all()]


@pytest.fixture
def street(database: Engine, world: object, monkeypatch: pytest.MonkeyPatch) -> Street:
    return Street(monkeypatch)


def test_who_is_named_in_two_circulars_running_is_called_to_a_talk(street: Street) -> None:
    street.issues("2027H1", "2027-08-20", {A: {"A4": 30, "E1": 15}, B: {"E1": 15}})
    street.chases("2027-12-01")
    first = street.issues("2027H2", "2028-02-21", {A: {}, B: {}})
    with transaction() as connection:
        assert {one["unit"] for one in json.loads(get_circular(connection, first)["model"])["overdue"]} == {
            "第1社区",
            "第2社区",
        }
        [item] = sql.fetch(connection, "items/select_chased", any_code=[B])
        connection.exec_driver_sql(f"UPDATE rectification_item SET is_open = FALSE WHERE id = '{item['id']}'")
    assert street.letters() == []  # named once
    second = street.issues("2028H1", "2028-08-21", {A: {}, B: {}})
    assert street.letters() == [f"{LETTER}/2028-08-21/1"]
    assert put_what_follows(second) == [f"2028-08-21/{office_of(STREET, '云亭街道').account}/1"]

    [letter] = street.letters()
    with transaction() as connection:
        model = json.loads(get_circular(connection, letter)["model"])
    assert model["title"] == "关于约谈第1社区党组织书记的通知"
    assert [one["indicator"] for one in model["items"]] == ["E1", "A4"]
    assert (model["talk"]["working_days"], model["talk"]["time"]) == (5, "9时30分")
    assert model["copied_to"] == [one.name for one in office_of(STREET, "云亭街道").copied_to] != []
    number = signs(letter)
    with transaction() as connection:
        told = connection.exec_driver_sql(
            "SELECT subject, recipient, payload FROM notice WHERE kind = 'talk_called' ORDER BY recipient"
        ).all()
        history = connection.exec_driver_sql(
            f"SELECT reason FROM item_event WHERE reason LIKE '%%约谈通知（{number}）%%'"
        ).all()
    assert len(history) == 2
    payload = json.loads(str(next(row[2] for row in told if row[1] == "shuji1@example.org")))
    assert payload["talk_day"] == "暂定 2028年8月28日（节假日安排公布后确认）"  # five working days after Monday 08-21
    assert [one["problem"] for one in payload["items"]] == ["E1不到位", "A4不到位"]
    assert len(told) >= 2  # the offices under 抄送 as well


def test_a_talk_that_was_sent_back_is_not_drafted_again_and_items_before_2027_know_none(street: Street) -> None:
    street.issues("2026H1", "2026-08-20", {A: {"E1": 15}, B: {}})
    street.chases("2026-12-01")
    street.issues("2026H2", "2027-02-22", {A: {}, B: {}})
    street.issues("2027H1", "2027-08-20", {A: {"A4": 30}, B: {}})
    assert street.letters() == []
    street.chases("2027-12-01")
    street.issues("2027H2", "2028-02-21", {A: {}, B: {}})
    [letter] = street.letters()  # the circular of 2027H1 named it, too, and A4 was found in 2027
    with transaction() as connection:
        model = json.loads(get_circular(connection, letter)["model"])
    assert [one["indicator"] for one in model["items"]] == ["A4"]
    sends_back(letter, "已当面谈过")
    assert street.letters() == [letter]
