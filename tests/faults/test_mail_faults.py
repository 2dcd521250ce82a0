"""Senders that are killed, and senders that run at once: nothing goes out twice by machine, nothing is lost in silence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from include.db.engine import transaction
from include.intake import archive
from include.notices.acts import resolve_unknown
from include.notices.explaining import open_mails
from include.notices.outbox import notify
from include.notices.packing import RECIPIENTS_A_BATCH
from include.notices.sender import SendResult, send_due
from include.period import now
from include.settings import REPO, get_settings
from tests.faults.mail_server import FaultyServer
from tests.notices.people import Unit, put_alerts, states, table
from tests.notices.test_rendering import SAMPLES

pytestmark = pytest.mark.usefixtures("database")
AFTER_THE_CLAIM = "2026-07-01T09:15:00"
_COUNTS = re.compile(r"sent=(\d+), failed=(\d+), unknown=(\d+)")


def start_sender() -> subprocess.Popen[str]:
    program = "from include.notices.sender import send_due; print(send_due('test'))"
    return subprocess.Popen([sys.executable, "-c", program], cwd=REPO, env=dict(os.environ), stdout=-1, text=True)


def kill_when_reached(server: FaultyServer) -> None:
    """Start a sender, wait until the server says that it has come so far, and kill it."""
    sender = start_sender()
    assert server.reached.wait(60)
    os.kill(sender.pid, signal.SIGKILL)
    sender.communicate()


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
    put_alerts(2 * RECIPIENTS_A_BATCH)
    mail_server.plan = hold("text")
    sender = start_sender()
    assert mail_server.reached.wait(60)
    while len(list(get_settings().archive.rglob("*.part"))) < RECIPIENTS_A_BATCH:
        assert sender.poll() is None
        time.sleep(0.01)
    assert len(mail_server.taken) == 1, "the server still keeps the first one waiting"
    mail_server.go_on.set()
    sender.communicate()
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 2 * RECIPIENTS_A_BATCH
    assert states("notice") == {"sent": 2 * RECIPIENTS_A_BATCH}


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_sender_killed_before_the_text_leaves_a_mail_that_goes_again(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put_alerts(3)
    mail_server.plan = hold(step)
    kill_when_reached(mail_server)
    mail_server.go_on.set()
    assert states() == {"sending": 3}
    assert send_due("too early") == SendResult(waiting=3), "the dead sender's claim still holds"
    monkeypatch.setenv("DUBAN_NOW", AFTER_THE_CLAIM)
    assert send_due("later") == SendResult(sent=3)
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 3


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


def test_a_sender_killed_in_the_middle_of_the_text_leaves_an_unknown(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = archive.store(os.urandom(24_000_000))
    with transaction() as connection:
        notify(
            connection, "form_opened", subject="big", unit=Unit(), due_at=now(), payload=SAMPLES["form_opened"],
            attachments=[("填报表.xlsx", sha256)],
        )  # fmt: skip
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


def test_a_sender_thought_dead_that_still_lives_settles_its_mail_and_sends_no_other(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(3)
    mail_server.plan = hold("text")
    slow = start_sender()
    assert mail_server.reached.wait(60)
    monkeypatch.setenv("DUBAN_NOW", AFTER_THE_CLAIM)
    assert send_due("takes over") == SendResult(sent=2)
    assert states() == {"sent": 2, "unknown": 1}
    mail_server.go_on.set()
    slow.communicate()
    assert (states(), states("notice")) == ({"sent": 3}, {"sent": 3})
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 3
