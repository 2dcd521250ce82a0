"""整改核验表 goes to the inspectors by itself and comes back."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from include.archive import contents
from include.db.engine import transaction
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.items.answers import take
from include.items.chase import chase
from include.items.items import open_items
from include.items.replies import record_evidence
from include.items.states import history, move
from include.items.workbooks import read_workbook
from include.period import in_zone, now
from tests.rectification.filling import fill
from tests.street import A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
INSPECTOR = "inspection@duban.invalid"


def morning(day: int) -> dt.datetime:
    return in_zone(dt.datetime.combine(dt.date(2026, 8, day), dt.time(8, 30)))


@pytest.fixture
def items(database: Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """One item of each of two communities, by unit."""
    monkeypatch.setenv("DUBAN_NOW", morning(24).isoformat())
    with transaction() as connection:
        add_units(connection, A, B)
        open_items(connection, found_at(connection, "2026H1", {A: {"E1": 60}, B: {"E1": 60}}), ISSUED, now())
        return {row["unit_code"]: row["id"] for row in rows(connection, "rectification_item", "id")}


def answer(item_id: str, day: int, sha256: str = "f" * 64) -> None:
    with transaction() as connection:
        move(connection, item_id, "已反馈", "shuji@example.org", "整改情况：已补审", morning(day), sha256)


def chased(day: int) -> int:
    with transaction() as connection:
        return chase(connection, morning(day)).sheets


def asked(connection: Connection | None = None) -> list[dict[str, Any]]:
    with transaction() as opened:
        found = [row for row in rows(opened, "notice", "due_at") if row["kind"] == "rectification_verification"]
    return [row | json.loads(row["payload"]) | {"files": json.loads(row["attachments"])} for row in found]


def test_nothing_goes_out_while_nothing_waits(items: dict[str, str]) -> None:
    assert (chased(24), asked()) == (0, [])


def test_what_waits_goes_to_the_inspectors_once_and_again_only_when_something_new_waits(items: dict[str, str]) -> None:
    answer(items[A], 24)
    assert [chased(25), chased(25), chased(26)] == [1, 0, 0]
    answer(items[B], 26)
    assert [chased(26), chased(27), chased(28)] == [1, 0, 0]
    assert [(row["recipient"], row["stage"], row["count"], row["new"]) for row in asked()] == [
        (INSPECTOR, "2026-08-25", 1, 1),
        (INSPECTOR, "2026-08-26", 2, 1),
    ]


def test_two_answers_on_one_day_are_one_mail_that_day_and_one_the_next(items: dict[str, str]) -> None:
    answer(items[A], 24)
    assert chased(25) == 1
    answer(items[B], 25)
    chased(25)
    assert len(asked()) == 1, "one a working day"
    chased(26)
    assert [row["count"] for row in asked()] == [1, 2]


def test_an_item_sent_back_and_answered_again_is_new(items: dict[str, str]) -> None:
    answer(items[A], 24)
    chased(25)
    with transaction() as connection:
        move(connection, items[A], "退回", "李四", "缺材料", morning(25))
    assert chased(26) == 0
    answer(items[A], 26, "e" * 64)
    assert chased(27) == 1


def test_the_sheet_goes_out_with_the_evidence_that_fits(items: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    photo = contents.store(b"photo")
    with transaction() as connection:
        record_evidence(
            connection,
            "f" * 64,
            [
                {"name": "现场.JPG", "sha256": photo, "bytes": 5},
                {"name": "安装.exe", "sha256": contents.store(b"MZ"), "bytes": 2},
                {"name": "录像.pdf", "sha256": contents.store(b"long"), "bytes": 50_000_000},
            ],
        )
    answer(items[A], 24)
    chased(25)
    [notice] = asked()
    assert [file["name"] for file in notice["files"]] == ["云街街道整改核验表.xlsx", "第1社区_E1_现场.JPG"]
    assert notice["files"][1]["sha256"] == photo
    assert [left.partition("（")[0] for left in notice["left"]] == ["第1社区_E1_安装.exe", "第1社区_E1_录像.pdf"]


def test_the_filled_in_sheet_comes_back_by_mail_and_moves_the_items(items: dict[str, str]) -> None:
    answer(items[A], 24)
    answer(items[B], 24)
    chased(25)
    [notice] = asked()
    filled = fill(
        contents.load(notice["files"][0]["sha256"]),
        {"核验结论": "销号", "核验人": "李四"},
        {"核验结论": "退回", "核验意见": "缺第二季度票据", "核验人": "李四"},
    )
    with transaction() as connection:
        record_delivery(
            connection,
            channel="mailbox",
            name="云街街道整改核验表.xlsx",
            sender=INSPECTOR,
            received_at=morning(26),
            sha256=contents.store(filled),
            size=len(filled),
        )
    drain()
    with transaction() as connection:
        found = {row["unit_code"]: row["state"] for row in rows(connection, "rectification_item", "id")}
        kinds = [event["kind"] for event in history(connection, items[A])]
        told = {row["kind"]: row["recipient"] for row in rows(connection, "notice", "id")}
    assert found == {A: "销号", B: "退回"}
    assert kinds == ["opened", "answered", "verified", "closed"]
    assert told["rectification_received"] == INSPECTOR
    assert told["rectification_returned"] == "shuji2@example.org"
    assert chased(27) == 0


def test_a_community_without_a_code_of_the_bureaus_is_verified_like_any_other(database: Engine) -> None:
    provisional = "991234567890"
    with transaction() as connection:
        add_units(connection, provisional, A)
        open_items(connection, found_at(connection, "2026H1", {provisional: {"E1": 60}, A: {"E1": 60}}), ISSUED, now())
        found = rows(connection, "rectification_item", "unit_code")
    for item in found:
        answer(item["id"], 24)
    assert chased(25) == 1
    [notice] = asked()
    verdicts = [{"核验结论": "销号", "核验人": "李四"}] * 2
    sheet = read_workbook(fill(contents.load(notice["files"][0]["sha256"]), *verdicts), "核验.xlsx")
    assert sheet is not None
    with transaction() as connection:
        assert len(take(connection, sheet, "a" * 64, INSPECTOR, morning(26))) == 2
        assert {row["state"] for row in rows(connection, "rectification_item", "id")} == {"销号"}
