"""社区工作者年度考核: the worked case of forms.md 9b, from three sheets to OUT, three years running."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.circulars.model import build_model
from include.documents.rendering import as_markdown
from tests.scoring.workers import (
    ATTRIBUTES,
    BALLOTS,
    BY_STREET,
    LINKS,
    SUBJECTS,
    VOTED,
    WORKERS,
    year,
)
from tests.town import STREET, Town

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "community_worker", subjects=SUBJECTS, links=LINKS, attributes=ATTRIBUTES)


def notes(town: Town) -> dict[tuple[str, str], str]:
    with town.database() as connection:
        rows = connection.exec_driver_sql(
            "SELECT unit_code, indicator, problem FROM score_line WHERE problem <> ''"
        ).all()
    return {(str(code), str(indicator)): str(problem) for code, indicator, problem in rows}


def test_the_year_worked_by_hand(town: Town) -> None:
    year(town, "2026")
    points = {row["indicator"]: row["points"] for row in town.read("2026", "points.csv") if row["unit_code"] == "W-1"}
    assert points == {"C": "35.20", "S": "34.40", "Q": "18.40"}
    found = town.results("2026")
    assert found["W-1"] == ("88.00", "合格", "2", "已报")
    assert found["W-2"] == ("99.20", "合格", "1", "已报")  # first of four: 25 %, and 优秀 is for a fifth
    assert found["W-5"] == ("88.00", "合格", "1", "已报")  # alone in its post
    assert notes(town) == {}
    assert town.read("2026", "items.csv") == []


def test_a_level_is_proposed_after_three_years(town: Town) -> None:
    for period in ("2026", "2027"):
        year(town, period)
        assert notes(town) == {}
    year(town, "2028")
    assert notes(town)["W-1", "L1"] == "建议晋升一级：由 5 级升为 6 级"


def test_without_the_street_s_sheet_nobody_has_a_total_and_the_street_is_named(town: Town) -> None:
    year(town, "2026", without=BY_STREET)
    found = town.results("2026")
    assert found["W-1"] == ("", "未评定", "", "未报")
    assert found[STREET] == ("", "", "", "未报")


def test_a_ballot_of_more_votes_than_came_back_is_returned(town: Town) -> None:
    lines = [f"{code},,32,30,20,8,2,1" for code in WORKERS]
    assert town.hands_in("2026", BALLOTS, STREET, VOTED, *lines) == "returned"


def test_those_who_may_not_be_named_are_counted_where_others_are_named(town: Town) -> None:
    assessment_id = year(town, "2026", without=BALLOTS)
    with town.database() as connection:
        model = build_model(connection, str(assessment_id))
    counts = model["counts"]
    assert (counts["missing"], counts["unnamed"]["missing"]) == ([], len(WORKERS))
    assert counts["raters"]["missing"] == ["云街街道"]
    model.pop("template")  # in the words that every system has
    text = as_markdown("通报", model, number="", issue_date=None)
    assert f"，未报{len(WORKERS)}名。" in text
    assert not any(f"工作人员{code[2:]}" in text for code in WORKERS)
