"""Claim, then send, then record."""

from __future__ import annotations

import hashlib
import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Engine

from include.archive import contents
from include.db import sql
from include.errors import UserError
from include.outbox.own_mails import box_of, message_id
from include.outbox.policies import load_policies
from include.period import now
from include.post.sender import SendResult, _Run, send_due
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import SAMPLES, only, put
from tests.notices.people import Contact, Office, Unit, put_alerts, states, table

pytestmark = pytest.mark.usefixtures("database")


def test_what_is_due_is_sent_once_and_recorded(mail_server: FaultyServer) -> None:
    put_alerts(3)
    assert send_due("test") == SendResult(sent=3)
    assert states() == states("notice") == {"sent": 3}
    assert send_due("test") == SendResult()
    assert len(set(mail_server.message_ids)) == len(mail_server.taken) == 3
    assert mail_server.sessions == 1, "one login a batch"


def test_a_mail_is_what_the_archive_keeps_with_text_html_and_a_chinese_file_name(mail_server: FaultyServer) -> None:
    form = contents.store(b"PK workbook")
    put("form_opened", unit=Unit(officer_email="zuzhi@example.org"), attachments=[("望江社区 填报表.xlsx", form)])
    send_due("test")
    mail, [row] = only(mail_server), table("mail")
    assert contents.load(row["sha256"]) == mail_server.taken[0]
    assert mail["Message-ID"] == message_id(row["id"], "example.org")
    assert (mail["To"], mail["Cc"], mail["From"]) == (
        "shuji@example.org",
        "zuzhi@example.org",
        "督办系统 <duban@example.org>",
    )
    assert mail["Date"].datetime == now()
    assert "填报通知" in mail["Subject"]
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text and page and "浅黄色" in text.get_content() and "浅黄色" in page.get_content()
    [attachment] = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("望江社区 填报表.xlsx", b"PK workbook")


@pytest.mark.parametrize("name", ["Duban, Yunjie (test)", "Duban office", "云街街道党工委"])
def test_the_sender_has_its_name_whatever_marks_are_in_it(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    connection = json.loads(mail_server.connection)
    connection["extra"]["from_email"] = formataddr((name, "duban@example.org"))
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps(connection))
    put_alerts(1)
    send_due("test")
    [sender] = only(mail_server)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "duban@example.org")


def test_text_that_is_the_path_of_a_file_is_not_attached(mail_server: FaultyServer, world: Path) -> None:
    secret = world / "secret.txt"
    secret.write_text("机密内容")
    payload = {"file_name": str(secret), "received_at": now().isoformat(), "problems": [str(secret)]}
    put("refused", words=payload)
    put("ops_alert", unit=None, recipient="ops@example.org", words={"title": str(secret), "lines": []})
    assert send_due("test").sent == 2
    for content in mail_server.taken:
        mail = cast(EmailMessage, message_from_bytes(content, policy=policy.default))
        assert list(mail.iter_attachments()) == []
        assert "机密内容" not in "".join(part.get_content() for part in mail.walk() if not part.is_multipart())


def test_a_name_with_strokes_in_it_names_no_folder_as_an_attachment(mail_server: FaultyServer) -> None:
    put("form_opened", attachments=[("一/二\\三社区 填报表.xlsx", contents.store(b"x"))])
    send_due("test")
    [attachment] = only(mail_server).iter_attachments()
    assert attachment.get_filename() == "一／二＼三社区 填报表.xlsx"


def test_a_line_that_begins_with_a_dot_arrives_whole(mail_server: FaultyServer) -> None:
    content = contents.store(b"x")
    put("form_opened", attachments=[(".名字.xlsx", content)])
    send_due("test")
    assert contents.load(table("mail")[0]["sha256"]) == mail_server.taken[0]


def test_a_line_break_in_what_was_handed_in_makes_no_second_header(mail_server: FaultyServer) -> None:
    put("refused", words=SAMPLES["refused"] | {"file_name": "a.xlsx\r\nBcc: all@example.org"})
    send_due("test")
    mail = only(mail_server)
    assert mail["Bcc"] is None
    assert "Bcc: all@example.org" in mail["Subject"]


def test_a_notice_without_a_template_word_is_failed_and_stops_no_other(mail_server: FaultyServer) -> None:
    put("refused", "broken", words=SAMPLES["refused"] | {"received_at": "2026-99-99"})
    put("form_opened", "lost attachment", attachments=[("a.xlsx", "0" * 64)])
    put("refused", "sound")
    assert send_due("test").sent == 1
    reasons = {row["subject"]: row["reason"] for row in table("notice") if row["state"] == "failed"}
    assert reasons.keys() == {"broken", "lost attachment"}
    assert all(reason.startswith("邮件无法生成") for reason in reasons.values())


def test_while_the_archive_cannot_be_written_no_mail_goes_and_none_is_lost(
    mail_server: FaultyServer, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(3)
    in_the_way = world / "in the way"
    in_the_way.touch()
    with monkeypatch.context() as broken:
        broken.setenv("DUBAN_ARCHIVE", str(in_the_way))
        with pytest.raises(OSError, match="in the way"):
            send_due("test")
    assert (mail_server.taken, states("notice")) == ([], {"pending": 3})
    assert send_due("test").sent == 3


def test_under_every_mail_stand_the_office_whom_to_call_and_the_day(mail_server: FaultyServer) -> None:
    put("receipt", office=Office())
    put("ops_alert", unit=None, office=Office(contact=Contact("", "")))
    send_due("test")
    for content in mail_server.taken:
        mail = cast(EmailMessage, message_from_bytes(content, policy=policy.default))
        for kind in ("plain", "html"):
            words = cast(EmailMessage, mail.get_body((kind,))).get_content()
            assert "望江街道党工委办公室" in words
            assert "2026年7月1日" in words
            assert ("李经办" in words and "0990-5550199" in words) or "联系人" not in words
    assert len(mail_server.taken) == 2


def test_each_mail_has_a_return_path_of_its_own_where_the_server_can_take_it(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(2)
    assert send_due("test").sent == 2
    assert mail_server.senders == ["duban@example.org"] * 2
    connection = json.loads(mail_server.connection)
    connection["extra"]["return_path"] = "duban+{id}@example.org"
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps(connection))
    put("receipt", "one")
    put("receipt", "two")
    assert send_due("test").sent == 2
    boxes = {f"duban+{box_of(mail['id'])}@example.org" for mail in table("mail")}
    assert len(set(mail_server.senders[2:])) == 2
    assert set(mail_server.senders[2:]) < boxes


def test_a_notice_due_tomorrow_waits(mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    due_at = now().replace(day=2)
    put("refused", due_at=due_at)
    assert send_due("test") == SendResult()
    monkeypatch.setenv("DUBAN_NOW", due_at.isoformat())
    assert send_due("test") == SendResult(sent=1)


def test_one_digest_a_day_carries_all_due_notices_of_a_recipient(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = Unit(officer_email="zuzhi@example.org", liaison_email="baoshequ@example.org")
    for kind in ("hand_in_reminder", "rectification_reminder", "rectification_urged"):
        put(kind, unit=people)
    assert send_due("test") == SendResult(sent=1)
    mail = only(mail_server)
    assert mail["Cc"] == "zuzhi@example.org, baoshequ@example.org"
    assert "共3项" in mail["Subject"]
    assert states("notice") == {"sent": 3}
    put("hand_in_reminder", "later that day", unit=people)
    assert send_due("test") == SendResult(waiting=1)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T08:30:00")
    assert send_due("test") == SendResult(sent=1)


def test_a_supervised_item_is_not_mixed_with_reminders(mail_server: FaultyServer) -> None:
    put("rectification_reminder")
    put("rectification_supervised")
    assert send_due("test") == SendResult(sent=2)


def test_a_refusal_for_the_moment_is_tried_again_later_and_each_time_later_still(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, mail: "451 too busy" if step == "rcpt" and mail <= 2 else ""
    put("refused")
    assert send_due("test") == SendResult(waiting=1)
    assert send_due("test") == SendResult(waiting=1), "not before its time"
    assert mail_server.mails_begun == 1
    assert "451 too busy" in table("notice")[0]["reason"]
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T09:01:00")
    assert send_due("test") == SendResult(waiting=1)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T09:05:59")
    send_due("test")
    assert mail_server.mails_begun == 2
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T09:06:00")
    assert send_due("test") == SendResult(sent=1)
    assert (states(), states("notice")) == ({"sent": 1}, {"sent": 1})
    assert table("notice")[0]["reason"] == ""


def test_a_mail_refused_again_and_again_fails_with_the_last_answer(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, _mail: "452 full" if step == "text" else ""
    put("refused")
    tries = len(load_policies().sending.retry_minutes) + 1
    for day in range(1, tries + 1):
        monkeypatch.setenv("DUBAN_NOW", f"2026-07-{day:02}T09:00:00")
        result = send_due("test")
    assert result == SendResult(failed=1)
    assert (states(), mail_server.taken) == ({"failed": 1}, [])
    assert "452 full" in table("notice")[0]["reason"]


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "text"])
def test_a_refusal_for_good_fails_with_its_reason_and_the_next_mail_goes(mail_server: FaultyServer, step: str) -> None:
    mail_server.plan = lambda at, mail: "550 no such mailbox" if at == step and mail == 1 else ""
    put_alerts(2)
    assert send_due("test") == SendResult(sent=1, failed=1)
    [failed] = [row for row in table("notice") if row["state"] == "failed"]
    assert "550 no such mailbox" in failed["reason"]


def test_a_copy_that_is_refused_does_not_keep_the_mail_from_its_reader(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, _mail: "550 unknown" if step == "rcpt zuzhi@example.org" else ""
    put("hand_in_reminder", unit=Unit(officer_email="zuzhi@example.org"))
    assert send_due("test") == SendResult(sent=1)
    assert "抄送未送达：zuzhi@example.org（550 unknown）" in table("notice")[0]["reason"]


def test_a_copy_that_is_full_for_the_moment_holds_the_mail_up_for_three_tries_and_no_longer(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, _mail: "452 full" if step == "rcpt zuzhi@example.org" else ""
    put("returned", unit=Unit(officer_email="zuzhi@example.org"))
    for hour in (9, 10):
        monkeypatch.setenv("DUBAN_NOW", f"2026-07-02T{hour:02}:00:00")
        assert send_due("test") == SendResult(waiting=1)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T11:00:00")
    assert send_due("test") == SendResult(sent=1)
    assert "抄送未送达：zuzhi@example.org（452 full）" in table("notice")[0]["reason"]


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_connection_lost_before_the_text_is_tried_again(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    mail_server.plan = lambda at, mail: "drop" if at == step and mail == 1 else ""
    put_alerts(2)
    assert send_due("test") == SendResult(sent=1, waiting=1)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T10:00:00")
    assert send_due("test") == SendResult(sent=1)
    assert len(set(mail_server.message_ids)) == len(mail_server.taken) == 2


def test_a_connection_lost_after_the_text_is_unknown_and_not_repeated_by_machine(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, mail: "take_and_drop" if step == "text" and mail == 1 else ""
    put_alerts(2)
    assert send_due("test") == SendResult(sent=1, unknown=1)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-09T10:00:00")
    assert send_due("test") == SendResult()
    assert len(mail_server.taken) == 2


def test_a_server_that_cuts_every_line_is_left_alone_and_nothing_is_lost(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, _mail: "drop" if step == "mail" else ""
    put_alerts(10)
    with pytest.raises(UserError, match="中断连接"):
        send_due("test")
    assert states() == {"pending": 10}
    assert mail_server.mails_begun == load_policies().sending.lost_connections
    mail_server.plan = lambda _step, _mail: ""
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T10:00:00")
    assert send_due("test") == SendResult(sent=10)


def test_one_person_written_in_capitals_and_in_small_letters_gets_one_digest(mail_server: FaultyServer) -> None:
    put("hand_in_reminder", unit=Unit(secretary_email="Shuji@Example.org"))
    put("rectification_reminder", unit=Unit(secretary_email="shuji@example.org"))
    assert send_due("test") == SendResult(sent=1)
    assert "共2项" in only(mail_server)["Subject"]


def test_a_notice_whose_attachment_was_lost_goes_out_once_it_is_restored_and_put_again(
    mail_server: FaultyServer,
) -> None:
    content = b"restored from the backup"
    options = {"attachments": [("a.xlsx", hashlib.sha256(content).hexdigest())]}
    put("form_opened", **options)
    assert (send_due("test"), states("notice")) == (SendResult(), {"failed": 1})
    contents.store(content)
    put("form_opened", **options)
    assert (send_due("test"), states("notice")) == (SendResult(sent=1), {"sent": 1})


@pytest.mark.parametrize(("host", "sqlite_says", "postgresql_says"), [("127.0.0.1", 1, "off"), ("127.1", 2, "on")])
def test_to_a_server_of_the_world_a_mail_goes_only_once_its_mark_would_outlive_a_power_cut(
    mail_server: FaultyServer,
    monkeypatch: pytest.MonkeyPatch,
    database: Engine,
    host: str,
    sqlite_says: int,
    postgresql_says: str,
) -> None:
    """127.1 is this machine too, but none of those by name that policies.yaml has no limit for. The tests' databases wait for
    no disk by themselves."""
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", mail_server.connection.replace("127.0.0.1", host))
    put_alerts(1)
    seen: list[object] = []
    question, answer = {
        "sqlite": ("PRAGMA synchronous", sqlite_says),
        "postgresql": ("SHOW synchronous_commit", postgresql_says),
    }[database.dialect.name]

    def commit(connection: Connection, steps: Any, really: Any = sql.commit) -> int:
        cursor: Any = connection.connection.cursor()
        cursor.execute(question)
        seen.append(cursor.fetchone()[0])
        return int(really(connection, steps))

    monkeypatch.setattr(sql, "commit", commit)
    assert send_due("test") == SendResult(sent=1)
    assert seen == [answer]


def test_a_run_ends_by_itself_in_time_and_says_how_many_wait(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds and has not begun goes back at once: the next run goes on with it, and every mail goes once."""
    put_alerts(5)
    with monkeypatch.context() as hurried:
        hurried.setattr(_Run, "_is_over", lambda run: len(mail_server.taken) >= 2)
        assert send_due("first") == SendResult(sent=2, waiting=3)
    assert states() == {"sent": 2, "pending": 3}
    hurry = load_policies().sending.model_copy(update={"run_minutes": 1e-9})
    with monkeypatch.context() as hurried:
        hurried.setattr(
            "include.post.sender.load_policies", lambda: load_policies().model_copy(update={"sending": hurry})
        )
        assert send_due("second") == SendResult(waiting=3)
    assert send_due("third") == SendResult(sent=3)
    assert len(set(mail_server.message_ids)) == len(mail_server.taken) == 5
