"""回信签发: the committee answers the mail that brought a draft, through a real mail server out and a real mailbox in."""

from __future__ import annotations

import datetime as dt
import email
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from include.db.engine import transaction
from include.documents.questions import APPROVAL, REJECTION
from include.errors import UserError
from include.intake.mailbox import collect
from include.outbox.outbox import silence
from include.period import now
from include.post.sender import send_due
from include.settings import REPO
from include.signing.replied import read_line
from include.steps import approvals
from include.steps.replies import take_reply
from tests.acting import drafts
from tests.faults.mail_server import FaultyServer, mail_server
from tests.intake.imap_server import Server
from tests.intake.receive_street import notices, rows
from tests.signing import asks, signs
from tests.street import STREET, A, add_units

__all__ = ["mail_server"]
pytestmark = pytest.mark.story
SERVER, WANG, LIU = "mx.duban.example", "wang@yunjie.example", "liu@yunjie.example"
PERSONS = f"""
persons:
  - {{account: wang, name: 王强, roles: [committee], streets: ["{STREET}"], from: 2020-01-01, email: {WANG}}}
  - {{account: liu, name: 刘明, roles: [viewer], streets: ["{STREET}"], from: 2020-01-01, email: {LIU}}}
"""
_count = itertools.count(1)


@dataclass
class Desk:
    """The committee's mailbox and what it sends."""

    folder: Path
    box: Server
    out: FaultyServer
    patch: pytest.MonkeyPatch
    letter: str = ""
    known: dict[object, dict[str, Any]] = field(default_factory=dict)

    def office(self, **entry: Any) -> None:
        offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
        offices["streets"] = {STREET: {"committee_email": WANG, "ops_email": "ops@yunjie.example", **entry}}
        (self.folder / "offices.yaml").write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
        self.patch.setenv("DUBAN_OFFICES", str(self.folder / "offices.yaml"))

    def persons(self, text: str) -> None:
        (self.folder / f"persons{next(_count)}.yaml").write_text(text, encoding="utf-8")
        self.patch.setenv(
            "DUBAN_PERSONS", str(max(self.folder.glob("persons*.yaml"), key=lambda one: one.stat().st_mtime_ns))
        )

    def drafts(self, meeting: str = "例会", days: int = 20) -> str:
        """A letter is drafted, the committee is mailed, and the step of the workflow waits."""
        at = (now() + dt.timedelta(days=days)).replace(hour=9, minute=30, second=0)
        letter = drafts(
            "meeting_letter", "admin", street_code=STREET, meeting=meeting, meeting_at=at.isoformat(), place="会议室"
        )
        approvals.ask_about(letter)
        asks(letter)
        self.letter = self.letter or letter
        return letter

    def mails(self, to: str = WANG, about: str = "待签发") -> list[EmailMessage]:
        send_due("test")
        sent = [email.message_from_bytes(one, policy=policy.default) for one in self.out.taken]
        return [one for one in sent if to in str(one["To"]) and about in str(one["Subject"])]  # type: ignore[misc]

    def code(self, mail: EmailMessage) -> str:
        found = re.search(r"签发码：(\S{19})", text_of(mail))
        assert found is not None
        return found[1]

    def answers(
        self, to: EmailMessage | None, text: str, sender: str = WANG, *, result: str = f"{SERVER}; dmarc=pass",
        shape: Callable[[EmailMessage, str], None] | None = None, **headers: str,
    ) -> None:  # fmt: skip
        """A reply arrives and is fetched."""
        message = EmailMessage()
        message["From"], message["To"] = sender, "duban@example.org"
        message["Subject"] = headers.pop("subject", f"回复：{to['Subject'] if to else '签发'}")
        message["Message-ID"] = f"<{next(_count)}@yunjie.example>"
        if to is not None and "In-Reply-To" not in headers:
            message["In-Reply-To"] = message["References"] = str(to["Message-ID"])
        for name, value in headers.items():
            if value:
                message[name] = value
        if result:
            message["Authentication-Results"] = result
        (shape or (lambda one, words: one.set_content(words)))(message, text)
        self.box.deliver(message, now())
        collect("test", take_reply)
        self.told()

    def standing(self) -> tuple[str, str, str, str]:
        """What stands on record about the letter: the answer, under which login and name, how."""
        found = rows("SELECT answer, account, name, how FROM question WHERE answer <> ''")
        assert len(found) <= 1
        return (
            (*(str(found[0][one]) for one in ("answer", "account", "name")), str(found[0]["how"])[:5])
            if found
            else ("", "", "", "")
        )  # type: ignore[return-value]

    def told(self) -> list[dict[str, Any]]:
        """The answers to replies so far, with whom they go to, in the order in which they were given."""
        for one in rows("SELECT id, recipient, payload FROM notice WHERE kind = 'signature_answered'"):
            if one["id"] not in self.known:
                self.known[one["id"]] = json.loads(str(one["payload"])) | {"to": one["recipient"]}
        return list(self.known.values())


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def desk(
    database: Engine, mail_world: Path, server: Server, mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """王强 signs for the street; the office takes signatures by reply, by the real clock; one letter waits."""
    monkeypatch.delenv("DUBAN_NOW")
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(authserv_id=SERVER))
    found = Desk(mail_world, server, mail_server, monkeypatch)
    found.office(sign_by_reply=True)
    found.persons(PERSONS)
    with transaction() as connection:
        add_units(connection, A)
    found.drafts()
    return found


def test_an_approval_with_the_mails_code_in_the_first_line_is_signed_by_who_holds_the_address(
    desk: Desk,
) -> None:
    [mail] = desk.mails()
    desk.answers(mail, f"同意 {desk.code(mail)}\n\n{quoted(mail)}")
    assert desk.standing() == (APPROVAL, "wang", "王强", "mail/")
    assert approvals.issue_document(desk.letter).endswith("1号")
    [row] = rows("SELECT approved_by, account FROM circular")
    assert (row["approved_by"], row["account"]) == ("王强", "wang")
    [receipt] = desk.told()
    assert (receipt["to"], receipt["is_taken"], receipt["answer"], receipt["name"]) == (WANG, True, "同意", "王强")
    [shown] = desk.mails(about="回信签发已记录")
    assert "王强同意联席会议通知《关于召开例会的通知》" in text_of(shown)
    assert desk.code(mail) not in text_of(shown)


def test_sending_back_needs_a_reason_which_ops_are_told_and_nothing_is_issued(desk: Desk) -> None:
    [mail] = desk.mails()
    code = desk.code(mail)
    desk.answers(mail, f"退回 {code}")
    desk.answers(mail, f"退回：{code}。")
    assert [one["problem"] for one in desk.told()] == ["退回没有写明原因。"] * 2
    assert desk.standing()[0] == ""
    desk.answers(mail, f"退回：地点不对，请改到三楼 {code}")
    assert desk.standing() == (REJECTION, "wang", "王强", "mail/")
    [decision] = rows("SELECT kind, decided_by, account, reason FROM decision WHERE kind <> 'drafting'")
    assert tuple(decision.values()) == ("rejection", "王强", "wang", "地点不对，请改到三楼")
    assert any("退回理由：地点不对，请改到三楼" in one["payload"]["lines"] for one in notices("ops_alert"))
    with pytest.raises(UserError, match="党工委退回了这份草稿"):
        approvals.issue_document(desk.letter)


def quoted(mail: EmailMessage) -> str:
    """As QQ mail quotes."""
    head = f'------------------ 原始邮件 ------------------\n发件人: "督办系统" <duban@example.org>;\n主题: {mail["Subject"]}\n\n'
    return head + text_of(mail)


def as_html(before: str, after: str) -> Callable[[EmailMessage, str], None]:
    def shape(message: EmailMessage, words: str) -> None:
        lines = "".join(f"<div>{line or '<br>'}</div>" for line in words.split("\n"))
        message.set_content(f"<html><body>{before}{lines}{after}</body></html>", subtype="html")

    return shape


def shapes(mail: EmailMessage) -> dict[str, tuple[str, Callable[[EmailMessage, str], None] | None]]:
    """What stands below the words, by program, and how the mail is made."""
    ours = text_of(mail)
    html = "".join(f"<p>{line}</p>" for line in ours.split("\n"))
    marked = "\n".join(f"> {line}" for line in ours.split("\n"))

    def both(message: EmailMessage, words: str) -> None:
        message.set_content(words)
        message.add_alternative(f"<div>{words}</div>", subtype="html")

    def with_file(message: EmailMessage, words: str) -> None:
        message.set_content(words)
        message.add_attachment(b"\x89PNG" * 9000, maintype="image", subtype="png", filename="签名.png")
        message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="批示.pdf")

    return {
        "qq": ("\n\n" + quoted(mail), None),
        "qq html": ("", as_html("", f"<div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>发件人: 督办系统</div>{html}")),
        "foxmail": (f"\n\n\n发件人： 督办系统\n发送时间： 2026-11-29 08:30\n收件人： wang\n主题： x\n{ours}", both),
        "outlook": (f"\n\n________________________________\n发件人: 督办系统 <duban@example.org>\n发送时间: 2026年11月29日\n{ours}", None),
        "outlook html": ("", as_html("<style>p{}</style>", f"<hr><p><b>发件人:</b> 督办系统<br><b>发送时间:</b> 2026年11月29日<br><b>收件人:</b> x</p>{html}")),
        "ios": (f"\n\n发自我的iPhone\n\n> 在 2026年11月29日，08:30，督办系统 <duban@example.org> 写道：\n>\n{marked}", None),
        "163": (f'\n\n在 2026-11-29 08:30:00，"督办系统" <duban@example.org> 写道：\n\n{ours}', None),
        "gmail html": ("", as_html("", f'<div class="gmail_quote">督办系统 &lt;duban@example.org&gt; 于2026年11月29日周日 08:30写道：<blockquote>{html}</blockquote></div>')),
        "with files": ("", with_file),
        "nothing quoted": ("", None),
    }  # fmt: skip


@pytest.mark.parametrize("program", ["qq", "qq html", "foxmail", "outlook", "outlook html", "ios", "163", "gmail html", "with files", "nothing quoted"])  # fmt: skip
def test_a_reply_counts_as_every_usual_program_writes_it_and_what_it_quotes_never_does(
    desk: Desk, program: str
) -> None:
    [mail] = desk.mails()
    below, shape = shapes(mail)[program]
    desk.answers(mail, f"收到。{below}", shape=shape)
    desk.answers(mail, f"{below}", shape=shape)
    assert desk.standing()[0] == ""
    desk.answers(mail, f"\n \n  同意 {desk.code(mail)}{below}", shape=shape)
    assert desk.standing()[:3] == (APPROVAL, "wang", "王强")


CODE = "7K3M-9QRT-ABCD-WXYZ"


@pytest.mark.parametrize(
    ("words", "answer", "note"),
    [
        (f"同意 {CODE}", APPROVAL, ""),
        (f"同意{CODE}", APPROVAL, ""),
        (f"　　同意，{CODE}。", APPROVAL, ""),
        (f"“同意”，签发码：{CODE}", APPROVAL, ""),
        (f"同意印发 {CODE.lower()}", APPROVAL, ""),
        ("同意 ７Ｋ３Ｍ－９ＱＲＴ－ＡＢＣＤ－ＷＸＹＺ", APPROVAL, ""),
        ("同意 7K3M9QRTABCDWXYZ\n王强\n办公室 5550126", APPROVAL, ""),
        (f"{CODE} 同意", APPROVAL, ""),
        (f"退回：地点不对 {CODE}", REJECTION, "地点不对"),
        (f"退回: 地点不对，改三楼。（签发码：{CODE}）", REJECTION, "地点不对，改三楼"),
        (f"退回 {CODE}：第二段人数有误，\n请核对后再报。\n\n王强", REJECTION, "第二段人数有误， 请核对后再报。"),
        (f"退回 {CODE}", REJECTION, ""),
        (f"退回：{CODE}", REJECTION, ""),
        ("退回", REJECTION, ""),
        (f"不同意 {CODE}", None, ""),
        (f"同意，但地点要改 {CODE}", None, ""),
        (f"原则同意 {CODE}", None, ""),
        (f"同意？ {CODE}", None, ""),
        (f"退回不妥 {CODE}", None, ""),
        (f"王书记：\n同意 {CODE}", None, ""),
        ("", None, ""),
    ],
)  # fmt: skip
def test_the_first_line_approves_or_sends_back_and_nothing_in_between(
    words: str, answer: str | None, note: str
) -> None:
    line = read_line(words, lambda given: given.upper() == CODE.replace("-", ""))
    assert (line.answer, line.note) == (answer, note)


@pytest.mark.parametrize(
    "result",
    [
        "", f"{SERVER}; none", f"{SERVER}; dmarc=none", f"{SERVER}; dmarc=fail", f"{SERVER}; dmarc=temperror",
        f"{SERVER}; spf=pass smtp.mailfrom={WANG}", f"{SERVER}; dkim=pass header.d=yunjie.example",
        f"{SERVER}; dmarc=pass header.from=evil.example", "mx.evil.example; dmarc=pass",
        f"{SERVER}; dmarc=pass; dmarc=fail",
    ],
)  # fmt: skip
def test_who_is_not_vouched_for_by_dmarc_signs_nothing_and_the_offices_own_address_is_told_once(
    desk: Desk, result: str
) -> None:
    [mail] = desk.mails()
    for _ in range(2):
        desk.answers(mail, f"同意 {desk.code(mail)}", result=result)
    assert desk.standing()[0] == ""
    [told] = desk.told()
    assert (told["to"], told["is_taken"]) == (WANG, False)
    assert "没有通过本单位邮件服务器的核验" in told["problem"]


def test_only_whom_the_mail_went_to_signs_by_it(desk: Desk) -> None:
    [mail] = desk.mails()
    for sender in ("zhao@yunjie.example", LIU, "ops@yunjie.example"):
        desk.answers(mail, f"同意 {desk.code(mail)}", sender)
    assert desk.standing()[0] == ""
    assert {(one["to"], one["problem"]) for one in desk.told()} == {(WANG, "来信的邮箱不是收到这份草稿的邮箱。")}


def test_a_mail_that_was_passed_on_is_no_reply(desk: Desk) -> None:
    [mail] = desk.mails()
    words = f"同意 {desk.code(mail)}"
    desk.answers(mail, words, subject=f"转发：{mail['Subject']}")
    desk.answers(mail, words, subject=f"Fw: {mail['Subject']}")
    desk.answers(mail, words, **{"In-Reply-To": "<1@yunjie.example>", "References": str(mail["Message-ID"])})
    desk.answers(None, words, subject="签发")
    assert desk.standing()[0] == ""
    assert [one["problem"][:8] for one in desk.told()] == [
        "这是一封转发的邮",
        "这是一封转发的邮",
        "这不是对“待签发",
        "这不是对“待签发",
    ]
    assert {one["to"] for one in desk.told()} == {WANG}


def test_a_code_is_used_up_by_the_first_act_wherever_that_was_done(desk: Desk) -> None:
    [mail] = desk.mails()
    words = f"同意 {desk.code(mail)}"
    desk.answers(mail, words)
    desk.answers(mail, f"退回：我反悔了 {desk.code(mail)}")
    assert desk.standing()[0] == APPROVAL
    assert "王强已答复“同意”" in desk.told()[-1]["problem"]
    other = desk.drafts("碰头会")
    signs(other, "")
    second = next(one for one in desk.mails() if "碰头会" in str(one["Subject"]))
    desk.answers(second, f"退回：晚了 {desk.code(second)}")
    assert "committee已答复“同意”" in desk.told()[-1]["problem"]


def test_the_code_of_another_letter_and_no_code_sign_nothing(desk: Desk) -> None:
    desk.drafts("碰头会")
    first, second = sorted(desk.mails(), key=lambda one: "碰头会" in str(one["Subject"]))
    for words in (f"同意 {desk.code(second)}", "同意 7K3M-9QRT-ABCD-WXYZ", "同意", f"同意\n{desk.code(first)}"):
        desk.answers(first, words)
    assert desk.standing()[0] == ""
    problems = [one["problem"] for one in desk.told()]
    assert problems == ["第一行的签发码不是所回复的这封邮件的。"] * 2 + ["第一行没有写签发码。"] * 2


def test_a_draft_that_has_changed_is_not_signed_by_the_mail_of_before_but_by_the_new_one(desk: Desk) -> None:
    [before] = desk.mails()
    assert desk.drafts(days=21) == desk.letter
    desk.answers(before, f"同意 {desk.code(before)}")
    assert desk.standing()[0] == ""
    assert desk.told()[-1]["problem"] == "草稿在这封邮件发出以后有了变动。"
    new = desk.mails()[-1]
    assert desk.code(new) != desk.code(before)
    desk.answers(new, f"同意 {desk.code(new)}")
    assert desk.standing()[0] == APPROVAL


def test_a_reply_that_is_fetched_twice_is_taken_once_and_told_once(desk: Desk) -> None:
    [mail] = desk.mails()
    desk.answers(mail, f"同意 {desk.code(mail)}")
    with desk.box.opened() as box:
        box.flag(box.uids(), "\\Seen", False)
    collect("test", take_reply)
    assert [one["is_taken"] for one in desk.told()] == [True]
    assert len(rows("SELECT 1 FROM question WHERE answer <> ''")) == 1


def test_a_note_of_absence_is_no_answer_and_gets_none(desk: Desk) -> None:
    [mail] = desk.mails()
    desk.answers(mail, f"同意 {desk.code(mail)}", subject=f"自动回复：{mail['Subject']}")
    desk.answers(mail, "我在出差", **{"Auto-Submitted": "auto-replied"})
    assert (desk.standing()[0], desk.told()) == ("", [])


def test_a_deputy_signs_from_his_own_address_as_long_as_he_stands_in(desk: Desk) -> None:
    today = now().date()
    desk.persons(f"{PERSONS}deputies:\n  - {{for: wang, by: liu, from: {today}, until: {today}}}\n")
    desk.drafts("碰头会")
    [his] = desk.mails(to=LIU)
    desk.persons(PERSONS)
    desk.answers(his, f"同意 {desk.code(his)}", LIU)
    assert desk.told()[-1]["problem"].startswith("这个邮箱现在没有登记在有权签发的人名下")
    desk.persons(f"{PERSONS}deputies:\n  - {{for: wang, by: liu, from: {today}, until: {today}}}\n")
    desk.answers(his, f"同意 {desk.code(his)}", LIU)
    assert desk.standing()[:3] == (APPROVAL, "liu", "刘明（代王强）")
    assert desk.told()[-1]["to"] == LIU


def test_an_office_without_named_persons_signs_under_the_name_of_who_alone_reads_its_mailbox(desk: Desk) -> None:
    desk.persons("persons: []\n")
    desk.drafts("碰头会")
    assert not any("签发码" in text_of(one) for one in desk.mails() if "碰头会" in str(one["Subject"])), (
        "nobody is named"
    )
    desk.office(sign_by_reply=True, committee_holder="王强")
    desk.drafts("茶话会")
    [mail] = [one for one in desk.mails() if "茶话会" in str(one["Subject"])]
    desk.answers(mail, f"同意 {desk.code(mail)}")
    assert desk.standing()[:3] == (APPROVAL, "committee", "王强")


def test_nothing_is_signed_by_reply_unless_the_office_says_so_nor_on_a_simulated_clock_nor_in_a_backfill(
    desk: Desk,
) -> None:
    [mail] = desk.mails()
    desk.office()
    desk.answers(mail, f"同意 {desk.code(mail)}")
    assert desk.told()[-1]["problem"] == "本机关现在没有开通回信签发。"
    desk.drafts("碰头会")
    desk.office(sign_by_reply=True)
    with silence("补算"):
        desk.drafts("茶话会")
    desk.patch.setenv("DUBAN_NOW", now().isoformat())
    desk.drafts("座谈会")
    desk.patch.delenv("DUBAN_NOW")
    desk.patch.setenv("AIRFLOW_CONN_DUBAN_IMAP", desk.box.connection())
    desk.drafts("恳谈会")
    offered = {one["payload"]["title"]: "reply" in one["payload"] for one in notices("approval_waiting")}
    assert [title for title, is_offered in offered.items() if is_offered] == ["关于召开例会的通知"]
    assert len(offered) == 5
    assert desk.standing()[0] == ""
