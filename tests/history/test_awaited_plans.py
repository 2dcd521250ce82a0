"""A plan that a letter asked for and that does not come: reminded of, urged, and supervised by a numbered letter, as items are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.items.plans import PLANNED
from include.items.states import record
from include.period import parse_moment
from include.rebuild.replay import rebuild
from include.steps import chasing
from tests.history.judged_street import OTHER, Street, closes, judges, letters, mailed
from tests.intake.receive_street import SECOND, rows
from tests.signing import sends_back, signs
from tests.word import words_of

pytestmark = pytest.mark.story

ASKED, LATE = f"整顿通知书/{SECOND.code}/judged/2026H1/1", f"整顿通知书/{OTHER}/judged/2026H1/1"


@pytest.fixture
def asked(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    """Two letters, each of which asks for a plan by 10 September."""
    street = judges(Street(world, monkeypatch, judged="2026H1"))
    signs(closes("judged", "2026H1"))
    for letter in (ASKED, LATE):
        signs(letter)
    return street


def chased(street: Street, day: str) -> dict[str, list[Any]]:
    street.at(f"{day}T08:30:00")
    chasing.chase("test")
    return {kind: [told["subject"].split("/")[1] for told in mailed(kind)] for kind in ("plan_due", "plan_urged")}


def comes(code: str, at: str) -> None:
    [item] = rows(f"SELECT id FROM rectification_item WHERE unit_code = '{code}'")
    with transaction() as connection:
        record(connection, str(item["id"]), PLANNED, "", "书记", "报来整改方案", parse_moment(at, "test"))


def supervised() -> list[tuple[str, str]]:
    return [one for one in letters() if one[0].startswith("方案督办通知单/")]


def test_it_is_reminded_of_before_and_urged_after_its_day_and_supervised_until_it_comes(
    asked: Street, database: Engine, target: Engine
) -> None:
    assert chased(asked, "2026-09-08") == {"plan_due": [], "plan_urged": []}
    both = sorted([SECOND.code, OTHER])
    assert chased(asked, "2026-09-09") == {"plan_due": both, "plan_urged": []}
    for day in ("2026-09-11", "2026-09-14"):
        assert chased(asked, day)["plan_urged"] == both, "once"
    chased(asked, "2026-09-15")
    letter = f"方案督办通知单/{OTHER}/2026-09-15/1"
    assert (letter, "draft") in supervised()
    number = signs(letter)
    chased(asked, "2026-09-16")
    assert [state for _, state in supervised()] == ["draft", "issued"]
    [issued] = rows(f"SELECT docx_sha256 FROM circular WHERE document_number = '{number}'")
    said = words_of(contents.load(str(issued["docx_sha256"])))
    assert "要求你小区党组织于2026年9月10日前报送整改方案。截至2026年9月15日，已逾期5天" in said
    assert "环境不整洁" in said
    [told] = mailed("plan_supervised")
    assert (told["recipient"], told["payload"]["reply_by"]) == ("s2@x.cn", "2026年9月21日")
    assert rebuild(database, target, parse_moment("2026-09-17T00:00:00", "test")).differences == []


def test_a_draft_about_a_plan_that_came_is_taken_back_and_one_sent_back_is_not_written_again(asked: Street) -> None:
    chased(asked, "2026-09-15")
    assert [state for _, state in supervised()] == ["draft", "draft"]
    comes(SECOND.code, "2026-09-15T10:00:00")
    sends_back(f"方案督办通知单/{OTHER}/2026-09-15/1", "已电话催办")
    chased(asked, "2026-09-16")
    assert [state for _, state in supervised()] == ["withdrawn", "withdrawn"]
