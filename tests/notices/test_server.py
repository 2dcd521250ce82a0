"""The mail server: how its setting is read, what is said where it cannot be used, how fast it is written to."""

from __future__ import annotations

import json
import re
import socket
import threading

import pytest

from include.errors import UserError
from include.outbox.policies import load_policies
from include.post.sender import _Pace, send_due
from include.post.server import get_server
from include.settings import REPO
from tests.faults.mail_server import FaultyServer
from tests.notices.people import put_alerts, states

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    "pattern", ["duban@example.org", "{id}", "a name <{id}@example.org>", "x" * 40 + "{id}@example.org"]
)
def test_a_return_path_that_no_mail_could_come_back_to_is_refused_in_chinese(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    connection = json.loads(mail_server.connection)
    connection["extra"]["return_path"] = pattern
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps(connection))
    with pytest.raises(UserError, match="return_path"):
        get_server()


def test_no_server_is_said_plainly_and_the_mails_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    put_alerts(1)
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "duban@example.org"}
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps({"host": "127.0.0.1", "port": 1, "extra": extra}))
    with pytest.raises(UserError, match=r"连不上邮件服务器 127\.0\.0\.1:1"):
        send_due("test")
    assert states("notice") == {"pending": 1}


def test_the_program_speaks_to_mail_servers_through_yagmail_and_not_with_smtplib() -> None:
    modules = [path for room in ("dags", "plugins", "include", "ops") for path in (REPO / room).rglob("*.py")]
    own = [path.name for path in modules if re.search(r"^\s*(import|from)\s+smtplib\b", path.read_text("utf-8"), re.M)]
    assert len(modules) > 100
    assert own == []


@pytest.mark.parametrize(
    ("code", "words"),
    [("535 wrong", "请检查 AIRFLOW_CONN_DUBAN_SMTP 的账号和密码"), ("454 later", "等待下次发送")],
    ids=["refused", "not now"],
)
def test_a_login_that_is_refused_and_one_that_is_put_off_are_told_apart_by_the_servers_code(
    monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    """A server that greets, offers AUTH, and answers every login with `code`."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = server.accept()
        with line, line.makefile("rb") as asked:
            line.sendall(b"220 hello\r\n")
            while command := asked.readline():
                answers = {b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": f"{code}\r\n".encode()}
                line.sendall(answers.get(command[:4].upper(), b"221 bye\r\n"))

    threading.Thread(target=serve, daemon=True).start()
    setting = {"host": "127.0.0.1", "port": server.getsockname()[1], "login": "u@example.org", "password": "p"}
    extra = {"disable_ssl": True, "disable_tls": True}
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps({**setting, "extra": extra}))
    put_alerts(1)
    with pytest.raises(UserError, match=words):
        send_due("test")
    assert states("notice") == {"pending": 1}


def test_an_address_that_no_server_can_have_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    put_alerts(1)
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "duban@example.org"}
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps({"host": "smtp..qq.com", "port": 25, "extra": extra}))
    with pytest.raises(UserError, match="不能用的字符"):
        send_due("test")
    assert states("notice") == {"pending": 1}


def test_the_rate_limit_of_a_server_spaces_the_mails() -> None:
    pace = _Pace(mails_a_minute=60)
    waits = [pace.wait_seconds() for _ in range(3)]
    assert waits[0] == 0
    assert 0.9 < waits[1] <= 1
    assert 1.9 < waits[2] <= 2
    assert [_Pace(0).wait_seconds() for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(("host", "limit"), [("127.0.0.1", 0), ("smtp.qq.com", 30), ("mail.street.gov.cn", 120)])
def test_each_server_has_its_limit(host: str, limit: int) -> None:
    assert load_policies().sending.limit_of(host) == limit


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('{"host": "h", "login": "a@b.cn", "password": "p"}', ("h", 465, True, False, "a@b.cn")),
        ('{"host": "h", "extra": {"disable_ssl": true, "from_email": "a@b.cn"}}', ("h", 587, False, True, "a@b.cn")),
        (
            '{"host": "h", "port": 2525, "extra": "{\\"disable_ssl\\": true, \\"disable_tls\\": true, \\"from_email\\": \\"a@b.cn\\"}"}',
            ("h", 2525, False, False, "a@b.cn"),
        ),
        ("smtp://u:p@h:25?disable_ssl=true&disable_tls=true&from_email=a%40b.cn", ("h", 25, False, False, "a@b.cn")),
    ],
)
def test_the_connection_is_read_as_airflow_writes_it(
    monkeypatch: pytest.MonkeyPatch, setting: str, expected: tuple[object, ...]
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", setting)
    server = get_server()
    assert (server.host, server.port, server.is_ssl, server.is_starttls, server.sender) == expected
    assert "password" not in repr(server)


@pytest.mark.parametrize("setting", ["", "{", "{}", '{"host": "h", "extra": {"from_email": "not an address"}}'])
def test_a_useless_connection_is_refused_in_chinese(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", setting)
    with pytest.raises(UserError, match="AIRFLOW_CONN_DUBAN_SMTP"):
        get_server()
