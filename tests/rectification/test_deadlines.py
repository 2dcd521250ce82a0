"""A deadline in a year whose days off are not known is 暂定 until the calendar comes, and is confirmed once."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator

import openpyxl
import pytest
from sqlalchemy import Connection

from include.archive import contents
from include.documents.rendering import _deadline as printed
from include.items.confirming import CONFIRMED, apply_confirmation, confirm_deadlines, years_confirmed
from include.items.deadlines import calendar_needed, deadline, for_approver
from include.items.items import open_items
from include.items.states import extend, history
from include.period import before_calendars, in_zone, now
from tests.street import A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
PROVISIONAL = "暂定 2026年10月1日（节假日安排公布后确认）"
MORNING = in_zone(dt.datetime.combine(dt.date(2026, 9, 1), dt.time(8)))


@pytest.fixture
def unknown() -> Iterator[None]:
    """As if nobody had filled in the days off of 2026 yet."""
    with before_calendars(frozenset({2026})):
        yield


def items(connection: Connection) -> list[dict[str, object]]:
    return rows(connection, "rectification_item", "unit_code", "indicator")


def street(connection: Connection, issued: dt.date = ISSUED, days: int = 30) -> None:
    add_units(connection, A, B)
    open_items(connection, found_at(connection, "2026H1", {A: {"A1": days}, B: {"A1": days}}), issued, now())


def payloads(connection: Connection, kind: str) -> list[dict[str, object]]:
    return [json.loads(row["payload"]) for row in rows(connection, "notice", "unit_code") if row["kind"] == kind]


def test_a_deadline_by_a_known_calendar_is_a_date_and_nothing_else() -> None:
    found = deadline(ISSUED, 30)
    assert (found.date, found.is_provisional, found.shown) == (dt.date(2026, 10, 8), False, "2026年10月8日")
    assert for_approver(ISSUED, [30, 60]) == ""


def test_whoever_signs_is_told_first_how_many_deadlines_would_be_provisional(unknown: None) -> None:
    assert "有2项整改期限按工作日推算要到2026年，该年的节假日安排尚未公布" in for_approver(ISSUED, [15, 30])


def test_it_prints_as_provisional_in_annex_mail_and_feedback_form(connection: Connection, unknown: None) -> None:
    street(connection)
    assert [(item["deadline"], item["is_provisional"]) for item in items(connection)] == [
        (dt.date(2026, 10, 1), True)
    ] * 2
    assert printed(ISSUED, 30) == PROVISIONAL, "fresh in the circular"
    assert printed(ISSUED, 30, "2026-10-01", True) == PROVISIONAL, "carried into the next one"
    assert payloads(connection, "rectification_opened")[0]["items"][0]["deadline"] == PROVISIONAL
    (form,) = json.loads(rows(connection, "notice", "unit_code")[0]["attachments"])
    cells = [
        cell
        for row in openpyxl.load_workbook(io.BytesIO(contents.load(form["sha256"]))).active.iter_rows(values_only=True)
        for cell in row
    ]
    assert PROVISIONAL in cells


def test_the_self_check_asks_for_the_calendar_as_soon_as_a_deadline_lies_in_it(
    connection: Connection, unknown: None
) -> None:
    assert calendar_needed(connection) == ""
    street(connection)
    assert "2026年的节假日和调休还没有录入，有2项整改期限落在其中" in calendar_needed(connection)


def test_when_the_calendar_has_come_each_deadline_is_moved_by_a_decision_and_each_unit_told_once(
    connection: Connection,
) -> None:
    with before_calendars(frozenset({2026})):
        street(connection)
        assert confirm_deadlines(connection, MORNING) == 0, "it has not come yet"
    assert confirm_deadlines(connection, MORNING) == 2
    assert [(item["deadline"], item["is_provisional"]) for item in items(connection)] == [
        (dt.date(2026, 10, 8), False)
    ] * 2
    first, _ = (row for row in rows(connection, "decision", "unit_code") if row["kind"] == CONFIRMED)
    assert (first["value"], first["decided_by"], years_confirmed(first)) == ("2026-10-08", "系统", [2026])
    told = payloads(connection, "rectification_deadline")
    assert [(one["items"][0]["before"], one["items"][0]["deadline"]) for one in told] == [
        (PROVISIONAL, "2026-10-08")
    ] * 2
    last = history(connection, str(items(connection)[0]["id"]))[-1]
    assert last["reason"] == f"期限由“{PROVISIONAL}”确认为2026年10月8日：2026年的节假日安排已经公布。"
    assert confirm_deadlines(connection, MORNING + dt.timedelta(days=1)) == 0, "after that it never moves"
    assert len(payloads(connection, "rectification_deadline")) == 2


def test_it_never_moves_to_an_earlier_day(connection: Connection) -> None:
    issued = dt.date(2026, 9, 1)  # the worked Sunday of 20 September makes the calendar's day the earlier one
    with before_calendars(frozenset({2026})):
        street(connection, issued, 15)
    assert deadline(issued, 15).date == dt.date(2026, 9, 21)
    confirm_deadlines(connection, MORNING)
    assert {(item["deadline"], item["is_provisional"]) for item in items(connection)} == {(dt.date(2026, 9, 22), False)}
    assert "期限 2026年9月22日 不变" in history(connection, str(items(connection)[0]["id"]))[-1]["reason"]


def test_a_deadline_that_a_person_sets_is_no_longer_provisional(connection: Connection, unknown: None) -> None:
    street(connection)
    item = items(connection)[0]
    extend(connection, str(item["id"]), dt.date(2026, 11, 2), "王五", "工期所限", MORNING)
    assert items(connection)[0]["is_provisional"] is False
    assert history(connection, str(item["id"]))[-1]["reason"].startswith(f"期限由{PROVISIONAL}延至2026年11月2日")


def test_a_replay_takes_the_day_from_the_decision_and_not_from_the_calendar(
    connection: Connection, unknown: None
) -> None:
    street(connection)
    item = items(connection)[0]
    decision = {
        "id": "d" * 64, "kind": CONFIRMED, "scheme": "half_year", "period": "2026H1", "unit_code": A, "field": item["id"],
        "value": "2026-10-12", "reason": '{"2026": "0"}', "decided_by": "系统", "account": "", "decided_at": MORNING, "sha256": None,
    }  # fmt: skip
    apply_confirmation(connection, decision)
    apply_confirmation(connection, decision)
    assert (items(connection)[0]["deadline"], items(connection)[0]["is_provisional"]) == (dt.date(2026, 10, 12), False)
    assert [event["kind"] for event in history(connection, str(item["id"]))] == ["opened", "confirmed"]
    assert payloads(connection, "rectification_deadline") == [], "a replay tells nobody"
