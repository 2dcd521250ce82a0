"""Senders that are killed, and senders that run at once: nothing goes out twice by machine, nothing is lost in silence."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import socket
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from include.archive import contents
from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.outbox.acts import resolve_unknown
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.period import now, real_now
from include.post.packing import FIRST_BATCH, next_batch
from include.post.sender import SendResult, send_due
from include.post.server import get_server
from include.reports.explaining import open_mails
from include.settings import get_settings
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import SAMPLES, put, start_sender
from tests.notices.people import Unit, put_alerts, states, table, unit

pytestmark = pytest.mark.usefixtures("database")
AFTER_THE_CLAIM = "2026-07-01T09:15:00"
TWELVE_HOURS_BACK = "2026-06-30T21:00:00"
_COUNTS = re.compile(r"sent=(\d+), failed=(\d+), unknown=(\d+)")


def kill_when_reached(server: FaultyServer) -> None:
    """Start a sender, wait until the server says that it has come so far, and kill it."""
    sender = start_sender()
    assert server.reached.wait(60)
    os.kill(sender.pid, signal.SIGKILL)
    sender.communicate()


def change_claims(assignment: str, **values: object) -> None:
    with transaction() as connection:
        connection.execute(text(f"UPDATE mail SET {assignment} WHERE state = 'sending'"), values)


def silent_for(minutes: int) -> None:
    """As if the claims had been made so long ago by the real clock."""
    moment = (real_now() - dt.timedelta(minutes=minutes)).astimezone(dt.UTC)
    change_claims(f"claimed_at = '{moment.isoformat()}'")


def hold(at: str) -> Callable[[str, int], str]:
    return lambda step, mail: "hold" if step == at and mail == 1 else ""


def test_two_senders_at_once_send_every_notice_exactly_once(mail_server: FaultyServer) -> None:
    put_alerts(400)
    mail_server.plan = lambda step, mail: "hold" if step == "mail" and mail == 1 else ""
    senders = [start_sender(), start_sender()]
    while mail_server.sessions < 2:  # the first holds its claim at MAIL until the second has claimed and logged in
        assert any(sender.poll() is None for sender in senders)
        time.sleep(0.01)
    mail_server.go_on.set()
    totals = [0, 0, 0]
    for sender in senders:
        found = _COUNTS.search(sender.communicate()[0])
        assert found
        counts = [int(count) for count in found.groups()]
        assert counts[0] > 0, "both had a share"
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    assert totals == [400, 0, 0]
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 400
    assert (states(), states("notice")) == ({"sent": 400}, {"sent": 400})


def test_while_the_server_is_silent_the_next_batch_is_written_and_then_sent(mail_server: FaultyServer) -> None:
    put_alerts(3 * FIRST_BATCH)
    mail_server.plan = hold("text")
    sender = start_sender()
    assert mail_server.reached.wait(60)
    while len(list(get_settings().archive.rglob("*.part"))) < 2 * FIRST_BATCH:
        assert sender.poll() is None
        time.sleep(0.01)
    assert len(mail_server.taken) == 1, "the server still keeps the first one waiting"
    mail_server.go_on.set()
    sender.communicate()
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 3 * FIRST_BATCH
    assert states("notice") == {"sent": 3 * FIRST_BATCH}


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_what_a_killed_sender_had_not_begun_goes_at_once_though_the_clock_stands_still(
    mail_server: FaultyServer, step: str
) -> None:
    put_alerts(3)
    mail_server.plan = hold(step)
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    assert states() == {"sending": 3}
    assert send_due("next") == SendResult(sent=3)
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 3


def test_what_a_killed_sender_had_not_begun_goes_at_once_though_the_clock_was_set_back(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(3)
    mail_server.plan = hold("rcpt")
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    monkeypatch.setenv("DUBAN_NOW", TWELVE_HOURS_BACK)
    send_due("back")
    assert states() == {"sent": 3}


def test_a_sender_of_another_machine_is_waited_for_by_the_real_clock_and_not_for_ever(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(3)
    mail_server.plan = hold("mail")
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    change_claims("claimed_by = 'test@another-machine:17:ab12'")
    assert send_due("too early") == SendResult(waiting=3)
    monkeypatch.setenv("DUBAN_NOW", AFTER_THE_CLAIM)
    assert send_due("only the simulated clock has moved") == SendResult(waiting=3)
    silent_for(minutes=16)
    assert send_due("later") == SendResult(sent=3)


def test_a_claim_from_before_the_machines_clock_was_set_back_is_dead(mail_server: FaultyServer) -> None:
    put_alerts(1)
    mail_server.plan = hold("mail")
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    change_claims("claimed_by = 'test@another-machine:17:ab12'")
    silent_for(minutes=-12 * 60)
    assert send_due("later") == SendResult(sent=1)


def test_a_number_that_another_process_has_by_now_is_no_sender(mail_server: FaultyServer) -> None:
    put_alerts(1)
    mail_server.plan = hold("mail")
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    change_claims(f"claimed_by = 'test@{socket.gethostname()}:{os.getpid()}/1:ab12'")
    assert send_due("next") == SendResult(sent=1)


def test_a_sender_killed_after_the_text_leaves_an_unknown_that_only_a_person_settles(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(3)
    mail_server.plan = hold("text")
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    monkeypatch.setenv("DUBAN_NOW", AFTER_THE_CLAIM)
    assert send_due("later") == SendResult(sent=2)
    assert (states(), states("notice")) == ({"sent": 2, "unknown": 1}, {"sent": 2, "unknown": 1})
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 3, "this server had taken it"
    with transaction() as connection:
        [mail] = open_mails(connection)
        resolve_unknown(connection, mail["id"], "delivered", "张三")
    assert send_due("later") == SendResult()


@pytest.mark.parametrize("answer", ["cut 2", "cut 25", "354 go on", "999 what"])
def test_half_an_answer_or_none_that_there_is_leaves_an_unknown_and_sends_nothing_twice(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    put_alerts(2)
    mail_server.plan = lambda step, mail: answer if step == "text" and mail == 1 else ""
    assert send_due("test") == SendResult(sent=1, unknown=1)
    taken = len(mail_server.taken)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-09T10:00:00")
    assert (send_due("test"), len(mail_server.taken)) == (SendResult(), taken)
    assert "答复无法辨认" in next(mail["error"] for mail in table("mail") if mail["state"] == "unknown")


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_a_refusal_for_good_holds_though_the_server_cuts_the_line_behind_it(
    mail_server: FaultyServer, step: str
) -> None:
    put_alerts(2)
    mail_server.plan = lambda at, mail: "cut 550 5.1.1 no such user\r\n" if at == step and mail == 1 else ""
    assert send_due("test") == SendResult(sent=1, failed=1)
    assert "550 5.1.1 no such user" in [notice["reason"] for notice in table("notice")]


def test_a_server_that_is_too_busy_to_talk_is_not_taken_for_one_that_refuses_the_password(
    mail_server: FaultyServer,
) -> None:
    put_alerts(1)
    mail_server.plan = lambda step, _mail: "drop" if step == "connect" else ""
    with pytest.raises(UserError, match="连不上邮件服务器"):
        send_due("test")
    mail_server.greeting = "421 too many connections"
    mail_server.plan = lambda _step, _mail: ""
    with pytest.raises(UserError, match="现在不接收（421 too many connections）") as told:
        send_due("test")
    assert "密码" not in str(told.value)


def test_while_the_server_is_away_no_digest_is_made_and_one_carries_all_when_it_is_back(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        monkeypatch.setenv("DUBAN_NOW", f"2026-07-0{day}T08:30:00")
        mail_server.plan = lambda step, _mail: "drop" if step == "connect" else ""
        put("hand_in_reminder", stage=f"day {day}")
        with pytest.raises(UserError, match="连不上邮件服务器"):
            send_due("test")
    mail_server.plan = lambda _step, _mail: ""
    assert send_due("test") == SendResult(sent=1)
    assert states("notice") == {"sent": 3}


def test_what_was_superseded_while_its_mail_was_being_made_does_not_go_and_the_newer_one_does(
    mail_server: FaultyServer,
) -> None:
    put("hand_in_reminder", stage="T-3", unit=Unit(secretary_email="a@example.org"))
    put("hand_in_reminder", "other", unit=Unit(secretary_email="b@example.org"))
    batch = next_batch(get_server())
    assert batch is not None
    with transaction() as connection:
        superseded = {"kind": "hand_in_reminder", "subject": "s1", "stage": "T-1", "reason": "已被较新的提醒取代。"}
        sql.execute(connection, "asking/skip_superseded", **superseded)
    put("hand_in_reminder", stage="T-1", unit=Unit(secretary_email="a@example.org"))
    batch.write()
    assert [mail["recipient"] for mail in table("mail")] == ["b@example.org"]
    assert send_due("test") == SendResult(sent=2)
    assert {notice["stage"]: notice["state"] for notice in table("notice")} == {
        "T-3": "skipped",
        "T-1": "sent",
        "": "sent",
    }


def test_what_cannot_be_written_for_any_reason_stops_no_other(mail_server: FaultyServer) -> None:
    put("refused", "impossible date", words=SAMPLES["refused"] | {"received_at": "2026-99-99"})
    put("refused", "kind that is no more")
    put("refused", "sound")
    with transaction() as connection:
        connection.execute(text("UPDATE notice SET kind = 'gone' WHERE subject LIKE 'kind%'"))
    assert send_due("test") == SendResult(sent=1)
    assert states("notice") == {"failed": 2, "sent": 1}


def test_a_file_name_of_any_length_goes_through(mail_server: FaultyServer) -> None:
    sha256 = contents.store(b"PK")
    names = ["材" * 300 + ".xlsx", "😀" * 100, "x" * 2000 + ".pdf", "." + "长" * 300]
    for number, name in enumerate(names):
        put("form_opened", f"n{number}", unit=unit(number), attachments=[(name, sha256)])
    assert send_due("test") == SendResult(sent=4)
    for content in mail_server.taken:
        assert max(map(len, content.split(b"\r\n"))) <= 998


def test_a_sender_killed_in_the_middle_of_the_text_leaves_an_unknown(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = contents.store(os.urandom(24_000_000))
    with transaction() as connection:
        notify(
            connection,
            Notice(
                "form_opened",
                subject="big",
                unit=Unit(),
                due_at=now(),
                words=SAMPLES["form_opened"],
                attachments=[("填报表.xlsx", sha256)],
            ),
        )
    mail_server.plan = lambda step, _mail: "stop_reading" if step == "data" else ""
    sender = start_sender()
    while not any(mail["handed_at"] for mail in table("mail")):
        assert sender.poll() is None
        time.sleep(0.01)
    os.kill(sender.pid, signal.SIGKILL)  # more is left of the text than any socket buffers
    sender.communicate()
    monkeypatch.setenv("DUBAN_NOW", AFTER_THE_CLAIM)
    send_due("later")
    assert states() == {"unknown": 1}
    assert mail_server.taken == []


def test_a_sender_killed_between_the_answer_and_the_record_leaves_an_unknown(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, database: Engine
) -> None:
    put_alerts(1)
    mail_server.plan = hold("text")
    sender = start_sender()
    assert mail_server.reached.wait(60)
    with database.begin() as blocking:  # the record cannot be committed while this lasts
        if database.dialect.name == "postgresql":
            blocking.execute(text("LOCK TABLE mail IN ACCESS EXCLUSIVE MODE"))
        mail_server.go_on.set()
        time.sleep(0.5)
        os.kill(sender.pid, signal.SIGKILL)
        sender.communicate()
    monkeypatch.setenv("DUBAN_NOW", AFTER_THE_CLAIM)
    assert send_due("later") == SendResult()
    assert states() == {"unknown": 1}
    assert len(mail_server.taken) == 1


def test_a_sender_thought_dead_that_still_lives_settles_its_mail_and_sends_no_other(mail_server: FaultyServer) -> None:
    put_alerts(3)
    mail_server.plan = hold("text")
    slow = start_sender()
    assert mail_server.reached.wait(60)
    silent_for(minutes=16)
    assert send_due("takes over") == SendResult(sent=2)
    assert states() == {"sent": 2, "unknown": 1}
    mail_server.go_on.set()
    slow.communicate()
    assert (states(), states("notice")) == ({"sent": 3}, {"sent": 3})
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 3
