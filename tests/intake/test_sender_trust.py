"""Whom a mail is from, and whether the office's own mail server vouches for it."""

from __future__ import annotations

import email
from email.message import Message
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.intake.mailbox import collect
from include.intake.receive import drain
from include.period import parse_moment
from include.post.sender_trust import author_of, trust_in
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import FIRST, PERIOD, count, deliveries, notices, prepare, rows, workbook

SERVER = "mx.duban.example"
RECEIVED = parse_moment("2026-07-18T09:05:00", "test")


def received(*results: str, author: str = "shuji@yunjie.example") -> Message:
    """A mail as it lies in the mailbox, its Authentication-Results from the top."""
    lines = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    return email.message_from_bytes(f"{lines}From: {author}\r\nSubject: x\r\n\r\nx".encode())


def trust(*results: str) -> str:
    message = received(*(one.format(server=SERVER) for one in results))
    return trust_in(message, author_of(message), SERVER)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{server}; dmarc=fail header.from=yunjie.example; spf=pass smtp.mailfrom=yunjie.example", "fail"),
        ("{server}; dmarc=pass header.from=yunjie.example; spf=fail smtp.mailfrom=x@yunjie.example", "pass"),
        ("{server}; dmarc=pass header.from=evil.example", "fail"),
        ("{server}; dmarc=none; dkim=pass header.d=yunjie.example; spf=fail smtp.mailfrom=a@b.example", "pass"),
        ("{server}; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example", "none"),
        ("{server}; dkim=fail header.d=yunjie.example; spf=pass smtp.mailfrom=shuji@yunjie.example", "pass"),
        ("{server}; dkim=fail header.d=yunjie.example; spf=none", "fail"),
        ("{server}; spf=fail smtp.mailfrom=shuji@yunjie.example", "fail"),
        ("{server}; spf=softfail smtp.mailfrom=shuji@yunjie.example", "none"),
        ("{server}; dmarc=temperror; dkim=permerror; spf=neutral", "none"),
        ("{server}; auth=pass smtp.auth=Shuji@yunjie.example", "pass"),
        ("{server}; auth=pass smtp.auth=another@yunjie.example", "none"),
        ("{server}; dkim=pass header.d=example", "none"),
        ("{server}; none", "none"),
    ],
)
def test_dmarc_decides_and_without_it_what_belongs_to_the_authors_domain(line: str, expected: str) -> None:
    assert trust(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "{server} 1; dmarc = Fail (p=reject) header.from = yunjie.example",
        "MX.Duban.Example;\r\n\tspf=none;\r\n\tDMARC=fail",
        "(a \\) (nested) comment; dmarc=pass) {server}; dmarc/1=fail",
        '"{server}"; spf=pass smtp.mailfrom="x; dmarc=pass"@b.example; dmarc=fail',
        '{server}; dkim=none reason="no; dmarc=pass"; dmarc=fail;',
        "{server};; dmarc=fail",
        "{server}; spf=pass smtp.mailfrom=书记@b.example; dmarc=fail",
        "{server}; spf=pass (helo=( ; dmarc=fail",
    ],
)
def test_a_fail_is_found_however_the_line_is_written(line: str) -> None:
    assert trust(line) == "fail"


@pytest.mark.parametrize(
    "lines",
    [
        ["evil.example; dmarc=pass"],
        ["{server}.evil.example; dmarc=pass"],
        ["evil.example; spf=none", "{server}; dmarc=pass"],
        ["{server}; none", "{server}; dmarc=pass"],
        ["{server} 2; dmarc=pass"],
        ["evil.example (; {server}); dmarc=pass"],
        [],
    ],
)
def test_only_the_topmost_line_counts_and_only_where_the_own_server_wrote_it(lines: list[str]) -> None:
    assert trust(*lines) == "none"


def test_without_the_setting_nobody_is_vouched_for_and_nobody_called_a_forger() -> None:
    for result in ("pass", "fail"):
        message = received(f"{SERVER}; dmarc={result}")
        assert trust_in(message, author_of(message), "") == "none"


@pytest.mark.parametrize(
    "author",
    [
        "<shuji@yunjie.example>@evil.example",
        "shuji@yunjie.example, evil@evil.example",
        "shuji@yunjie.example\r\nFrom: evil@evil.example",
        "evil@evil.example <shuji@yunjie.example>",
        "书记们: shuji@yunjie.example;",
        "shuji@yunjie.example <evil@evil.example",
        '"shuji <shuji@yunjie.example>',
        "",
    ],
)
def test_several_authors_or_a_malformed_one_are_nobody(author: str) -> None:
    message = received(f"{SERVER}; dmarc=pass", author=author)
    assert author_of(message) == ""
    assert trust_in(message, author_of(message), SERVER) == "fail"


@pytest.mark.parametrize(
    "author",
    [
        "Shuji@Yunjie.example",
        "<shuji@yunjie.example>",
        "书记 <shuji@yunjie.example>",
        '"王, 书记" <shuji@yunjie.example>',
        "=?utf-8?B?5Lmm6K6w?= <shuji@yunjie.example>",
        "shuji@yunjie.example <shuji@yunjie.example>",
        '"evil@evil.example" <shuji@yunjie.example>',
        "shuji@yunjie.example (杏花社区, 书记)",
    ],
)
def test_one_author_is_known_whatever_name_stands_beside_the_address(author: str) -> None:
    assert author_of(received(author=author)) == "shuji@yunjie.example"


@pytest.fixture
def street(database: Engine, mail_world: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A street whose own mail server is named."""
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(authserv_id=SERVER))
    prepare(mail_world)
    return mail_world


def sent(result: str, sender: str = FIRST.secretary_email, **more: str) -> dict[str, str]:
    return {"sender": sender, "Authentication_Results": f"{SERVER}; dmarc={result}", **more}


def test_a_spoofed_form_is_kept_and_refused_and_the_true_one_is_taken_afterwards(street: Path, server: Server) -> None:
    server.deliver(attach(mail(**sent("fail", message_id="<1@x>")), "杏花.xlsx", workbook()), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    (refused,) = deliveries()
    assert refused["status"] == "refused"
    assert "没有通过邮件服务器的发件人核验" in str(refused["message"])
    assert [one["recipient"] for one in notices("refused")] == [FIRST.secretary_email]
    assert "冒用 s1@x.cn" in notices("ops_alert")[0]["payload"]["title"]
    server.deliver(attach(mail(**sent("pass", message_id="<2@x>")), "杏花.xlsx", workbook()), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    found = rows("SELECT sender_trust, status FROM delivery ORDER BY sender_trust")
    assert found == [{"sender_trust": "fail", "status": "refused"}, {"sender_trust": "pass", "status": "accepted"}]
    assert count("submission") == 1


def test_a_mail_by_two_authors_is_a_strangers(street: Path, server: Server) -> None:
    message = mail(f"{FIRST.secretary_email}, evil@evil.example", Authentication_Results=f"{SERVER}; dmarc=pass")
    server.deliver(attach(message, "杏花.xlsx", workbook()), RECEIVED)
    assert collect().unknown == 1
    assert count("delivery") == 0
