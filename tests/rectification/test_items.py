"""Each problem becomes an item once, and keeps its history."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from include.archive import contents
from include.db import tables
from include.errors import UserError
from include.items.items import open_items
from include.items.states import extend, history, move
from include.items.workbooks import read_workbook
from include.outbox.outbox import silence
from include.period import add_working_days, in_zone, now
from include.workbooks.codes import CODE, grouped
from tests.notices.people import render_letter
from tests.street import STREET, A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
LATER = dt.date(2027, 3, 10)


def close(connection: Connection, item_id: str) -> None:
    for state in ("已反馈", "验收", "销号"):
        move(connection, item_id, state, "检查组", "已核实", now())


def test_every_problem_opens_an_item_with_owner_and_a_deadline_in_working_days(connection: Connection) -> None:
    add_units(connection, A)
    assert (
        open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30, "E1": 15, "B1": 0}}), ISSUED, now()) == 2
    )
    first, second = rows(connection, "rectification_item", "indicator")
    assert (first["indicator"], first["state"], first["opened_period"]) == ("A1", "待整改", "2026H1")
    assert (first["deadline"], second["deadline"]) == (add_working_days(ISSUED, 30), dt.date(2026, 9, 10))
    assert (first["owner"], first["liaison"]) == ("shuji1@example.org", "baoshequ@example.org")
    assert [event["kind"] for event in history(connection, first["id"])] == ["opened"]


def test_each_unit_gets_one_notice_that_lists_its_items(connection: Connection) -> None:
    add_units(connection, A, B)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30, "E1": 15}, B: {"S0": 15}}), ISSUED, now())
    listed = {
        notice["unit_code"]: [item["indicator"] for item in json.loads(notice["payload"])["items"]]
        for notice in rows(connection, "notice", "unit_code")
    }
    assert listed == {A: ["A1", "E1"], B: ["S0"]}


def test_the_same_assessment_again_changes_nothing(connection: Connection) -> None:
    add_units(connection, A)
    key = found_at(connection, "2026H1", {A: {"A1": 30}})
    open_items(connection, key, ISSUED, now())
    before = [rows(connection, table, "id") for table in ("rectification_item", "notice")]
    assert open_items(connection, key, LATER, now()) == 0
    assert [rows(connection, table, "id") for table in ("rectification_item", "notice")] == before
    assert len(rows(connection, "item_event", "sequence")) == 1


def test_an_item_still_open_is_carried_and_not_doubled(connection: Connection) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30}}), ISSUED, now())
    [before] = rows(connection, "rectification_item", "id")
    assert open_items(connection, found_at(connection, "2026H2", {A: {"A1": 30}}), LATER, now()) == 0
    assert rows(connection, "rectification_item", "id") == [before], "its deadline stays"
    assert [(e["kind"], e["stage"]) for e in history(connection, before["id"])] == [
        ("opened", "2026H1"),
        ("carried", "2026H2"),
    ]


def test_a_closed_item_found_again_is_reopened_with_its_history_and_a_new_deadline(connection: Connection) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30}}), ISSUED, now())
    [item] = rows(connection, "rectification_item", "id")
    close(connection, item["id"])
    assert open_items(connection, found_at(connection, "2026H2", {A: {"A1": 30}}), LATER, now()) == 1
    [item] = rows(connection, "rectification_item", "id")
    assert (item["state"], item["is_open"], item["opened_period"]) == ("重新打开", True, "2026H1")
    assert item["deadline"] == add_working_days(LATER, 30)
    kinds = [event["kind"] for event in history(connection, item["id"])]
    assert kinds == ["opened", "answered", "verified", "closed", "reopened"]


def test_a_rerun_does_not_open_again_what_was_closed_since(connection: Connection) -> None:
    add_units(connection, A)
    key = found_at(connection, "2026H1", {A: {"A1": 30}})
    open_items(connection, key, ISSUED, now())
    close(connection, rows(connection, "rectification_item", "id")[0]["id"])
    assert open_items(connection, key, ISSUED, now()) == 0
    assert rows(connection, "rectification_item", "id")[0]["state"] == "销号"


def test_a_restatement_closes_what_it_refutes_and_tells_only_of_what_is_new(connection: Connection) -> None:
    add_units(connection, A, B)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30}, B: {"E1": 15}}), ISSUED, now())
    restated = found_at(connection, "2026H1", {A: {"A1": 0, "A4": 30}, B: {"E1": 15}}, revision=2)
    assert open_items(connection, restated, dt.date(2026, 9, 1), now()) == 1
    states = {
        (item["unit_code"], item["indicator"]): item["state"] for item in rows(connection, "rectification_item", "id")
    }
    assert states == {(A, "A1"): "销号", (A, "A4"): "待整改", (B, "E1"): "待整改"}
    assert [(n["unit_code"], n["revision"]) for n in rows(connection, "notice", "unit_code", "revision")] == [
        (A, 1),
        (A, 2),
        (B, 1),
    ]


def test_a_backfill_opens_items_and_tells_nobody(connection: Connection) -> None:
    add_units(connection, A)
    key = found_at(connection, "2026H1", {A: {"A1": 30}})
    with silence("补算不发通知。"):
        open_items(connection, key, ISSUED, now())
    assert [(n["state"], n["reason"]) for n in rows(connection, "notice", "id")] == [("skipped", "补算不发通知。")]


@pytest.mark.parametrize(
    ("state", "to"), [("待整改", "验收"), ("待整改", "销号"), ("已反馈", "销号"), ("销号", "退回")]
)
def test_no_state_is_jumped_over(connection: Connection, state: str, to: str) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30}}), ISSUED, now())
    [item] = rows(connection, "rectification_item", "id")
    path = ["已反馈", "验收", "销号"]
    for step in path[: path.index(state) + 1 if state in path else 0]:
        move(connection, item["id"], step, "检查组", "", now())
    with pytest.raises(UserError, match=f"现为“{state}”，不能改为“{to}”"):
        move(connection, item["id"], to, "检查组", "", now())


def test_an_answer_may_be_sent_back_and_answered_again(connection: Connection) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30}}), ISSUED, now())
    [item] = rows(connection, "rectification_item", "id")
    for state in ("已反馈", "退回", "已反馈", "退回", "已反馈", "验收", "销号", "重新打开"):
        move(connection, item["id"], state, "检查组", f"改为{state}", now(), sha256="f" * 64)
    events = history(connection, item["id"])
    assert [event["kind"] for event in events].count("answered") == 3
    assert [event["sequence"] for event in events] == list(range(1, 10))
    assert events[-1]["reason"] == "改为重新打开"
    assert rows(connection, "rectification_item", "id")[0]["is_open"]


def test_an_extension_moves_the_deadline_and_says_why(connection: Connection) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15}}), ISSUED, now())
    [item] = rows(connection, "rectification_item", "id")
    extend(connection, item["id"], dt.date(2026, 9, 30), "党工委", "台风", now())
    assert rows(connection, "rectification_item", "id")[0]["deadline"] == dt.date(2026, 9, 30)
    event = history(connection, item["id"])[-1]
    assert event["reason"] == "期限由2026年9月10日延至2026年9月30日：台风"
    assert event["deadline"] == dt.date(2026, 9, 30)
    with pytest.raises(UserError) as refused:
        extend(connection, item["id"], dt.date(2026, 9, 1), "党工委", " ", now())
    assert len(refused.value.problems) == 2


def test_a_person_who_took_office_before_the_circular_owns_the_item_and_gets_the_notice(connection: Connection) -> None:
    add_units(connection, A, valid_to=dt.date(2026, 7, 31))
    add_units(connection, A, valid_from=dt.date(2026, 8, 1), secretary_email="xin@example.org")
    open_items(
        connection,
        found_at(connection, "2026H1", {A: {"A1": 30}}),
        ISSUED,
        in_zone(dt.datetime.combine(ISSUED, dt.time(9))),
    )
    assert rows(connection, "rectification_item", "id")[0]["owner"] == "xin@example.org"
    assert rows(connection, "notice", "id")[0]["recipient"] == "xin@example.org"


def test_a_carried_item_has_the_new_finding_and_those_who_answer_now_and_the_old_deadline(
    connection: Connection,
) -> None:
    add_units(connection, A, valid_to=dt.date(2026, 12, 31))
    open_items(connection, found_at(connection, "2026H1", {A: {"D1": 30}}), ISSUED, now())
    [before] = rows(connection, "rectification_item", "id")
    add_units(connection, A, valid_from=dt.date(2027, 1, 1), liaison_email="xin@example.org")
    found = found_at(connection, "2026H2", {A: {"D1": 30}})
    connection.execute(
        update(tables.score_line).where(tables.score_line.c.assessment_id == found).values(problem="缺责任书")
    )
    open_items(connection, found, LATER, in_zone(dt.datetime.combine(LATER, dt.time(9))))
    [item] = rows(connection, "rectification_item", "id")
    assert item == before | {"problem": "缺责任书", "liaison": "xin@example.org"}


def found_in(connection: Connection, period: str, days: int, revision: int = 1) -> dict[str, Any]:
    """A1 of the one unit in a revision of a period: found with so many working days, or not (0); the item then."""
    on = ISSUED if period == "2026H1" else LATER
    open_items(connection, found_at(connection, period, {A: {"A1": days}}, revision=revision), on, now())
    return rows(connection, "rectification_item", "id")[0]


def test_what_a_period_reopened_is_closed_when_its_review_refutes_it(connection: Connection) -> None:
    add_units(connection, A)
    close(connection, found_in(connection, "2026H1", 30)["id"])
    assert found_in(connection, "2026H2", 30)["state"] == "重新打开"
    assert found_in(connection, "2026H2", 0, revision=2)["state"] == "销号"


def test_what_a_review_refutes_stays_open_while_another_period_finds_it(connection: Connection) -> None:
    add_units(connection, A)
    found_in(connection, "2026H1", 30)
    found_in(connection, "2026H2", 30)
    assert found_in(connection, "2026H1", 0, revision=2)["is_open"], "the later circular named it too"
    assert found_in(connection, "2026H2", 0, revision=2)["state"] == "销号"


def test_what_a_person_opened_again_no_review_of_old_figures_closes(connection: Connection) -> None:
    add_units(connection, A)
    item = found_in(connection, "2026H1", 30)
    close(connection, item["id"])
    move(connection, item["id"], "重新打开", "王五", "又出现", now())
    assert found_in(connection, "2026H1", 0, revision=2)["is_open"]


def test_a_problem_refuted_by_one_review_and_found_by_the_next_is_open_again(connection: Connection) -> None:
    add_units(connection, A)
    found_in(connection, "2026H1", 30)
    found_in(connection, "2026H1", 0, revision=2)
    item = found_in(connection, "2026H1", 30, revision=3)
    assert (item["state"], item["is_open"]) == ("重新打开", True)
    close(connection, item["id"])
    assert open_items(connection, f"half_year/2026H1/{STREET}/r3", ISSUED, now()) == 0, "once for a revision"
    assert found_in(connection, "2026H1", 30, revision=4)["state"] == "销号", "done, and people have seen it"


def test_a_review_that_words_a_problem_anew_rewrites_the_open_item_and_tells_the_unit(connection: Connection) -> None:
    add_units(connection, A)
    found_in(connection, "2026H1", 30)
    restated = found_at(connection, "2026H1", {A: {"A1": 30}}, revision=2)
    connection.execute(
        update(tables.score_line).where(tables.score_line.c.assessment_id == restated).values(problem="缺一次")
    )
    assert open_items(connection, restated, dt.date(2026, 9, 1), now()) == 0
    [item] = rows(connection, "rectification_item", "id")
    assert (item["problem"], item["deadline"]) == ("缺一次", add_working_days(ISSUED, 30))
    assert [event["kind"] for event in history(connection, item["id"])] == ["opened", "restated"]
    assert [row["revision"] for row in rows(connection, "notice", "revision")] == [1, 2]


def test_a_step_run_again_after_the_correction_was_issued_changes_nothing(connection: Connection) -> None:
    add_units(connection, A)
    first = found_at(connection, "2026H1", {A: {"A1": 30}})
    open_items(connection, first, ISSUED, now())
    restated = found_at(connection, "2026H1", {A: {"A1": 0, "E1": 15}}, revision=2)
    issued = {
        "id": "更正通报/1",
        "assessment_id": restated,
        "kind": "更正通报",
        "street_code": STREET,
        "state": "issued",
        "period": "2026H1",
        "model": "{}",
        "model_hash": "",
        "document_number": "2",
        "approved_by": "李书记",
    }
    connection.execute(insert(tables.circular).values(issued))
    open_items(connection, restated, dt.date(2026, 9, 1), now())
    before = rows(connection, "rectification_item", "id")
    assert open_items(connection, first, ISSUED, now()) == 0
    assert rows(connection, "rectification_item", "id") == before
    assert {row["indicator"]: row["is_open"] for row in before} == {"A1": False, "E1": True}


def test_the_notice_prints_the_code_of_the_form_that_comes_with_it(connection: Connection) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": 30}}), ISSUED, now())
    [notice] = rows(connection, "notice", "id")
    [form] = json.loads(notice["attachments"])
    sheet = read_workbook(contents.load(form["sha256"]), form["name"])
    assert sheet is not None
    code = json.loads(notice["payload"])["code"]
    assert code == grouped(sheet.marks[CODE])
    assert f"核验码：{code}" in render_letter([(notice["kind"], json.loads(notice["payload"]))]).text
