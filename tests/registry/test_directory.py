"""Passwords of persons, asked of a real directory (slapd on loopback)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.errors import UserError
from include.registry import directory
from include.registry.directory import NoAnswerError
from ops.environment import free_port
from tests.ldap_server import HAS_SLAPD, TREE, directory_server
from tests.tls_server import certify

PASSWORDS = {"wang": "right one", "li": "another one"}
NAME = f"uid={{account}},{TREE}"
PERSONS = "persons: [{account: wang, name: 王强, roles: [committee], from: 2026-01-01}]"
real = pytest.mark.skipif(not HAS_SLAPD, reason="no slapd here (Debian's package slapd)")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, int]]:
    with directory_server(tmp_path, certify(tmp_path, "127.0.0.1"), PASSWORDS) as ports:
        yield ports


@pytest.fixture(autouse=True)
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    persons = tmp_path / "persons.yaml"
    persons.write_text(PERSONS, encoding="utf-8")
    monkeypatch.setenv("DUBAN_PERSONS", str(persons))


def use(monkeypatch: pytest.MonkeyPatch, port: int, **extra: Any) -> None:
    extra = {"name": NAME} | extra
    setting = {"conn_type": "ldap", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv(directory.SETTING, json.dumps(setting))


@real
@pytest.mark.parametrize("kind", ["ldaps", "ldap"])
def test_the_directory_says_whose_password_is_right(
    server: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """With TLS from the start, and by STARTTLS on the other port: this server takes no password in the open."""
    use(monkeypatch, server[kind], ca_file=str(tmp_path / "127.0.0.1.pem"), disable_ssl=kind == "ldap")
    assert directory.is_right("wang", "right one")
    for account, password in {"wang": "another one", "li": "right one", "nobody": "right one"}.items():
        assert not directory.is_right(account, password)
    assert not directory.is_right("wang", ""), "a name without a password is let in by LDAP as nobody"
    assert not directory.is_right(f"li,{TREE}", "another one"), "no account reaches into the tree"


@real
def test_a_server_that_cannot_prove_who_it_is_hears_no_password(
    server: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server["ldaps"])
    with pytest.raises(NoAnswerError, match="连不上"):
        directory.is_right("wang", "right one")
    other = certify(tmp_path, "elsewhere.invalid")
    use(monkeypatch, server["ldap"], disable_ssl=True, ca_file=str(other.certificate))
    with pytest.raises(NoAnswerError, match="连不上"):
        directory.is_right("wang", "right one")


@real
def test_a_directory_that_takes_no_open_password_is_told_as_that(
    server: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server["ldap"], disable_ssl=True, disable_tls=True)
    with pytest.raises(NoAnswerError, match="没有核对密码"):
        directory.is_right("wang", "right one")


def test_a_directory_that_is_away_is_told_and_nobody_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, free_port())
    with pytest.raises(NoAnswerError, match="连不上"):
        directory.is_right("wang", "right one")


def test_a_setting_without_the_persons_names_says_how_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, free_port(), name="uid=wang")
    with pytest.raises(UserError, match=r"\{account\}"):
        directory.is_right("wang", "right one")


def test_only_persons_are_asked_of_it_and_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not directory.knows("wang")
    use(monkeypatch, free_port())
    assert directory.knows("wang") and not directory.knows("admin")
