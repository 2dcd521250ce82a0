"""Connections as Airflow writes them, taken apart; what is wrong with one is said without its password."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from include.connections import parse_connection
from include.db.engine import database_url
from include.errors import UserError
from include.post.mailbox_server import get_mailboxes, read_mailbox
from include.post.server import get_server

SECRET = "t0p-secret"


def as_json(**changes: object) -> str:
    fields = {"conn_type": "smtp", "host": "mail.x.cn", "login": "me", "password": SECRET, "extra": {}}
    return json.dumps({**fields, **changes})


@pytest.mark.parametrize(
    "value",
    [
        as_json(port=2525, schema="s", extra={"disable_ssl": True, "timeout": 9, "from_email": "a@x.cn"}),
        as_json(port="2525", schema="s", extra='{"disable_ssl": "True", "timeout": "9", "from_email": "a@x.cn"}'),
        f"smtp://me:{SECRET}@mail.x.cn:2525/s?disable_ssl=true&timeout=9&from_email=a%40x.cn",
        f"smtp://me:{SECRET}@mail.x.cn:2525/s?__extra__=%7B%22disable_ssl%22%3A+true%2C+%22timeout%22%3A+9"
        "%2C+%22from_email%22%3A+%22a%40x.cn%22%7D",
    ],
    ids=["json", "json with texts", "uri", "uri with __extra__"],
)
def test_the_four_ways_to_write_a_connection_mean_the_same(value: str) -> None:
    found = parse_connection("AIRFLOW_CONN_X", value)
    assert (found.conn_type, found.host, found.port, found.login, found.password, found.schema) == (
        "smtp",
        "mail.x.cn",
        2525,
        "me",
        SECRET,
        "s",
    )
    assert (found.timeout_seconds, found.is_true("disable_ssl"), found.is_true("disable_tls")) == (9, True, False)
    assert found.text("from_email") == "a@x.cn" and SECRET not in repr(found)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(UserError) as caught:
        parse_connection("AIRFLOW_CONN_X", as_json(host="", port=99999, extra={"timeout": "soon"}), required=("host",))
    assert [
        problem.count(word) for problem, word in zip(caught.value.problems, ("host", "port", "timeout"), strict=True)
    ] == [1, 1, 1]


def mailbox(value: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", value)
    return next((read_mailbox(*one) for one in get_mailboxes().items()), None)


def server(value: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", value)
    return get_server()


@pytest.mark.parametrize(
    "value",
    [
        as_json()[:-2],
        as_json(extra="{broken"),
        as_json(extra=[1]),
        as_json(port="25x"),
        f"smtp://me:{SECRET}@mail.x.cn:port/",
    ],
    ids=["cut off", "broken extra", "extra a list", "port", "uri"],
)
@pytest.mark.parametrize("read", [mailbox, server])
def test_a_mail_connection_that_cannot_be_read_is_said_without_its_password(
    read: Callable[[str, pytest.MonkeyPatch], object], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError) as caught:
        read(value, monkeypatch)
    assert "AIRFLOW_CONN_DUBAN_" in str(caught.value) and SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        '{"conn_type": "postgres", "password": "t0p-secret"',
        '{"host": "db", "password": "t0p-secret"}',
        '{"conn_type": "mysql", "host": "db", "password": "t0p-secret"}',
        '{"conn_type": "sqlite"}',
        "mysql://me:t0p-secret@db/duban",
        "me:t0p-secret@db/duban",
        "postgres://me:t0p-secret@db:port/duban",
    ],
)
def test_a_database_that_cannot_be_meant_is_said_without_its_password(value: str) -> None:
    with pytest.raises(UserError, match="AIRFLOW_CONN_DUBAN_DB") as caught:
        database_url(value)
    assert SECRET not in str(caught.value)


def test_a_database_in_json_and_as_a_uri_is_the_same() -> None:
    fields = {"conn_type": "postgres", "host": "db", "port": 5433, "login": "me", "password": "p@ss", "schema": "duban"}
    url = database_url(json.dumps(fields))
    assert url == database_url("postgres://me:p%40ss@db:5433/duban")
    assert url.render_as_string(hide_password=False) == "postgresql://me:p%40ss@db:5433/duban"
