"""Every notice is one row before anything is sent; who gets it is data."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.outbox.acts import disable_address, enable_address
from include.outbox.notice import Notice
from include.outbox.outbox import is_address, notify, silence
from include.outbox.policies import load_policies
from include.period import now
from include.settings import REPO
from tests.notices.outgoing import SAMPLES
from tests.notices.people import Contact


@dataclass(frozen=True)
class Unit:
    code: str = "990000001001"
    name: str = "望江社区"
    secretary_email: str = "shuji@example.org"
    officer_email: str = "zuzhi@example.org"
    liaison_email: str = "baoshequ@example.org"
    street_code: str = "990000001"
    street: str = "望江街道"


@dataclass(frozen=True)
class Office:
    street_code: str = ""
    printed_by: str = "望江街道党工委办公室"
    called: str = ""
    contact: Contact = field(default_factory=Contact)
    committee_email: str = "dgw@example.org"
    ops_email: str = "jingban@example.org"
    mails: Mapping[str, bool] = field(default_factory=lambda: {"daily_report": True, "weekly_report": True})


UNIT, OFFICE = Unit(), Office()
RENAMED = SAMPLES["returned"] | {"file_name": "另一个.xlsx"}


def notices(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text("SELECT * FROM notice ORDER BY kind, subject")).mappings()]


def put(connection: Connection, kind: str = "returned", silent_because: str = "", **options: Any) -> str:
    arguments: dict[str, Any] = {"subject": "d1", "unit": UNIT, "due_at": now(), "words": SAMPLES[kind]}
    with silence(silent_because):
        return notify(connection, Notice(kind, **arguments | options)).id


def test_the_same_notice_twice_is_one_row(connection: Connection) -> None:
    first, second = put(connection), put(connection, words=RENAMED)
    assert first == second
    [row] = notices(connection)
    assert json.loads(row["payload"]) == SAMPLES["returned"]


@pytest.mark.parametrize("difference", [{"stage": "T-7"}, {"revision": 2}, {"subject": "d2"}, {"kind": "receipt"}])
def test_another_stage_revision_subject_or_kind_is_another_notice(
    connection: Connection, difference: dict[str, Any]
) -> None:
    put(connection)
    put(connection, **difference)
    assert len(notices(connection)) == 2


def test_the_secretary_is_addressed_and_officer_and_liaison_are_copied(connection: Connection) -> None:
    put(connection)
    [row] = notices(connection)
    assert row["recipient"] == UNIT.secretary_email
    assert row["copy_to"] == f"{UNIT.officer_email},{UNIT.liaison_email}"
    assert row["state"] == "pending"


def test_nobody_is_copied_on_what_is_addressed_to_him(connection: Connection) -> None:
    put(connection, unit=replace(UNIT, officer_email="SHUJI@example.org", liaison_email="shuji@example.org"))
    assert notices(connection)[0]["copy_to"] == ""


def test_a_sender_gets_the_answer_and_the_secretary_a_copy(connection: Connection) -> None:
    put(connection, recipient="someone@example.org")
    [row] = notices(connection)
    assert row["recipient"] == "someone@example.org"
    assert row["copy_to"].startswith(UNIT.secretary_email)


def test_a_notice_without_a_unit_goes_to_the_office(connection: Connection) -> None:
    put(connection, "refused", unit=None, office=OFFICE)
    put(connection, "circular", unit=None, office=OFFICE)
    assert {row["kind"]: row["recipient"] for row in notices(connection)} == {
        "refused": OFFICE.ops_email,
        "circular": OFFICE.committee_email,
    }


def test_a_circular_for_a_unit_without_secretary_does_not_go_to_the_committee_instead(connection: Connection) -> None:
    put(connection, "circular", unit=replace(UNIT, secretary_email=""), office=OFFICE)
    [row] = notices(connection)
    assert (row["state"], row["recipient"]) == ("skipped", "")
    assert "登记册中没有书记邮箱" in row["reason"]


def test_a_backfill_records_the_notice_and_why_it_was_not_sent(connection: Connection) -> None:
    put(connection, silent_because="补算不发通知。")
    [row] = notices(connection)
    assert (row["state"], row["reason"]) == ("skipped", "补算不发通知。")


def test_a_notice_skipped_by_a_backfill_goes_out_once_it_is_wanted(connection: Connection) -> None:
    put(connection, silent_because="补算不发通知。")
    put(connection, words=RENAMED)
    [row] = notices(connection)
    assert (row["state"], row["reason"], json.loads(row["payload"])) == ("pending", "", RENAMED)


def test_a_notice_that_was_sent_is_not_touched_by_a_rerun_that_may_send(connection: Connection) -> None:
    put(connection)
    connection.execute(text("UPDATE notice SET state = 'sent'"))
    put(connection)
    assert notices(connection)[0]["state"] == "sent"


def test_an_address_is_the_same_in_capitals_and_in_small_letters(connection: Connection) -> None:
    put(connection)
    put(connection, unit=replace(UNIT, secretary_email="Shuji@Example.ORG"))
    [row] = notices(connection)
    assert row["recipient"] == UNIT.secretary_email


def test_a_notice_without_an_address_gives_way_to_the_one_that_has_it(connection: Connection) -> None:
    put(connection, unit=replace(UNIT, secretary_email=""))
    put(connection)
    [row] = notices(connection)
    assert (row["recipient"], row["state"], row["reason"]) == (UNIT.secretary_email, "pending", "")


def test_a_notice_to_an_address_switched_off_names_it_and_is_wanted_once_it_is_on_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = ["a@example.org", "b@example.org"]
    for address in others:
        disable_address(connection, address, "张三", "退信")
        put(connection, recipient=address)
    assert {row["recipient"]: row["state"] for row in notices(connection)} == dict.fromkeys(others, "skipped")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    enable_address(connection, "a@example.org", "张三", "已恢复")
    put(connection, recipient="a@example.org")
    states = {row["recipient"]: (row["state"], row["reason"]) for row in notices(connection)}
    assert states == {"a@example.org": ("pending", ""), "b@example.org": ("skipped", "邮箱 b@example.org 已停用：退信")}


def test_a_notice_that_a_mail_once_carried_is_not_wanted_again_even_where_it_counts_as_skipped(
    connection: Connection,
) -> None:
    put(connection)
    connection.execute(text("UPDATE notice SET state = 'skipped', mail_id = 'm'"))  # as in a rebuilt record
    put(connection)
    assert notices(connection)[0]["state"] == "skipped"


@pytest.mark.parametrize(
    "address",
    ["a@b.cn\nBcc: all@example.org", "a@b.cn\r\n", "书记@example.org", "a b@c.cn", "a@b@c", "甲 <a@b.cn>", "a,b@c.cn"],
)
def test_an_address_that_is_more_than_an_address_is_refused(connection: Connection, address: str) -> None:
    assert not is_address(address)
    put(connection, unit=replace(UNIT, secretary_email=address))
    [row] = notices(connection)
    if address.strip() != "a@b.cn":
        assert row["state"] == "skipped"
        assert "不是有效的邮箱地址" in row["reason"]
    assert "\n" not in row["recipient"]


def test_a_bad_copy_address_is_left_out_and_the_notice_still_goes(connection: Connection) -> None:
    put(connection, unit=replace(UNIT, officer_email="x\n@y"))
    [row] = notices(connection)
    assert (row["state"], row["copy_to"]) == ("pending", UNIT.liaison_email)


def test_a_moment_falls_due_as_given(connection: Connection) -> None:
    put(connection, due_at=now() + dt.timedelta(days=1))
    row = notices(connection)[0]
    assert "2026-07-02" in str(row["due_at"])


def test_every_kind_of_the_policies_has_its_template_trio_and_the_other_way_round() -> None:
    folder = REPO / "include/templates/mail"
    kinds = {path.name for path in folder.iterdir() if path.is_dir()}
    assert kinds == set(load_policies().kinds)
    for kind in kinds:
        assert {path.name for path in (folder / kind).iterdir()} == {"subject.txt", "body.txt", "body.html"}
