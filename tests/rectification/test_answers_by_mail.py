"""整改反馈表 and 整改核验表 as they arrive: by mail or through the inbox, answered like every other file."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.items.answers import verification_workbook
from include.items.items import open_items
from include.period import in_zone, now
from tests.rectification.filling import FULL, fill
from tests.street import STREET, A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
LATER = in_zone(dt.datetime.combine(dt.date(2026, 9, 5), dt.time(10)))


@pytest.fixture
def sheet(database: Engine, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The 整改反馈表 that went to unit A with one item; it is 5 September."""
    with transaction() as connection:
        add_units(connection, A, B)
        open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15}, B: {"E1": 15}}), ISSUED, now())
        [notice] = [row for row in rows(connection, "notice", "id") if row["unit_code"] == A]
    monkeypatch.setenv("DUBAN_NOW", LATER.isoformat())
    return contents.load(json.loads(notice["attachments"])[0]["sha256"])


def arrive(content: bytes, sender: str) -> tuple[str, str]:
    """Hand in by mail and have it answered: the arrival's status and message."""
    with transaction() as connection:
        record_delivery(
            connection,
            channel="mailbox",
            name="整改.xlsx",
            sender=sender,
            received_at=LATER,
            sha256=contents.store(content),
            size=len(content),
        )
    drain()
    with transaction() as connection:
        row = rows(connection, "delivery", "id")[-1]
    return row["status"], row["message"]


def states() -> dict[str, str]:
    with transaction() as connection:
        return {row["unit_code"]: row["state"] for row in rows(connection, "rectification_item", "id")}


def kinds() -> list[str]:
    with transaction() as connection:
        return [row["kind"] for row in rows(connection, "notice", "id") if row["kind"] != "rectification_opened"]


def test_a_secretarys_answer_moves_the_item_and_gets_a_receipt(sheet: bytes) -> None:
    assert arrive(fill(sheet, FULL), "shuji1@example.org") == ("accepted", "已受理整改反馈表：办理 1 项")
    assert states() == {A: "已反馈", B: "待整改"}
    assert kinds() == ["rectification_received"]


def test_an_answer_with_a_mistake_moves_nothing_and_says_why(sheet: bytes) -> None:
    status, message = arrive(fill(sheet, FULL | {"佐证材料": ""}), "shuji1@example.org")
    assert (status, states()[A], kinds()) == ("refused", "待整改", ["refused"])
    assert "没有填佐证材料" in message


def test_another_communitys_secretary_cannot_answer(sheet: bytes) -> None:
    status, message = arrive(fill(sheet, FULL), "shuji2@example.org")
    assert (status, states()[A]) == ("refused", "待整改")
    assert "shuji2@example.org 不能报送此表" in message


def test_only_the_street_verifies(sheet: bytes) -> None:
    arrive(fill(sheet, FULL), "shuji1@example.org")
    with transaction() as connection:
        verification = verification_workbook(connection, STREET, "云街街道", LATER.date())
    assert verification is not None
    verified = fill(verification, {"核验结论": "销号", "核验人": "李四"})
    with transaction() as connection:
        record_delivery(
            connection,
            channel="mailbox",
            name="核验.xlsx",
            sender="shuji1@example.org",
            received_at=LATER,
            sha256=contents.store(verified),
            size=len(verified),
        )
    drain()
    assert states()[A] == "已反馈"


def test_the_office_verifies_through_the_inbox(sheet: bytes, world: object) -> None:
    arrive(fill(sheet, FULL), "shuji1@example.org")
    with transaction() as connection:
        verification = verification_workbook(connection, STREET, "云街街道", LATER.date())
    assert verification is not None
    assert arrive(fill(verification, {"核验结论": "销号", "核验人": "李四"}), "")[0] == "accepted"
    assert states()[A] == "销号"
