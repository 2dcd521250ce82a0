"""The mail with a 整改通知书, and what comes back: answers, plans, neither. Sent by SMTP, fetched by IMAP, as in life."""

from __future__ import annotations

import datetime as dt
import email
import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.intake.mailbox import CollectResult, collect
from include.intake.receive import drain
from include.items.chase import chase
from include.items.items import open_items
from include.items.states import history
from include.period import in_zone, now
from include.post.sender import send_due
from tests.acting import drafts
from tests.faults.mail_server import FaultyServer, mail_server
from tests.intake.imap_server import Server, attach, mail, running
from tests.signing import signs
from tests.street import A, B, add_units, found_at, rows

pytestmark = pytest.mark.story

__all__ = ["mail_server"]

ISSUED = dt.date(2026, 8, 20)
LETTER_AT = in_zone(dt.datetime.combine(dt.date(2026, 8, 24), dt.time(9)))
REPLIED = in_zone(dt.datetime.combine(dt.date(2026, 8, 26), dt.time(10)))
SECRETARY = "shuji1@example.org"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def running_server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def mailbox(running_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    running_server.empty()
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", running_server.connection())
    return running_server


@pytest.fixture
def letter(database: Engine, mail_server: FaultyServer, mailbox: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The Message-ID of the mail with the 整改通知书 on E1 and A1 of the first community; it is 26 August."""
    with transaction() as connection:
        add_units(connection, A, B)
        open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "A1": 30}, B: {"E1": 15}}), ISSUED, now())
    send_due("test")
    monkeypatch.setenv("DUBAN_NOW", LETTER_AT.isoformat())
    signs(drafts("rectification_letter", "admin", unit="第1社区"), "李书记")
    before = len(mail_server.taken)
    send_due("test")
    [sent] = [email.message_from_bytes(content) for content in mail_server.taken[before:]]
    monkeypatch.setenv("DUBAN_NOW", REPLIED.isoformat())
    return str(sent["Message-ID"])


def replied(letter: str, text: str, message_id: str = "<p1@qq.com>") -> EmailMessage:
    return mail(SECRETARY, "回复：【整改通知书】", message_id, text, In_Reply_To=letter, References=letter)


def taken_in(mailbox: Server, message: EmailMessage) -> tuple[str, str]:
    """Delivered, fetched and answered: status and message of the one arrival."""
    mailbox.deliver(message, REPLIED)
    assert collect() == CollectResult(mails=1, files=1)
    drain()
    with transaction() as connection:
        [row] = [row for row in rows(connection, "delivery", "id") if row["status"] != "waiting"][-1:]
    return row["status"], row["message"]


def states() -> dict[str, str]:
    with transaction() as connection:
        items = rows(connection, "rectification_item", "id")
    return {row["indicator"]: row["state"] for row in items if row["unit_code"] == A}


def events(indicator: str) -> list[dict[str, Any]]:
    with transaction() as connection:
        items = rows(connection, "rectification_item", "id")
        [item] = [row for row in items if (row["unit_code"], row["indicator"]) == (A, indicator)]
        return history(connection, item["id"])


def notices(kind: str) -> list[dict[str, Any]]:
    with transaction() as connection:
        found = [row for row in rows(connection, "notice", "id") if row["kind"] == kind]
    return [row | {"payload": json.loads(row["payload"]), "files": json.loads(row["attachments"])} for row in found]


def test_lines_in_reply_to_a_rectification_letter_answer_its_items(letter: str, mailbox: Server) -> None:
    message = attach(
        replied(letter, "A1：已整改到位，专题研究两次。\nE1：已补审全部票据；佐证：台账"),
        "现场.jpg",
        b"\xff\xd8",
        "image/jpeg",
    )
    assert taken_in(mailbox, message) == ("accepted", "已受理整改反馈（邮件）：办理 2 项（发件人未核实）")
    assert states() == {"A1": "已反馈", "E1": "已反馈"}
    assert "专题研究两次" in events("A1")[-1]["reason"]
    assert [row["recipient"] for row in notices("rectification_received")] == [SECRETARY]


def test_a_reply_to_a_rectification_letter_that_names_no_item_is_told_how_to_answer(
    letter: str, mailbox: Server, mail_server: FaultyServer
) -> None:
    status, message = taken_in(mailbox, replied(letter, "我们社区都改好了，请领导放心。"))
    assert (status, set(states().values())) == ("refused", {"待整改"})
    assert "看不出您写的是哪一项" in message
    [told] = notices("rectification_unclear")
    assert [item["deadline"] for item in told["payload"]["items"]] == ["2026年9月10日", "2026年10月8日"]
    before = len(mail_server.taken)
    send_due("test")
    assert len(mail_server.taken) == before + 1


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("现报送我社区整改方案，请审阅。", "整改方案.docx", WORD),
        ("见附件", "第1社区整改方案.xlsx", EXCEL),
        ("请查收整改方案，9月底前完成整改，确保整改到位。", "", ""),
        ("E1：整改方案：责任人王某，9月5日前补审\nA1：整改计划：9月召开两次专题会", "", ""),
    ],
)
def test_a_plan_is_kept_at_its_items_and_goes_to_the_street_and_answers_nothing(
    letter: str, mailbox: Server, text: str, name: str, kind: str
) -> None:
    message = replied(letter, text)
    taken_in(mailbox, attach(message, name, b"plan", kind) if name else message)
    assert set(states().values()) == {"待整改"}
    for indicator in ("E1", "A1"):
        last = events(indicator)[-1]
        assert (last["kind"], last["actor"], last["happened_at"]) == ("planned", SECRETARY, REPLIED)
        assert last["reason"].startswith("整改方案：")
        assert contents.load(last["sha256"])
    [receipt] = notices("rectification_received")
    assert "整改方案已收到；整改完成后，请再反馈" in receipt["payload"]["items"][0]["state"]
    [told] = [row for row in notices("ops_alert") if row["subject"].startswith("plan/")]
    assert told["payload"]["title"] == "第1社区报来整改方案（2项）"
    assert [file["name"] for file in told["files"]] == ([name] if name else [])
    with transaction() as connection:
        kept = rows(connection, "evidence", "position")
        assert chase(connection, in_zone(dt.datetime.combine(dt.date(2026, 9, 11), dt.time(8, 30)))).items["催办"] == 2
    assert [(row["name"], contents.load(row["sha256"])) for row in kept] == ([(name, b"plan")] if name else [])


def test_a_plan_for_one_item_beside_the_answer_on_another(letter: str, mailbox: Server) -> None:
    taken_in(mailbox, replied(letter, "E1：已整改到位，佐证：台账\nA1：整改方案如下，9月开两次专题会"))
    assert states() == {"A1": "待整改", "E1": "已反馈"}
    assert [events("A1")[-1]["kind"], events("E1")[-1]["kind"]] == ["planned", "answered"]


@pytest.mark.parametrize("done", ["已按整改方案完成整改，佐证：台账", "已补审全部票据，整改方案全部落实；佐证：台账"])
def test_work_done_by_a_plan_is_an_answer(letter: str, mailbox: Server, done: str) -> None:
    taken_in(mailbox, replied(letter, f"E1：{done}"))
    assert states()["E1"] == "已反馈"


def test_a_plan_that_was_not_attached_is_asked_for(letter: str, mailbox: Server) -> None:
    status, message = taken_in(mailbox, replied(letter, "整改方案见附件"))
    assert (status, [event["kind"] for event in events("E1")]) == ("refused", ["opened"])
    assert "没有收到附件" in message


def test_a_plan_is_kept_once_however_often_it_is_fetched_and_the_answer_follows_it(
    letter: str, mailbox: Server
) -> None:
    taken_in(mailbox, replied(letter, "现报送整改方案：9月底前完成。"))
    with mailbox.opened() as box:
        box.flag(box.uids(), "\\Seen", False)
    collect()
    drain()
    assert [event["kind"] for event in events("E1")] == ["opened", "planned"]
    taken_in(mailbox, replied(letter, "E1：已补审；佐证：台账", "<p2@qq.com>"))
    assert states() == {"A1": "待整改", "E1": "已反馈"}
    taken_in(mailbox, replied(letter, "补充整改方案：A1 9月开会。", "<p3@qq.com>"))
    assert [event["kind"] for event in events("E1")] == ["opened", "planned", "answered"], "answered already"
    assert [event["kind"] for event in events("A1")] == ["opened", "planned", "planned"]


def test_a_sheet_beside_an_answer_in_words_is_its_evidence(letter: str, mailbox: Server) -> None:
    message = attach(replied(letter, "E1：已补审全部票据，台账见附件"), "票据台账.xlsx", b"PK ledger", EXCEL)
    assert taken_in(mailbox, message)[0] == "accepted"
    assert states()["E1"] == "已反馈"
    assert "佐证材料：附件 票据台账.xlsx" in events("E1")[-1]["reason"]
    with transaction() as connection:
        [kept] = rows(connection, "evidence", "position")
    assert (kept["carrier_sha256"], contents.load(kept["sha256"])) == (events("E1")[-1]["sha256"], b"PK ledger")
