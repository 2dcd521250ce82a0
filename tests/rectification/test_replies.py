"""Answers as the text of a mail: a reply to one of our mails, read like the 整改反馈表 that it stands for."""

from __future__ import annotations

import datetime as dt
import email
import json
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any, cast

import pytest

from include.archive import contents
from include.db.engine import transaction
from include.items.own_words import own_words
from include.letters.supervising import chase_day
from include.period import in_zone, now
from include.post.sender import send_due
from include.post.sender_trust import VOUCHED
from include.signing.issue import issue
from tests.faults.mail_server import FaultyServer
from tests.rectification.replying import LATER, SECRETARY, arrive, last_event, reply, states
from tests.street import A, B, rows

pytestmark = pytest.mark.story

DONE = "您好！\n已补审全部票据。佐证：票据台账复印件。\n此致"
QUOTED = {
    "qq": '\n\n\n------------------ 原始邮件 ------------------\n发件人: "督办系统" <x@y.cn>;\n发送时间: 2026年9月1日\n\nE1 引用',
    "qq_html": "\n------------------&nbsp;原始邮件&nbsp;------------------\nE1：引用",
    "163": '\n\n在 2026-09-01 08:30:00，"督办系统" <x@y.cn> 写道：\n\nE1：引用',
    "163_app": "\n---- 回复的原邮件 ----\n| 发件人 | 督办系统<x@y.cn> |\nE1：引用",
    "gmail": "\n\n督办系统 <x@y.cn> 于2026年9月1日周二 08:30写道：\n\n> E1：引用",
    "apple": "\n\n发自我的iPhone\n\n> 在 2026年9月1日，08:30，督办系统 <x@y.cn> 写道：\n> E1：引用",
    "wrapped": "\n\n在 2026年9月1日周二 08:30，督办系统\n<x@y.cn> 写道：\n\nE1：引用",
    "outlook": "\n\n________________________________\n发件人: 督办系统 <x@y.cn>\n发送时间: 2026年9月1日 8:30\nE1：引用",
    "foxmail": "\n \n发件人： 督办系统\n发送时间： 2026-09-01 08:30\nE1：引用",
    "english": "\n\nOn Tue, Sep 1, 2026 at 08:30, 督办系统 <x@y.cn> wrote:\n> E1：引用",
    "lines": "\n> E1：引用\n> A1：引用",
}


def payloads(kind: str) -> list[dict[str, Any]]:
    with transaction() as connection:
        return [json.loads(row["payload"]) for row in rows(connection, "notice", "id") if row["kind"] == kind]


@pytest.mark.parametrize("name", QUOTED)
def test_what_is_quoted_is_cut_away_in_the_form_of_every_usual_program(name: str) -> None:
    assert own_words(reply("<x@y>", DONE + QUOTED[name]), "") == DONE


def test_a_mail_in_html_alone_is_read_as_text_without_its_quotation() -> None:
    message = EmailMessage()
    message.set_content(
        "<html><style>p{}</style><body><div>已补审<b>全部</b>票据。</div><div>佐证：台账</div><script>x()</script>"
        '<div>在 2026-09-01 08:30:00，"督办" &lt;x@y.cn&gt; 写道：</div><blockquote><p>E1：引用</p></blockquote></body></html>',
        subtype="html",
    )
    assert own_words(message, "") == "已补审全部票据。\n佐证：台账"


def test_a_margin_of_a_billion_lines_is_none() -> None:
    message = EmailMessage()
    message.set_content('<p style="margin-top:1000000000em">已补审</p>', subtype="html")
    assert own_words(message, "") == "已补审"


@pytest.mark.parametrize("padding", ["\n" * 900_000, " \n" * 400_000, "；" * 300_000, "于2026年" * 60_000])
def test_what_nobody_would_write_by_hand_is_read_to_its_end(street: dict[str, str], padding: str) -> None:
    assert "已补审" in own_words(reply("<x@y>", f"已补审全部票据{padding}"), "")
    assert arrive(reply(street[B], f"已补审全部票据{padding}佐证：台账"), "shuji2@example.org")[0] in (
        "accepted",
        "refused",
    )


def test_a_reply_to_a_mail_about_one_item_is_its_answer(street: dict[str, str]) -> None:
    message = reply(street[B], DONE + QUOTED["qq"])
    assert arrive(message, "shuji2@example.org") == ("accepted", "已受理整改反馈（邮件）：办理 1 项（发件人未核实）")
    assert states() == {(A, "A1"): "待整改", (A, "E1"): "待整改", (B, "E1"): "已反馈"}
    event = last_event(B, "E1")
    assert (event["actor"], event["happened_at"], event["sha256"]) == (
        "shuji2@example.org",
        LATER,
        contents.store(bytes(message)),
    )
    assert event["reason"] == (
        "整改情况：您好！ 已补审全部票据；完成日期：2026年9月5日；佐证材料：票据台账复印件。 此致"
    )
    [receipt] = payloads("rectification_received")
    assert (receipt["unit_name"], receipt["count"]) == ("第2社区", 1)
    assert receipt["items"][0] | {"reason": ""} == {
        "unit_name": "第2社区",
        "indicator": "E1",
        "problem": "E1不到位",
        "state": "已反馈",
        "reason": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        "E1：已补审；佐证：台账\nA1：已专题研究两次；佐证：会议记录",
        "各位领导：\n（Ｅ１）已补审全部票据\n佐证材料：台账\n a1、已专题研究两次。完成日期：2026-09-04\n佐证：会议记录",
        "1、已补审全部票据。佐证：台账\n2、已专题研究两次。佐证：会议记录",
        "指标E1 已补审全部票据 佐证：台账\n【A1】已专题研究两次，佐证：会议记录",
        "1、A1：已专题研究两次；佐证：会议记录\n2、E1：已补审全部票据；佐证：台账",
        "（一）A1：已专题研究两次；佐证：会议记录\n二、E1：已补审；佐证：台账",
    ],
)
def test_several_items_are_told_apart_by_their_numbers(street: dict[str, str], text: str) -> None:
    assert arrive(reply(street[A], text))[0] == "accepted"
    assert states() == {(A, "A1"): "已反馈", (A, "E1"): "已反馈", (B, "E1"): "待整改"}
    assert "已补审" in last_event(A, "E1")["reason"] and "台账" in last_event(A, "E1")["reason"]
    assert "研究两次" in last_event(A, "A1")["reason"] and "会议记录" in last_event(A, "A1")["reason"]


@pytest.mark.parametrize("codes", ["A1、E1：", "A1，E1 ", "A1和E1：", "E1、A1均", "1. A1/E1："])
def test_a_line_may_answer_several_items_alike(street: dict[str, str], codes: str) -> None:
    assert arrive(reply(street[A], f"{codes}已整改到位。佐证：台账、会议记录"))[0] == "accepted"
    assert states() == {(A, "A1"): "已反馈", (A, "E1"): "已反馈", (B, "E1"): "待整改"}


def test_one_of_several_may_be_answered_and_the_others_wait(street: dict[str, str]) -> None:
    assert arrive(reply(street[A], "E1：已补审；佐证：台账"))[0] == "accepted"
    assert states()[A, "A1"] == "待整改"


def test_attached_files_are_the_evidence_kept_by_hash_and_never_opened(street: dict[str, str]) -> None:
    photo, paper = b"\xff\xd8 not really a photo", b"%PDF broken"
    message = reply(street[B], "已补审全部票据", 现场__jpg=photo, 台账__pdf=paper)
    assert arrive(message, "shuji2@example.org")[0] == "accepted"
    assert last_event(B, "E1")["reason"].endswith("佐证材料：附件 现场.jpg、台账.pdf")
    with transaction() as connection:
        kept = rows(connection, "evidence", "position")
    assert [(row["name"], row["bytes"]) for row in kept] == [("现场.jpg", len(photo)), ("台账.pdf", len(paper))]
    assert {row["carrier_sha256"] for row in kept} == {last_event(B, "E1")["sha256"]}
    assert [contents.load(row["sha256"]) for row in kept] == [photo, paper]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("已补审全部票据；佐证：台账", "看不出您写的是哪一项"),
        ("E1：已补审全部票据", "E1没有写佐证材料"),
        ("E2：已规范审批；佐证：台账", "编号“E2”不在所回复的邮件里"),
        ("3、已规范审批；佐证：台账", "编号“3”不在所回复的邮件里"),
        ("E1：\n佐证：台账", "没有看到整改情况"),
        ("E1：无；佐证：台账", "E1整改情况写的是“无”：还没有做的先不填"),
        ("E1：暂时没有。佐证：无", "E1整改情况写的是“暂时没有”"),
        ("E1：已补审全部票据；佐证：台账\nA1：同上。佐证：同上", "A1整改情况写的是“同上”"),
        ("E1：已补审全部票据；佐证：——", "E1佐证材料写的是“——”：请写明材料名称"),
        ("收到，谢谢！", "没有看到整改情况"),
        ("", "没有看到整改情况"),
    ],
)
def test_what_cannot_be_understood_moves_nothing_and_is_told_how_to_do_it(
    street: dict[str, str], text: str, why: str
) -> None:
    status, message = arrive(reply(street[A], text))
    assert (status, set(states().values())) == ("refused", {"待整改"})
    assert why in message
    [told] = payloads("rectification_unclear")
    assert [item["indicator"] for item in told["items"]] == ["E1", "A1"]
    assert payloads("refused") == payloads("rectification_received") == []


def test_a_mistake_in_one_answer_holds_up_all_of_a_mail_and_all_mistakes_are_said(street: dict[str, str]) -> None:
    status, message = arrive(reply(street[A], "E1：已补审；佐证：台账\nA1：已专题研究两次\nB9：别的"))
    assert (status, set(states().values())) == ("refused", {"待整改"})
    assert "A1没有写佐证材料" in message and "B9" in message


def test_a_thank_you_is_told_once_how_to_answer(street: dict[str, str]) -> None:
    for text in ("收到", "好的，谢谢"):
        arrive(reply(street[A], text))
    assert len(payloads("rectification_unclear")) == 1


def test_only_the_units_own_people_answer(street: dict[str, str]) -> None:
    status, message = arrive(reply(street[B], DONE), "ops@duban.invalid")
    assert (status, states()[B, "E1"]) == ("refused", "待整改")
    assert "不是第2社区登记的书记、组织委员或包社区服务组组长邮箱" in message
    assert arrive(reply(street[B], DONE + " "), SECRETARY)[0] == "refused", "another community's"
    assert arrive(reply(street[B], DONE + "  "), "baoshequ@example.org")[0] == "accepted", "the liaison"


def test_the_same_mail_again_changes_nothing_and_an_answered_item_is_said_to_be_so(street: dict[str, str]) -> None:
    message = reply(street[B], DONE)
    for _ in range(2):
        arrive(message, "shuji2@example.org")
    with transaction() as connection:
        assert [row["status"] for row in rows(connection, "delivery", "id")] == ["accepted"]
    status, said = arrive(reply(street[B], "又补了一次。佐证：台账"), "shuji2@example.org")
    assert status == "refused"
    assert "该事项现为“已反馈”，不能再办理" in said


def test_a_reply_to_the_answer_that_nothing_was_understood_is_read_too(
    street: dict[str, str], mail_server: FaultyServer
) -> None:
    arrive(reply(street[A], "都改好了"))
    send_due("test")
    told = email.message_from_bytes(mail_server.taken[-1])
    assert arrive(reply(str(told["Message-ID"]), "E1：已补审；佐证：台账"))[0] == "accepted"


def test_a_reply_that_names_a_mail_by_an_id_that_anybody_can_compute_moves_nothing(street: dict[str, str]) -> None:
    """Before there was a code in a Message-ID, unit, period and address were enough to know it."""
    mail_id = street[A].partition(".")[0]
    for made_up in (f"{mail_id}@example.org>", f"{mail_id}.0123456789abcdef@example.org>"):
        status, said = arrive(reply(made_up, "E1：已补审；佐证：台账"))
        assert status == "refused", said
    assert states()[A, "E1"] == "待整改"
    told = [problem for payload in payloads("rectification_unclear") for problem in payload["problems"]]
    assert any("系统升级以前发出的" in problem for problem in told)
    old = reply(f"{mail_id}@example.org>", "E1：已补审全部票据；佐证：台账")
    assert arrive(old, trust=VOUCHED)[0] == "accepted", "who is vouched for may reply to a mail from before"


def test_a_reply_to_a_mail_of_another_installation_moves_nothing(
    street: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_SECRET", "that of another office")
    assert arrive(reply(street[A], "E1：已补审；佐证：台账"))[0] == "refused"
    assert states()[A, "E1"] == "待整改"


def test_an_item_that_was_sent_back_is_told_with_the_reason_and_answered_by_reply(
    street: dict[str, str], mail_server: FaultyServer
) -> None:
    from include.items.acts import act_on_item

    arrive(reply(street[B], DONE), "shuji2@example.org")
    with transaction() as connection:
        act_on_item(
            connection,
            "退回",
            scheme="half_year",
            unit_code=B,
            indicator="E1",
            by="李四",
            reason="缺第二季度票据",
            at=now(),
        )
    [told] = payloads("rectification_returned")
    assert (told["state"], told["reason"]) == ("退回", "缺第二季度票据")
    send_due("test")
    sent = [email.message_from_bytes(content) for content in mail_server.taken]
    [told_mail] = [one for one in sent if "整改退回" in str(make_header(decode_header(one["Subject"])))]
    assert (
        arrive(reply(str(told_mail["Message-ID"]), "已补齐第二季度票据。佐证：台账"), "shuji2@example.org")[0]
        == "accepted"
    )


def test_a_reply_to_the_mail_that_carries_a_supervision_letter_is_an_answer_too(
    street: dict[str, str], mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue = in_zone(dt.datetime.combine(dt.date(2026, 9, 15), dt.time(8, 30)))
    with transaction() as connection:
        [letter] = [one for one in chase_day(connection, overdue) if f"/{A}/" in one]
        issue(connection, letter, "李书记", overdue, overdue.date())
    monkeypatch.setenv("DUBAN_NOW", overdue.isoformat())
    send_due("test")
    sent = [email.message_from_bytes(content) for content in mail_server.taken]
    [message_id] = [str(one["Message-ID"]) for one in sent if "督办" in str(make_header(decode_header(one["Subject"])))]
    assert arrive(reply(message_id, "已补审全部票据。佐证：台账"))[0] == "accepted"
    assert states()[A, "E1"] == "已反馈"


def test_a_mail_that_answers_none_of_ours_is_no_answer(street: dict[str, str]) -> None:
    status, message = arrive(reply(f"<{'0' * 64}@duban.invalid>", DONE))
    assert status == "refused"
    assert payloads("rectification_unclear") == []
    assert set(states().values()) == {"待整改"}
    assert cast(str, message)


def test_what_a_mail_asked_about_does_not_hang_on_how_its_notice_words_it(street: dict[str, str]) -> None:
    with transaction() as connection:
        connection.exec_driver_sql("UPDATE notice SET payload = '{}'")
    arrive(reply(street[B], DONE), sender="shuji2@example.org")
    assert states()[B, "E1"] == "已反馈"
