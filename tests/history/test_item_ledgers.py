"""The ledger of items that the committee gets after each quarter, as long as any of them was open in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.items.states import move
from include.period import parse_moment
from include.rebuild.replay import rebuild
from include.steps import diary
from tests.history.judged_street import OTHER, Street, closes, exported, judges, mailed
from tests.intake.receive_street import SECOND, STREET, rows
from tests.signing import signs
from tests.word import words_of

pytestmark = pytest.mark.story


@pytest.fixture
def judged(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    street = judges(Street(world, monkeypatch, judged="2026H1"))
    signs(closes("judged", "2026H1"))
    return street


def on(street: Street, day: str) -> list[dict[str, object]]:
    """The daily round of a day; the ledgers mailed so far."""
    street.at(f"{day}T07:50:00")
    diary.keep_diary("test")
    return mailed("item_ledger")


def closed(unit_code: str, at: str) -> None:
    [item] = rows(f"SELECT id FROM rectification_item WHERE unit_code = '{unit_code}'")
    with transaction() as connection:
        for state in ("已反馈", "验收", "销号"):
            move(connection, str(item["id"]), state, "核查组", "现场核实", parse_moment(at, "test"))


def test_a_ledger_is_made_on_the_first_working_day_after_a_quarter_until_all_is_closed_and_comes_again_in_a_rebuild(
    judged: Street, database: Engine, target: Engine
) -> None:
    assert on(judged, "2026-09-30") == []
    assert on(judged, "2026-10-01") == [], "a day off"
    closed(SECOND.code, "2026-09-30T15:00:00")
    [told] = on(judged, "2026-10-08")
    assert [told] == on(judged, "2026-10-09"), "once"
    assert (told["recipient"], told["files"]) == (
        "committee@duban.invalid",
        ["云街街道2026年第三季度整顿台账.docx", "云街街道2026年第三季度整顿台账.pdf"],
    )
    assert told["payload"]["counted"] == {"units": 2, "all": 2, "closed": 1, "open": 1, "overdue": 1}  # type: ignore[index]
    [paper] = rows("SELECT docx_sha256 FROM paper WHERE kind = '整顿台账'")
    said = words_of(contents.load(str(paper["docx_sha256"])))
    assert "柳堤社区：环境不整洁，期限2026年9月3日，销号2026年9月30日；整顿方案未报。" in said
    assert "柳园小区：环境不整洁，期限2026年9月3日，待整改；" in said
    closed(OTHER, "2026-10-20T15:00:00")
    assert len(on(judged, "2027-01-04")) == 2
    assert len(on(judged, "2027-04-01")) == 2, "nothing was open in the first quarter"
    names = {path.name for path in (exported(judged, "judged", "2026H1") / "letters").iterdir()}
    assert {f"{STREET}-整顿台账2026Q3.docx", f"{STREET}-整顿台账2026Q4.docx"} <= names
    assert rebuild(database, target, parse_moment("2027-04-02T00:00:00", "test")).differences == []
