"""What is told of 环境卫生: the street's circular, each community's board, the year's lists. No household is named but praised, by its door."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.circulars.model import build_model
from include.circulars.outcomes import Outcomes
from include.documents.rendering import as_markdown
from tests.scoring.estates import HOUSEHOLDS, LINKS, SUBJECTS, TITLES, UNITS, WORKED, A, quarter
from tests.town import STREET, Town
from tests.word import words_of

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "hygiene", subjects=SUBJECTS, links=LINKS)


def mails(town: Town) -> dict[str, list[str]]:
    """Recipients of the circular's mails, with the names of what is attached."""
    with town.database() as connection:
        rows = connection.exec_driver_sql("SELECT recipient, attachments FROM notice WHERE kind = 'circular'").all()
    found: dict[str, list[str]] = {}
    for recipient, attachments in rows:
        found.setdefault(str(recipient), []).append(str(attachments))
    return found


def test_a_quarter_is_told_of_by_one_circular_and_a_board_for_each_community(town: Town) -> None:
    result = quarter(town, "2026Q4")
    assert result
    said = (town.is_signed(result) / "circular.html").read_text(encoding="utf-8")
    assert not [door for door in ("101室", "102室", "103室") if door in said], (
        "doors stand on the community's board alone"
    )
    told = mails(town)
    assert len(told["a@x.cn"]) == 1, "one mail for all its estates, units and households"
    assert "表扬榜" in told["a@x.cn"][0]
    assert "成绩单" not in told["a@x.cn"][0]
    assert "表扬榜" not in told["b@x.cn"][0], "nobody of it was praised"
    assert "成绩单" in told["p@x.cn"][0]
    with town.database() as connection:
        items = connection.exec_driver_sql(
            "SELECT unit_code, indicator, owner FROM rectification_item ORDER BY 1, 2"
        ).all()
    assert [tuple(one) for one in items] == [("X-2", "E5", "b@x.cn"), ("X-2", "Z1", "b@x.cn")]


def test_a_unit_below_sixty_is_an_item_of_its_own_whose_owner_is_the_community_s_secretary(town: Town) -> None:
    assert town.hands_in("2026Q2", UNITS, A, TITLES[UNITS], "P-1,云街中学,20,19,是") == "accepted"
    result = town.closes("2026Q2")
    assert result
    said = (town.is_signed(result) / "circular.html").read_text(encoding="utf-8")
    assert "应评对象6个" in said, "who rates is not among those rated"
    assert "杏花社区、柳堤社区没有报送评分表" in said
    assert "迟报扣分" not in said
    assert "由社区党组织书记负总责" in said
    assert "各小区和单位的整改事项" in said
    with town.database() as connection:
        items = connection.exec_driver_sql(
            "SELECT unit_code, indicator, owner FROM rectification_item WHERE indicator = 'Z1'"
        ).all()
        told = connection.exec_driver_sql("SELECT recipient FROM notice WHERE kind = 'rectification_opened'").all()
    assert [tuple(one) for one in items] == [("P-1", "Z1", "a@x.cn")]
    assert ("a@x.cn",) in [tuple(one) for one in told]


def test_doors_below_sixty_are_told_to_their_community_alone_which_is_to_remind_them(town: Town) -> None:
    """Neither the circular nor the board says them; a community with no such door, though an estate is below sixty, gets no list."""
    lines = ["H-1,1幢101室,15,20", "H-2,1幢102室,48,47"]
    assert quarter(town, "2026Q3", lines)
    result = town.closes("2026Q3")
    assert result
    out = town.is_signed(result)
    assert "101室" not in (out / "circular.html").read_text(encoding="utf-8")
    told = mails(town)
    assert "环境卫生上门提醒名单" in told["a@x.cn"][0]
    assert "提醒名单" not in told["b@x.cn"][0] + told["p@x.cn"][0]
    said = words_of((out / f"letters/{A}-提醒名单.docx").read_bytes())
    assert "1幢101室" in said and "35.00" in said and "不张贴、不公布" in said
    assert "102室" not in said
    assert "101室" not in words_of((out / f"letters/{A}-表扬榜.docx").read_bytes())


def test_the_year_s_lists_are_behind_the_circular_and_workbooks(town: Town) -> None:
    for period in WORKED:
        quarter(town, period)
    result = town.closes("2026")
    assert result
    out = town.is_signed(result)
    lists = sorted(path.name for path in (out / "lists").iterdir())
    assert lists == [
        "2026年卫生合格单位名单.xlsx",
        "2026年卫生合格小区名单.xlsx",
        "2026年卫生合格户名单.xlsx",
        "2026年无烟单位名单.xlsx",
    ]


def test_the_share_of_households_that_passed_is_that_of_the_source_and_each_door_of_the_board_has_a_cell(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """002-1: 2325 of 3275 households."""
    homes = [f"H-{n}" for n in range(3275)]
    subjects = f"{A},象山社区,{STREET},云街街道,,a@x.cn\n" + "".join(
        f"{code},{code[2:]}室,{STREET},云街街道,户,\n" for code in homes
    )
    links = "".join(f"{code},所属社区,{A}\n" for code in homes)
    town = Town(world, monkeypatch, "hygiene", subjects=subjects, links=links)
    lines = [
        f"{code},,{45 if n < 325 else 30 if n < 2325 else 20},{46 if n < 325 else 30}" for n, code in enumerate(homes)
    ]
    assert town.hands_in("2026Q2", HOUSEHOLDS, A, TITLES[HOUSEHOLDS], *lines) == "accepted", town.said
    result = town.closes("2026Q2")
    assert result
    with database.connect() as connection:
        model = build_model(connection, result)
        made = Outcomes(connection, model, result)
        [board] = made.of(next(one for one in made.scheme.documents if one.kind == "表扬榜"))
    text, posted = (as_markdown(one["title"], one, number="", issue_date=None) for one in (model, board))
    assert "| 象山社区户 | 3275 | 3275 | 325 | 70\\.99\\% |" in text
    assert "| 0室 | 1室 | 2室 | 3室 |" in posted
