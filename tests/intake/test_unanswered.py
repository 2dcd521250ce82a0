"""No loop and no flood: what a program writes gets no answer, and what many write is told in one mail."""

from __future__ import annotations

import email
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.intake.mailbox import collect
from include.intake.receive import drain
from include.period import parse_moment
from include.post.unanswered import is_automatic
from include.workbooks.forms import write_form
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    count,
    deliveries,
    figures,
    notices,
    prepare,
    rows,
    scheme_of,
    workbook,
)

RECEIVED = parse_moment("2026-07-18T09:05:00", "test")
SECRETARY = FIRST.secretary_email


@pytest.fixture
def street(database: Engine, mail_world: Path) -> Path:
    prepare(mail_world)
    return mail_world


@pytest.mark.parametrize(
    "header",
    [
        "Subject: 自动回复:【已受理】杏花社区",
        "Subject: [自动回复] 您好",
        "Subject: 已读：半年填报表",
        "Subject: Automatic reply: x",
        "Subject: Auto-Reply: x",
        "Subject: Out of Office: x",
        "Subject: 休假中",
        "X-Autoreply: yes",
        "X-Autorespond: x",
        "X-Auto-Response-Suppress: All",
        "Precedence: auto_reply",
        "Auto-Submitted: auto-replied",
        "List-Id: <a.b>",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
    ],
)
def test_a_program_is_known_by_what_programs_say(header: str) -> None:
    assert is_automatic(email.message_from_string(f"{header}\n\nx"), "a@b.example")


@pytest.mark.parametrize(
    "header",
    ["Subject: 关于自动回复的说明", "Subject: 回复：半年填报表", "Auto-Submitted: no", "Precedence: normal", "X: y"],
)
def test_a_person_is_no_program(header: str) -> None:
    assert not is_automatic(email.message_from_string(f"{header}\n\nx"), "a@b.example")


def test_an_automatic_reply_is_counted_and_never_answered_but_a_form_always_is(street: Path, server: Server) -> None:
    for number in range(3):
        server.deliver(mail(SECRETARY, "自动回复:【已受理】杏花社区", f"<{number}@x.example>"), RECEIVED)
    assert collect().automatic == 3
    assert count("notice") == 0
    server.deliver(attach(mail(SECRETARY, "休假前报送", "<f@x.example>"), "杏花.xlsx", workbook()), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    assert len(notices("receipt")) == 1


def test_a_sender_gets_three_refusals_a_day_and_a_form_is_answered_all_the_same(street: Path, server: Server) -> None:
    for number in range(4):
        server.deliver(mail(SECRETARY, f"请查收{number}", f"<{number}@x.example>"), RECEIVED)
    server.deliver(attach(mail(SECRETARY, message_id="<z@x.example>"), "照片.zip", b"PK"), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    assert len(notices("refused")) == 3
    (told,) = notices("mail_unanswered")
    assert told["payload"]["sender"] == SECRETARY
    assert [row["status"] for row in deliveries()] == ["refused"], "kept and listed all the same"
    server.deliver(attach(mail(SECRETARY, message_id="<g@x.example>"), "杏花.xlsx", workbook()), RECEIVED)
    server.deliver(attach(mail(SECRETARY, message_id="<h@x.example>"), "坏.xlsx", b"PK\x03\x04broken"), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    assert len(notices("receipt")) == 1
    assert len(notices("refused")) == 4


def test_a_flood_of_strangers_is_one_mail_to_ops_and_few_answers_and_newsletters_are_none(
    street: Path, server: Server
) -> None:
    for number in range(25):
        for again in "ab":
            server.deliver(mail(f"n{number}@elsewhere.example", message_id=f"<{number}{again}@e.example>"), RECEIVED)
    server.deliver(mail("news@elsewhere.example", "特惠", List_Id="<news.elsewhere.example>"), RECEIVED)
    assert (collect().unknown, len(notices("unknown_sender"))) == (51, 20)
    assert len(notices("mail_unanswered")) == 25
    assert notices("ops_alert") == []
    due = rows("SELECT DISTINCT due_at FROM notice WHERE kind = 'mail_unanswered'")
    assert len(due) == 1, "so they share one mail, on the next morning"


def test_a_form_from_a_sender_nobody_vouches_for_says_so_in_the_list_and_in_the_receipt(
    street: Path, server: Server
) -> None:
    without_code = write_form(scheme_of(), "main", FIRST, {}, figures(), is_proving=False)
    server.deliver(attach(mail(SECRETARY), "杏花.xlsx", without_code), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    assert str(deliveries()[0]["message"]).endswith("（发件人未核实）")
    assert notices("receipt")[0]["payload"]["is_unproved"] is True
