"""The password of the mailbox, and of the mail server, is told to none but the server that is meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.errors import UserError
from include.intake.mailbox import CollectResult, collect
from include.post.server import get_server
from include.post.session import Session
from tests.intake.imap_server import PASSWORD, USER, running
from tests.tls_server import certify, listening

GREETING, OK = b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n"


def imap(port: int, host: str = "127.0.0.1", **extra: object) -> str:
    return json.dumps({"host": host, "port": port, "login": USER, "password": PASSWORD, "extra": extra})


def test_a_server_with_a_certificate_for_another_name_never_hears_the_password(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = certify(world, "mail.elsewhere.example")
    for extra in ({}, {"ca_file": str(other.certificate)}):
        with listening(GREETING, OK, other) as heard:
            monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", imap(heard.port, **extra))
            with pytest.raises(UserError, match="证书不可信"):
                collect()
        assert bytes(heard.words) == b""


def test_a_server_that_will_not_encrypt_never_hears_the_password(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    promised = b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG NO not now\r\n"
    for greeting, answer in ((GREETING, OK), (GREETING, promised), (b"* PREAUTH welcome\r\n", OK)):
        with listening(greeting, answer) as heard:
            monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", imap(heard.port, disable_ssl=True))
            with pytest.raises(UserError, match="不肯加密"):
                collect()
        assert PASSWORD.encode() not in heard.words
        assert b"LOGIN" not in heard.words.upper()


def test_starttls_with_a_certificate_of_the_offices_own_authority_is_let_in(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = certify(world, "127.0.0.1")
    with running(own) as server:
        monkeypatch.setenv(
            "AIRFLOW_CONN_DUBAN_IMAP", server.connection(disable_tls=False, ca_file=str(own.certificate))
        )
        assert collect() == CollectResult()
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(disable_tls=False))
        with pytest.raises(UserError, match="证书不可信"):
            collect()


def test_a_file_of_an_authority_that_cannot_be_read_is_named(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (world / "empty.pem").write_text("")
    for path in (world / "missing.pem", world / "empty.pem"):
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", imap(1, ca_file=str(path)))
        with pytest.raises(UserError, match=f"ca_file“{path}”读不了"):
            collect()


@pytest.mark.parametrize("is_ssl", [True, False])
def test_the_mail_server_is_looked_at_as_closely(world: Path, monkeypatch: pytest.MonkeyPatch, is_ssl: bool) -> None:
    other = certify(world, "mail.elsewhere.example")
    with listening(b"220 ready\r\n", b"250 fine\r\n", other if is_ssl else None) as heard:
        extra = {"from_email": "a@b.example", "disable_ssl": not is_ssl, "ca_file": str(other.certificate)}
        connection = {"host": "127.0.0.1", "port": heard.port, "login": "u", "password": PASSWORD, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps(connection))
        with pytest.raises(UserError, match="证书不可信" if is_ssl else "STARTTLS"):
            Session(get_server()).open()
    assert b"AUTH" not in heard.words.upper()
