"""Reminders to hand in: T-7, T-3, T-1, then daily until the window ends; a missed day is caught up."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import Connection

from include.asking.opening import open_period
from include.asking.reminders import remind_missing, stage_of
from include.period import Period, in_zone
from include.schemes.loader import load_scheme
from include.workbooks.codes import grouped
from include.workbooks.forms import form_code
from tests.notices.people import render_letter
from tests.street import STREET, A, B, add_units, hand_in, rows

SCHEME = load_scheme("half_year", Period.parse("2026H1"))


def at(day: str) -> dt.datetime:
    return in_zone(dt.datetime.fromisoformat(f"{day}T08:00:00"))


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        ("2026-06-30", ""),
        ("2026-07-12", ""),
        ("2026-07-13", "T-7"),
        ("2026-07-16", "T-7"),
        ("2026-07-17", "T-3"),
        ("2026-07-18", "T-3"),
        ("2026-07-19", "T-1"),
        ("2026-07-20", "T-1"),
        ("2026-07-21", "late:2026-07-21"),
        ("2026-08-15", "late:2026-08-15"),
        ("2026-08-16", ""),
    ],
)
def test_each_day_has_its_stage(day: str, stage: str) -> None:
    assert stage_of(SCHEME.calendar, SCHEME.period, dt.date.fromisoformat(day)) == stage


def test_only_units_without_an_accepted_form_are_reminded_and_told_how_they_stand(connection: Connection) -> None:
    add_units(connection, A, B, "990000001003")
    hand_in(connection, A, status="accepted")
    hand_in(connection, B, status="returned")
    assert remind_missing(connection, SCHEME, STREET, at("2026-07-13")) == 2
    told = {n["unit_code"]: json.loads(n["payload"]) for n in rows(connection, "notice", "unit_code")}
    assert {code: payload["status"] for code, payload in told.items()} == {B: "退回未改", "990000001003": "未报"}
    assert told[B]["days_left"] == 7


def test_a_reminder_brings_the_form_again_and_the_marked_copy_where_one_was_sent_back(connection: Connection) -> None:
    add_units(connection, A, B)
    open_period(connection, SCHEME, STREET, at("2026-07-01"))
    hand_in(connection, B, status="returned", returned_sha256="b" * 64, returned_name="退回_表.xlsx")
    remind_missing(connection, SCHEME, STREET, at("2026-07-13"))
    told = [n for n in rows(connection, "notice", "unit_code") if n["kind"] == "hand_in_reminder"]
    assert [json.loads(n["attachments"])[0]["name"] for n in told] == [
        "半年党建检查考评_填报表_第1社区_2026H1.xlsx",
        "退回_表.xlsx",
    ]


def test_a_return_after_an_accepted_version_is_no_reason_to_remind(connection: Connection) -> None:
    add_units(connection, A)
    hand_in(connection, A, status="accepted")
    hand_in(connection, A, status="returned")
    assert remind_missing(connection, SCHEME, STREET, at("2026-07-22")) == 0


def test_the_same_stage_is_one_notice_however_often_it_is_asked_for(connection: Connection) -> None:
    add_units(connection, A)
    for day in ("2026-07-13", "2026-07-13", "2026-07-14"):
        remind_missing(connection, SCHEME, STREET, at(day))
    assert [notice["stage"] for notice in rows(connection, "notice", "id")] == ["T-7"]


def test_after_the_due_date_every_day_has_its_reminder_until_the_window_ends(connection: Connection) -> None:
    add_units(connection, A)
    day = dt.date(2026, 7, 21)
    while day <= dt.date(2026, 9, 1):
        remind_missing(connection, SCHEME, STREET, at(str(day)))
        day += dt.timedelta(days=1)
    stages = [notice["stage"] for notice in rows(connection, "notice", "due_at")]
    assert stages == [f"late:{dt.date(2026, 7, 21) + dt.timedelta(days=n)}" for n in range(26)]


def test_an_older_reminder_that_never_left_gives_way_to_the_newer(connection: Connection) -> None:
    add_units(connection, A)
    remind_missing(connection, SCHEME, STREET, at("2026-07-13"))
    remind_missing(connection, SCHEME, STREET, at("2026-07-17"))
    notices = [(n["stage"], n["state"], n["reason"]) for n in rows(connection, "notice", "due_at")]
    assert notices == [("T-7", "skipped", "已被较新的提醒取代。"), ("T-3", "pending", "")]


def test_a_reminder_prints_the_code_of_the_form_as_the_mail_that_brought_it_did(connection: Connection) -> None:
    add_units(connection, A)
    open_period(connection, SCHEME, STREET, at("2026-07-01"))
    remind_missing(connection, SCHEME, STREET, at("2026-07-22"))
    opened, reminder = (
        next(json.loads(n["payload"]) for n in rows(connection, "notice", "id") if n["kind"] == kind)
        for kind in ("form_opened", "hand_in_reminder")
    )
    assert reminder["code"] == opened["code"] == grouped(form_code(SCHEME, SCHEME.forms[0].key, A))
    letter = render_letter([("hand_in_reminder", reminder)])
    assert letter.subject.startswith("【逾期催报】")
    assert all(
        f"核验码：{opened['code']}" in text.replace('<b style="white-space:nowrap;">', "")
        for text in (letter.text, letter.html)
    )
