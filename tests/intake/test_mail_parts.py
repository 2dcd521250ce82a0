"""Whatever way a form is put into a mail, it is seen; and whatever its name is written in, no character is lost."""

from __future__ import annotations

import base64
import binascii
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from include.intake.mailbox import collect
from include.intake.receive import drain
from include.outbox import own_mails
from include.period import parse_moment
from include.post.mail_parts import attachments_of
from include.post.mail_text import header_words, parse_mail
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import FIRST, PERIOD, count, deliveries, drop, notices, prepare, statuses, workbook

RECEIVED = parse_moment("2026-07-18T09:05:00", "test")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def street(database: Engine, mail_world: Path) -> Path:
    prepare(mail_world)
    return mail_world


def raw(*headers: bytes, content: bytes = b"PK", text: bytes = "请查收".encode()) -> bytes:
    """A mail with one part under these headers, as bytes, which no library would write."""
    return b"\r\n".join(
        [
            b"From: " + FIRST.officer_email.encode(), b"Subject: x", b"Message-ID: <raw@x.example>", b"MIME-Version: 1.0",
            b'Content-Type: multipart/mixed; boundary="B"', b"", b"--B", b"Content-Type: text/plain; charset=utf-8", b"",
            text, b"--B", *headers, b"Content-Transfer-Encoding: base64", b"",
            base64.encodebytes(content).replace(b"\n", b"\r\n"), b"--B--", b"",
        ]
    )  # fmt: skip


def handed_in(server: Server, content: bytes) -> dict[object, object]:
    """A mail put into the mailbox byte by byte: its files and what became of them."""
    with server.opened() as box:
        box.append(content, "INBOX", dt=RECEIVED)
    collect()
    drain(default_period=PERIOD)
    return statuses()


def encoded(name: str, label: str) -> bytes:
    return f"=?{label}?B?{base64.b64encode(name.encode('gb18030')).decode()}?=".encode()


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ([f"Content-Type: {XLSX}".encode(), b"Content-Disposition: attachment"], "附件1.xlsx"),
        ([b'Content-Type: image/jpeg; name="a.xlsx"'], "a.xlsx"),
        ([b"Content-Type: video/mp4", b"Content-Disposition: inline"], "附件1.xlsx"),
        ([b"Content-Type: text/plain; name=a.xlsx"], "a.xlsx"),
    ],
)
def test_a_form_is_seen_without_a_name_and_under_any_type(
    street: Path, server: Server, headers: list[bytes], name: str
) -> None:
    assert handed_in(server, raw(*headers, content=workbook())) == {name: "accepted"}


@pytest.mark.parametrize("name", ["堃.xlsx", "测试珺珺填报表.xlsx", "“㐀”.xlsx"])
def test_a_chinese_name_keeps_every_character_however_it_is_labelled(name: str) -> None:
    gbk = name.encode("gb18030")
    ways = [
        b'attachment; filename="' + encoded(name, "gb2312") + b'"',
        b'attachment; filename="' + encoded(name, "GBK") + b'"',
        b'attachment; filename="' + gbk + b'"',
        b'attachment; filename="' + name.encode() + b'"',
        b"attachment; filename*=gb2312''" + quote(gbk).encode(),
        b"attachment; filename=\"_.xlsx\"; filename*=gb2312''" + quote(gbk).encode(),
    ]
    for way in ways:
        message = parse_mail(raw(b"Content-Type: application/octet-stream", b"Content-Disposition: " + way))
        assert [one.name for one in attachments_of(message)] == [name], way


def test_subjects_and_broken_headers_are_read_as_what_they_are() -> None:
    assert header_words(encoded("堃珺", "gb2312").decode()) == "堃珺"
    raw_subject = parse_mail(b"Subject: " + "回复：堃".encode("gb18030") + b"\r\n\r\nx")
    assert header_words(raw_subject["Subject"]) == "回复：堃"
    assert header_words("=?utf-8?B?abc?=")
    assert header_words("=?no-such?Q?abc?=") == "abc"


def test_a_form_written_into_the_text_is_seen(street: Path, server: Server) -> None:
    content = workbook()
    lines = [binascii.b2a_uu(content[at : at + 45], backtick=True) for at in range(0, len(content), 45)]
    text = "请查收。\n".encode() + b"begin 644 a.xlsx\n" + b"".join(lines) + b"`\nend\n"
    message = raw(
        b"Content-Type: application/octet-stream", b"Content-Disposition: attachment; filename=~$a.xlsx", text=text
    )
    assert handed_in(server, message) == {"a.xlsx": "accepted"}


@pytest.mark.parametrize("way", ["nameless", "eml", "encoded"])
def test_a_form_in_a_forwarded_mail_is_taken_under_the_outer_sender_once(
    street: Path, server: Server, way: str
) -> None:
    inner = attach(mail("nobody@elsewhere.example"), "杏花.xlsx", workbook())
    outer = mail(FIRST.officer_email, "转发：半年填报表", "<f1@x.example>")
    if way == "nameless":
        outer.add_attachment(inner)
    elif way == "eml":
        attach(outer, "转发.eml", bytes(inner))
    content = bytes(outer)
    if way == "encoded":
        content = raw(b"Content-Type: message/rfc822", b"Content-Disposition: attachment", content=bytes(inner))
    assert handed_in(server, content) == {"杏花.xlsx": "accepted"}
    assert (count("delivery"), notices("refused")) == (1, [])


@pytest.mark.parametrize("is_coded", [False, True])
def test_our_own_mail_inside_a_mail_hands_nothing_in(street: Path, server: Server, is_coded: bool) -> None:
    message_id = own_mails.message_id("d" * 64, "duban.invalid") if is_coded else f"<{'d' * 64}@duban.invalid>"
    ours = attach(mail("duban@duban.invalid", message_id=message_id), "填报表.xlsx", workbook(members="5"))
    outer = mail(FIRST.officer_email)
    outer.add_attachment(ours)
    assert handed_in(server, bytes(attach(outer, "杏花.xlsx", workbook()))) == {"杏花.xlsx": "accepted"}


def test_what_outlook_packs_and_a_mail_as_a_file_are_named_with_the_next_step(street: Path, server: Server) -> None:
    message = attach(mail(FIRST.officer_email), "winmail.dat", b"\x78\x9f\x3e\x22" + bytes(50), "application/ms-tnef")
    msg = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "__properties_version1.0".encode("utf-16-le") + bytes(600)
    found = handed_in(server, bytes(attach(message, "转发.msg", msg)))
    assert found == {"winmail.dat": "refused", "转发.msg": "refused"}
    said = {row["name"]: str(row["message"]) for row in deliveries()}
    assert "邮件格式改为 HTML" in said["winmail.dat"]
    assert "保存下来的邮件" in said["转发.msg"]


@pytest.mark.parametrize("attached", ["Workbook", "Book", "EncryptedPackage", "WordDocument"])
def test_a_mail_of_outlooks_is_called_a_mail_whatever_is_attached_to_it(
    street: Path, server: Server, attached: str
) -> None:
    names = f"__properties_version1.0\0{attached}\0".encode("utf-16-le")
    msg = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + names + bytes(600)
    assert handed_in(server, bytes(attach(mail(FIRST.officer_email), "转发.msg", msg))) == {"转发.msg": "refused"}
    drop(street, "收件.msg", msg + bytes(8), "2026-07-19T09:00:00")
    drain(default_period=PERIOD)
    assert {row["name"] for row in deliveries() if f"“{row['name']}”是一封保存下来的邮件" in str(row["message"])} == {
        "转发.msg",
        "收件.msg",
    }


def test_an_encrypted_mail_is_told_so(street: Path, server: Server) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = FIRST.officer_email, "x", "<s@x.example>"
    message.set_content(b"sealed", "application", "pkcs7-mime")
    assert handed_in(server, bytes(message)) == {}
    assert "加密" in str(notices("refused")[0]["payload"])
