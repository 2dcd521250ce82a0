"""What comes back to the mailbox: our own mails that bounced, and replies to them; from a real IMAP server."""

from __future__ import annotations

import datetime as dt
import email
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from include.archive import contents
from include.db import tables
from include.db.engine import transaction
from include.intake.mailbox import CollectResult, collect
from include.intake.receive import drain
from include.items.answers import answer_workbook
from include.outbox import own_mails
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.period import in_zone, parse_moment
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import FIRST, SECOND, count, deliveries, notices, prepare, rows
from tests.notices.returned import bounce_bytes
from tests.rectification.filling import FULL, fill

RECEIVED = parse_moment("2026-09-05T09:05:00", "test")
ITEM, MAIL = "c" * 64, "d" * 64


@pytest.fixture
def street(database: Engine, mail_world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FIRST has one item and was reminded of it by a mail that was sent."""
    monkeypatch.setenv("DUBAN_NOW", RECEIVED.isoformat())
    prepare(mail_world)
    item = {"id": ITEM, "indicator": "E1", "problem": "票据不规范", "deadline": "2026-09-10", "days_left": 5}
    with transaction() as connection:
        connection.execute(
            insert(tables.rectification_item).values(
                id=ITEM, scheme="half_year", unit_code=FIRST.code, indicator="E1", problem=item["problem"],
                opened_period="2026H1", opened_date=dt.date(2026, 8, 20), deadline=dt.date(2026, 9, 10), state="待整改",
                is_open=True, is_provisional=False, owner=FIRST.secretary_email, liaison=FIRST.liaison_email,
            )
        )  # fmt: skip
        notify(
            connection,
            Notice(
                "rectification_reminder",
                subject="x",
                unit=FIRST,
                due_at=RECEIVED,
                words={"unit_name": FIRST.name, "items": [item]},
                asks=[item],
            ),
        )
        connection.execute(
            insert(tables.mail).values(
                id=MAIL, recipient=FIRST.secretary_email, copy_to=FIRST.officer_email, subject_line="【整改提醒】",
                due_at=RECEIVED, sha256="0" * 64, state="sent", attempts=1, claimed_by="", error="", sent_at=RECEIVED,
            )
        )  # fmt: skip
        connection.exec_driver_sql(f"UPDATE notice SET state = 'sent', mail_id = '{MAIL}'")
    return mail_world


def bounced(name: str = "postfix", mail_id: str = MAIL) -> EmailMessage:
    return email.message_from_bytes(bounce_bytes(name, mail_id, FIRST.secretary_email))  # type: ignore[return-value]


def replied(
    text: str = "已补审全部票据。佐证：票据台账", message_id: str = "<r1@qq.com>", to: str = ""
) -> EmailMessage:
    """A reply to the mail; `to`: to another Message-ID."""
    to = to or own_mails.message_id(MAIL, "duban.invalid")
    return mail(FIRST.secretary_email, "回复：【整改提醒】", message_id, text, In_Reply_To=to, References=to)


def state() -> object:
    return rows("SELECT state FROM rectification_item")[0]["state"]


def decided() -> list[object]:
    return [row["kind"] for row in rows("SELECT kind FROM decision")]


@pytest.mark.parametrize(
    "name", ["postfix", "exim", "qmail", "coremail_163", "qq", "winmail", "exchange_with_ids_only"]
)
def test_a_mail_of_ours_that_bounced_is_taken_from_the_mailbox_and_no_stranger_is_answered(
    street: Path, server: Server, name: str
) -> None:
    server.deliver(bounced(name), RECEIVED)
    assert collect("run") == CollectResult(mails=1, bounces=1)
    assert rows("SELECT state FROM mail") == [{"state": "failed"}]
    assert decided() == ["address_disabled"]
    assert len(notices("ops_alert")) == 1
    assert notices("unknown_sender") == []
    assert (server.unseen(), count("delivery")) == (0, 0)


def test_a_bounce_is_taken_once_however_often_it_is_fetched_or_delivered(street: Path, server: Server) -> None:
    for hour in range(2):
        server.deliver(bounced(), RECEIVED + dt.timedelta(hours=hour))
        collect()
        with server.opened() as box:
            box.flag(box.uids(), "\\Seen", False)
        collect()
    assert (decided(), len(notices("ops_alert"))) == (["address_disabled"], 1)


def test_a_stop_before_the_bounce_is_recorded_leaves_it_unseen_and_nothing_half_done(
    street: Path, server: Server, database: Engine
) -> None:
    server.deliver(bounced(), RECEIVED)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE notice RENAME TO notice_away")
    with pytest.raises(Exception, match="notice"):
        collect()
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE notice_away RENAME TO notice")
    assert (server.unseen(), decided(), rows("SELECT state FROM mail")) == (1, [], [{"state": "sent"}])
    assert collect().bounces == 1
    assert (server.unseen(), decided()) == (0, ["address_disabled"])


def test_a_bounce_of_a_mail_that_is_not_ours_marks_nothing(street: Path, server: Server) -> None:
    server.deliver(bounced(mail_id="e" * 64), RECEIVED)
    assert collect().bounces == 1
    assert (decided(), rows("SELECT state FROM mail")) == ([], [{"state": "sent"}])
    assert "对不上的退信" in str(notices("ops_alert")[0]["payload"]["title"])


def test_a_reply_in_words_is_the_answer_and_gets_a_receipt(street: Path, server: Server) -> None:
    message = attach(replied(), "现场.jpg", b"\xff\xd8photo", "image/jpeg")
    server.deliver(message, RECEIVED)
    assert collect() == CollectResult(mails=1, files=1)
    drain()
    assert state() == "已反馈"
    [delivery] = deliveries()
    assert (delivery["name"], delivery["status"]) == ("邮件“回复：【整改提醒】”.eml", "accepted")
    [receipt] = notices("rectification_received")
    assert receipt["recipient"] == FIRST.secretary_email
    assert "已补审全部票据" in str(receipt["payload"]["items"])
    [kept] = rows("SELECT name, sha256 FROM evidence")
    assert contents.load(str(kept["sha256"])) == b"\xff\xd8photo"
    assert notices("refused") == []


def test_a_reply_is_taken_once_however_often_it_is_fetched(street: Path, server: Server) -> None:
    server.deliver(replied(), RECEIVED)
    assert collect().files == 1
    with server.opened() as box:
        box.flag(box.uids(), "\\Seen", False)
    assert collect() == CollectResult(mails=1, files=0)
    drain()
    assert count("item_event") == 1
    assert in_zone(RECEIVED).isoformat() in str(notices("rectification_received")[0]["payload"]["received_at"])


def test_a_workbook_in_a_reply_is_read_and_what_is_attached_beside_it_is_its_evidence(
    street: Path, server: Server
) -> None:
    items = [{"id": ITEM, "indicator": "E1", "problem": "票据不规范", "deadline": dt.date(2026, 9, 10)}]
    filled = fill(answer_workbook(FIRST.code, FIRST.name, items, dt.date(2026, 8, 20)), FULL)
    message = attach(attach(replied("见附件"), "整改反馈表.xlsx", filled), "台账.pdf", b"%PDF", "application/pdf")
    server.deliver(message, RECEIVED)
    assert collect() == CollectResult(mails=1, files=1)
    drain()
    assert (state(), [row["status"] for row in deliveries()]) == ("已反馈", ["accepted"])
    assert rows("SELECT name, carrier_sha256 FROM evidence") == [
        {"name": "台账.pdf", "carrier_sha256": contents.store(filled)}
    ]


def test_an_out_of_office_answer_to_a_reminder_is_no_answer(street: Path, server: Server) -> None:
    message = replied("已补审全部票据。佐证：我不在办公室")
    message["Auto-Submitted"] = "auto-replied"
    server.deliver(message, RECEIVED)
    assert collect() == CollectResult(mails=1, automatic=1)
    drain()
    assert (state(), notices("rectification_unclear"), notices("refused")) == ("待整改", [], [])


def test_a_reply_of_another_communitys_secretary_moves_nothing(street: Path, server: Server) -> None:
    message = replied()
    message.replace_header("From", SECOND.secretary_email)
    server.deliver(message, RECEIVED)
    collect()
    drain()
    assert state() == "待整改"
    [told] = notices("rectification_unclear")
    assert told["recipient"] == SECOND.secretary_email
    assert json.dumps(told["payload"], ensure_ascii=False).count("不是杏花社区登记的") == 1


@pytest.mark.parametrize("to", [f"<{MAIL}@duban.invalid>", ""])
def test_a_reply_under_a_name_that_is_not_its_writers_moves_nothing_though_it_names_our_mail(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(authserv_id="mx.duban.example"))
    message = replied(to=to)
    message["Authentication-Results"] = "mx.duban.example; dmarc=fail header.from=x.cn"
    server.deliver(attach(message, "现场.jpg", b"\xff\xd8photo", "image/jpeg"), RECEIVED)
    collect()
    drain()
    assert (state(), {row["status"] for row in deliveries()}) == ("待整改", {"refused"})
    assert "冒用" in str(notices("ops_alert")[0]["payload"])


def test_a_reply_that_nobody_vouches_for_and_that_names_our_mail_as_anybody_could_moves_nothing(
    street: Path, server: Server
) -> None:
    server.deliver(replied(to=f"<{MAIL}@duban.invalid>"), RECEIVED)
    collect()
    drain()
    assert (state(), [row["status"] for row in deliveries()]) == ("待整改", ["refused"])


@pytest.mark.parametrize("results", ["", "mx.duban.example; dmarc=fail", "mx.duban.example; dmarc=pass"])
def test_a_forged_bounce_switches_nobody_off_whatever_the_mail_server_says_of_it(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch, results: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(authserv_id="mx.duban.example"))
    ours = own_mails.message_id(MAIL, "duban.invalid").encode()
    forged = bytes(bounced()).replace(ours, f"<{MAIL}@duban.invalid>".encode())
    assert ours not in forged
    headers = f"Authentication-Results: {results}\n".encode() if results else b""
    with server.opened() as box:
        box.append(headers + forged, "INBOX", dt=RECEIVED)
    assert collect().bounces == 1
    assert (decided(), rows("SELECT state FROM mail")) == ([], [{"state": "sent"}])
