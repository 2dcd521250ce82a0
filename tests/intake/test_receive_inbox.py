"""Taking in the inbox: which files, when they count as received, what stays and what goes; each database."""

import os
from pathlib import Path

import pytest

from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.intake.receive import drain
from include.outbox import own_mails
from include.period import now
from tests.intake.imap_server import attach, mail
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    SECOND,
    count,
    deliveries,
    drop,
    notices,
    rows,
    statuses,
    workbook,
)


@pytest.mark.parametrize(
    ("policy", "received"),
    [
        ("due", "2026-07-20T23:59:59+08:00"),
        ("2026-07-11T08:00:00", "2026-07-11T08:00:00+08:00"),
        ("mtime", "2026-07-18T09:00:00+08:00"),
        ("now", "2026-07-01T09:00:00+08:00"),
    ],
)
def test_the_time_of_receipt_is_a_setting(
    street: Path, monkeypatch: pytest.MonkeyPatch, policy: str, received: str
) -> None:
    monkeypatch.setenv("DUBAN_RECEIVED", policy)
    drop(street, "杏花.xlsx", workbook(), "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    assert notices("receipt")[0]["payload"]["received_at"] == received


def test_received_at_the_due_date_needs_a_period(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_RECEIVED", "due")
    with pytest.raises(UserError, match="需要指明期间"):
        drain()


def test_an_inbox_that_is_only_read_stays_as_it_is_and_is_read_once(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_INBOX_READ_ONLY", "true")
    monkeypatch.setenv("DUBAN_RECEIVED", "now")
    path = drop(street, "杏花.xlsx", workbook())
    assert drain(default_period=PERIOD).answered == 1
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    assert drain(default_period=PERIOD).answered == 0
    assert [p.name for p in (street / "inbox").iterdir()] == [path.name]


def test_passing_files_links_and_folders_of_folders_are_left_alone(street: Path) -> None:
    for name in ("~$杏花.xlsx", ".hidden.xlsx", "x.part", "y.tmp", "z.crdownload", "一/二.xlsx"):
        drop(street, name, workbook())
    (street / "inbox" / "link.xlsx").symlink_to(street / "registry.csv")
    (street / "inbox" / "一" / "深").mkdir()
    drop(street, "一/深.xlsx", workbook(SECOND))
    (street / "inbox" / "一" / "深" / "三.xlsx").write_bytes(workbook())
    drain(default_period=PERIOD)
    assert set(statuses()) == {"二.xlsx", "深.xlsx"}


def test_a_file_that_is_still_being_written_is_left_until_it_is_whole(street: Path) -> None:
    content, path = workbook(), street / "inbox" / "慢.xlsx"
    with path.open("wb") as file:
        file.write(content[:2000])
        file.flush()
        assert drain(default_period=PERIOD).answered == 0
        file.write(content[2000:])
    drain(default_period=PERIOD)
    assert len(deliveries()) == 1 and path.exists() is False


def test_a_name_in_an_old_encoding_is_readable(street: Path) -> None:
    folder = os.fsencode(street / "inbox")
    with open(folder + b"/" + "杏花.xlsx".encode("gb18030"), "wb") as file:  # noqa: PTH123
        file.write(workbook())
    drain(default_period=PERIOD)
    assert list(statuses()) == ["杏花.xlsx"]


def test_what_a_run_did_is_logged_and_an_idle_one_is_not(street: Path) -> None:
    drain("run-1")
    assert count("run_log") == 0
    drop(street, "杏花.xlsx", workbook(), "2026-07-18T09:00:00")
    drain("run-2", PERIOD)
    (logged,) = rows("SELECT run_id, stage, period, detail FROM run_log")
    assert (logged["run_id"], logged["stage"], logged["period"]) == ("run-2", "receive", "2026H1")
    assert '"answers": {"accepted": 1}' in str(logged["detail"])


def test_the_answer_to_a_file_whose_time_is_still_to_come_is_due_at_once(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose clock is ahead, or a file of today handed in on a simulated clock: it is answered all the same."""
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    drop(street, "快钟.xlsx", workbook(), "2026-07-21T09:00:00")
    drop(street, "不是表.txt", b"?", "2026-07-22T09:00:00")
    drain("", PERIOD)
    assert count("notice") == 2
    with transaction() as connection:
        assert sql.fetch_one(connection, "post/count_waiting", due_at=now()) == {"waiting": 2}


def saved(*, message_id: str = "<1@x.example>", is_nested: bool = False, name: str = "杏花.xlsx") -> bytes:
    """A clerk's mail with a form and a photo, as a mail program saves it."""
    message = attach(mail("nobody@elsewhere.example", message_id=message_id), name, workbook())
    attach(message, "党费上交凭证.jpg", b"\xff\xd8\xff" + b"x" * 30_000, "image/jpeg")
    if is_nested:
        outer = mail("nobody@elsewhere.example")
        outer.add_attachment(message)
        return bytes(outer)
    return bytes(message)


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_mail_dropped_into_the_inbox_hands_in_the_forms_in_it(street: Path, is_nested: bool) -> None:
    drop(street, "转发.EML", saved(is_nested=is_nested), "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    assert deliveries() == [
        {"name": "杏花.xlsx", "status": "accepted", "unit_code": FIRST.code, "version": 1, "message": "已受理（第1版）"}
    ]
    assert rows("SELECT name FROM evidence") == [{"name": "党费上交凭证.jpg"}]
    assert rows("SELECT channel, sender, sender_trust FROM delivery") == [
        {"channel": "inbox", "sender": "", "sender_trust": "own"}
    ]
    assert not list((street / "inbox").iterdir())
    drop(street, "又一次.eml", saved(is_nested=is_nested), "2026-07-19T09:00:00")
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == ["accepted", "duplicate"]


@pytest.mark.parametrize("is_coded", [False, True])
def test_our_own_mail_and_one_without_a_form_are_named_as_mails(street: Path, is_coded: bool) -> None:
    message_id = own_mails.message_id("d" * 64, "duban.invalid") if is_coded else f"<{'d' * 64}@duban.invalid>"
    drop(street, "通知.eml", saved(message_id=message_id), "2026-07-18T09:00:00")
    drop(street, "空.eml", bytes(mail("nobody@elsewhere.example")), "2026-07-18T09:00:01")
    drop(street, "乱.eml", b"\xff\x00From: " * 1000, "2026-07-18T09:00:02")
    drain(default_period=PERIOD)
    assert set(statuses().values()) == {"refused"} and len(statuses()) == 3
    assert all("保存下来的邮件" in str(row["message"]) for row in deliveries())


def test_an_inbox_that_is_only_read_takes_a_mail_once(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_INBOX_READ_ONLY", "true")
    drop(street, "转发.eml", saved(), "2026-07-18T09:00:00")
    assert [drain(default_period=PERIOD).answered, drain(default_period=PERIOD).answered] == [1, 0]
