"""回信签发 on the whole of Airflow, by the real clock: the mail goes out, the reply comes in, the step that waits finds it."""

from __future__ import annotations

import datetime as dt
import email
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import yaml

from include.period import now
from include.settings import REPO
from tests.end_to_end.office import STREET, Office, open_office
from tests.intake.imap_server import Server, mail, running

pytestmark = [pytest.mark.airflow, pytest.mark.long]
SERVER, WANG = "mx.duban.example", "wang@yunjie.example"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, mailbox: Server) -> Iterator[Office]:
    """An office that takes signatures by reply; its steps look every minute."""
    own = tmp_path_factory.mktemp("own")
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["streets"] = {STREET: {"committee_email": "dgw@yunjie.example", "sign_by_reply": True}}
    (own / "offices.yaml").write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    (own / "persons.yaml").write_text(
        f'persons:\n  - {{account: wang, name: 王强, roles: [committee], streets: ["{STREET}"], from: 2020-01-01, email: {WANG}}}\n',
        encoding="utf-8",
    )
    policies = (REPO / "include/outbox/policies.yaml").read_text(encoding="utf-8")
    (own / "policies.yaml").write_text(
        re.sub(r"looks_every_minutes: \d+", "looks_every_minutes: 1", policies), encoding="utf-8"
    )
    settings = {"DUBAN_OFFICE": str(own), "AIRFLOW_CONN_DUBAN_IMAP": mailbox.connection(authserv_id=SERVER)}
    with open_office(tmp_path_factory.mktemp("office"), settings=settings) as opened:
        opened.register()
        yield opened


def asked(office: Office, meeting: str) -> EmailMessage:
    """A letter is drafted and waits; the mail that asks 王强 for it."""
    at = (now() + dt.timedelta(days=20)).replace(hour=9, minute=30, second=0)
    form = {"street_code": STREET, "meeting": meeting, "meeting_at": at.isoformat(), "place": "会议室"}
    assert office.act(office.admin, "act_meeting_letter", **form) == ""
    office.wait(lambda: office.rows("SELECT 1 FROM question WHERE circular_id LIKE :id", id=f"%{meeting}%"), "送审")
    office.wait_for_mails()
    found = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in office.mails.glob("*.eml")]
    [sent] = [
        one for one in found if one["To"] == WANG and meeting in str(one["Subject"]) and "待签发" in str(one["Subject"])
    ]
    assert isinstance(sent, EmailMessage)
    return sent


def replies(mailbox: Server, office: Office, to: EmailMessage, words: str) -> None:
    part = to.get_body(("plain",))
    assert part is not None
    text = str(part.get_content())
    code = re.search(r"签发码：(\S{19})", text)
    assert code is not None
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    reply = mail(
        WANG, f"回复：{to['Subject']}", f"<{words[:2].encode().hex()}@yunjie.example>",
        f"{words} {code[1]}\n\n发自我的iPhone\n\n> 在 2026年11月29日，08:30，督办系统 <x@y.cn> 写道：\n{quoted}\n",
        In_Reply_To=str(to["Message-ID"]), Authentication_Results=f"{SERVER}; dmarc=pass",
    )  # fmt: skip
    mailbox.deliver(reply, now())
    office.run("receive")


def ended(office: Office) -> bool:
    return not [run for run in office.admin.runs("letter") if run["state"] not in ("success", "failed")]


def mails_about(office: Office, words: str, to: str) -> list[Path]:
    office.wait_for_mails()
    found = {
        path: email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in office.mails.glob("*.eml")
    }
    return [path for path, one in found.items() if words in str(one["Subject"]) and to in str(one["To"])]


def test_an_approval_by_mail_is_told_at_once_and_issued_by_the_step_that_waits(office: Office, mailbox: Server) -> None:
    sent = asked(office, "例会")
    replies(mailbox, office, sent, "同意")
    [question] = office.rows("SELECT answer, account, name FROM question WHERE answer <> ''")
    assert tuple(question.values()) == ("approval", "wang", "王强")
    assert len(mails_about(office, "回信签发已记录", WANG)) == 1
    office.wait(lambda: ended(office), "等着的那一步自己接着办", 240)
    [issued] = office.rows("SELECT state, approved_by, account, document_number FROM circular")
    assert (issued["state"], issued["approved_by"], issued["account"]) == ("issued", "王强", "wang")
    assert issued["document_number"].endswith("1号")
    assert not office.rows("SELECT 1 FROM question WHERE answer <> '' AND asked_in LIKE 'letter/%'"), (
        "nobody answered in Airflow"
    )
    assert [run["state"] for run in office.admin.runs("letter")] == ["success"]


def test_a_letter_sent_back_by_mail_is_told_to_ops_and_its_run_ends(office: Office, mailbox: Server) -> None:
    sent = asked(office, "碰头会")
    replies(mailbox, office, sent, "退回：地点不对")
    office.wait(lambda: ended(office), "等着的那一步自己接着办", 240)
    [row] = office.rows("SELECT state, document_number FROM circular WHERE id LIKE '%碰头会%'")
    assert tuple(row.values()) == ("withdrawn", "")
    [decision] = office.rows("SELECT decided_by, reason FROM decision WHERE kind = 'rejection'")
    assert tuple(decision.values()) == ("王强", "地点不对")
