"""What we wrote ourselves is never the clerk's answer, and no word of the clerk's is lost."""

from __future__ import annotations

import html
from email.message import EmailMessage
from pathlib import Path

import pytest

from include.archive import contents
from include.db.engine import transaction
from include.items.own_words import own_words
from include.items.replies import asked_by
from include.post.mail_text import parse_mail, words_of
from tests.rectification.replying import arrive, last_event, reply, states
from tests.street import A, rows

pytestmark = pytest.mark.story

SAID = "A1：6月30日召开专题会。佐证：会议记录。"
PHOTO = {"照片__jpg": b"\xff\xd8\xff" + b"x" * 30_000}
HEADS = [
    "在 督办系统 <x@y.example>，2026年9月1日 08:30写道：",
    "---------- Forwarded message ---------",
    "督办系统 <x@y.example>\n2026-09-01 08:30",
    "2026年9月1日 08:30，督办系统 <x@y.example> 写道：",
    "",
]


def sent_text(message_id: str) -> str:
    """The words of the mail of ours with that Message-ID, as its reader's program shows them."""
    with transaction() as connection:
        mails = rows(connection, "mail", "id")
    for one in mails:
        sent = parse_mail(contents.load(one["sha256"]))
        if str(sent["Message-ID"]) == message_id:
            return words_of(sent).replace("\r\n", "\n")
    raise AssertionError(message_id)


@pytest.mark.parametrize("files", [{}, PHOTO])
@pytest.mark.parametrize("head", HEADS)
def test_our_own_mail_below_an_answer_answers_nothing_whatever_stands_before_it(
    street: dict[str, str],
    head: str,
    files: dict[str, bytes],
) -> None:
    message = reply(street[A], f"{SAID}\n\n{head}\n\n{sent_text(street[A])}", **files)
    before = states()
    assert arrive(message) == ("accepted", "已受理整改反馈（邮件）：办理 1 项（发件人未核实）")
    moved = {key for key, state in states().items() if state != before[key]}
    assert {indicator for _, indicator in moved} == {"A1"}
    [(unit_code, _)] = moved
    reason = last_event(unit_code, "A1")["reason"]
    assert "会议记录" in reason
    assert "写道" not in reason and "督办系统" not in reason and "整改期限" not in reason and "Forwarded" not in reason


@pytest.mark.parametrize("name", ["K04a_unknown_quote_header", "K04b_forwarded_message", "K04d_date_first"])
def test_replies_as_they_came_answer_only_what_their_writer_wrote(
    street: dict[str, str],
    name: str,
) -> None:
    """They quote our mail as it was worded once, which is not quite as it is now."""
    text = (Path(__file__).parents[1] / "data" / "intake" / f"{name}.txt").read_text("utf-8")
    assert arrive(reply(street[A], text)) == ("accepted", "已受理整改反馈（邮件）：办理 1 项（发件人未核实）")
    assert last_event(A, "A1")["reason"] == ("整改情况：6月30日召开专题会；完成日期：2026年9月5日；佐证材料：会议记录")
    assert states()[A, "E1"] == "待整改"


def test_our_own_mail_broken_into_other_lines_or_answered_in_html_is_ours_as_well(
    street: dict[str, str],
) -> None:
    ours = sent_text(street[A])
    broken = "\n".join(ours[at : at + 30] for at in range(0, len(ours), 30))
    marked = "\n".join(f"| {line}" for line in ours.split("\n"))
    in_html = EmailMessage()
    lines = "".join(f"<div>{html.escape(line)}</div>" for line in f"{SAID}\n某人说\n{ours}".split("\n"))
    in_html.set_content(f"<html><body>{lines}</body></html>", subtype="html")
    with transaction() as connection:
        asked = asked_by(connection, reply(street[A], "x"))
    assert asked is not None
    for message in (reply("<x@y>", f"{SAID}\n\n{broken}"), reply("<x@y>", f"{SAID}\n{marked}")):
        assert own_words(message, asked.text) == SAID
    assert own_words(in_html, asked.text).replace("\n", "").startswith(SAID)
    assert "整改期限" not in own_words(in_html, asked.text)


def test_answers_below_or_between_our_lines_are_the_writers(street: dict[str, str]) -> None:
    ours = sent_text(street[A])
    with transaction() as connection:
        asked = asked_by(connection, reply(street[A], "x"))
    assert asked is not None
    for text in (f"{ours}\n\n{SAID}", ours.replace("\n请您", f"\n{SAID}\n\n请您", 1)):
        assert SAID in text
        assert own_words(reply("<x@y>", text), asked.text) == SAID


def test_lines_of_ours_copied_as_headings_or_answered_one_by_one_keep_their_numbers(street: dict[str, str]) -> None:
    ours = sent_text(street[A])
    with transaction() as connection:
        asked = asked_by(connection, reply(street[A], "x"))
    assert asked is not None
    first, second = (line for line in ours.split("\n") if "（整改期限：" in line)
    codes = first.split()[0], second.split()[0]
    said = f"{codes[0]}：\n已补审。佐证：票据\n{codes[1]}：\n已开会。佐证：记录"
    copied = f"{first}\n已补审。佐证：票据\n{second}\n已开会。佐证：记录"
    inline = ours.replace(first, f"{first}\n已补审。佐证：票据").replace(second, f"{second}\n已开会。佐证：记录")
    one = ours.replace(second, f"{second}\n已开会。佐证：记录")
    for text, wanted in (
        (copied, said),
        (f"您好，整改如下\n{copied}\n\n{ours}", f"您好，整改如下\n{said}"),
        (f"> {inline}".replace("\n", "\n> ").replace("> 已", "已"), said),
        (inline, said),
        (f"您好\n{first}\n{SAID}\n\n{ours}", f"您好\n\n{SAID}"),
        (one, said.partition("票据\n")[2]),
    ):
        assert own_words(reply("<x@y>", text), asked.text) == wanted
    assert arrive(reply(street[A], inline)) == ("accepted", "已受理整改反馈（邮件）：办理 2 项（发件人未核实）")
    assert {states()[A, code] for code in codes} == {"已反馈"}
    assert last_event(A, codes[0])["reason"] == "整改情况：已补审；完成日期：2026年9月5日；佐证材料：票据"


@pytest.mark.parametrize(
    "line",
    [
        "来自手机拍摄的照片见附件，E1 已整改",
        "来自华为的技术员已把票据系统修好",
        "来自小米公司的捐款已补记",
        "发件人：王书记",
        "E1：已整改到位",
        "获取新的票据后已补审",
    ],
)
def test_no_word_of_the_writers_is_cut_without_a_sure_mark(street: dict[str, str], line: str) -> None:
    with transaction() as connection:
        asked = asked_by(connection, reply(street[A], "x"))
    assert asked is not None
    text = f"已补审全部票据。\n{line}\n佐证：台账"
    assert own_words(reply("<x@y>", text), asked.text) == text


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    "line",
    [
        "A1：已将通知转发各支部学习。佐证：转发截图",
        "A1：已在督办系统登记台账。佐证：台账",
        "A1：居民来信写道，工作有改进。佐证：来信",
        "A1：2026年8月20日在会上传达，大家写道：赞成",
    ],
)
def test_the_writers_last_line_is_kept_whatever_words_of_a_quotations_head_are_in_it(
    street: dict[str, str],
    line: str,
    head: str,
) -> None:
    with transaction() as connection:
        asked = asked_by(connection, reply(street[A], "x"))
    assert asked is not None
    assert own_words(reply("<x@y>", f"{line}\n\n{head}\n\n{sent_text(street[A])}"), asked.text) == line


@pytest.mark.parametrize(
    "line", ["发自我的iPhone", "来自我的华为手机", "发自 网易邮箱大师", "Sent from my iPhone", "来自QQ邮箱"]
)
def test_the_line_of_a_program_is_left_out_alone(line: str) -> None:
    assert own_words(reply("<x@y>", f"已补审。\n{line}\n佐证：台账"), "") == "已补审。\n佐证：台账"
