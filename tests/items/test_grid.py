"""The worked cases of grids: a community's cells with their gaps, and a problem that comes back to the street."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.db import sql
from include.items.step_chase import chase_steps
from include.period import parse_moment
from tests.items.grid_sheets import CELLS, OF_CELLS, OF_PROBLEMS, OF_STEPS, PROBLEMS, STEPS, SUBJECTS, A, B, cell
from tests.town import STREET, Town

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "grid", subjects=SUBJECTS, links="")


def test_the_cells_of_a_community_show_their_gaps(town: Town) -> None:
    street = cell("01", "一级", "", 900, 20, "党支部", "其他", "王某")
    assert town.hands_in("2026Q2", CELLS, STREET, OF_CELLS, street, at="2026-07-02T10:00:00") == "accepted", town.said
    cells = [
        cell("01-01", "二级", "01", 900, 11, "党支部", "两委成员", "李某"),
        cell("01-01-01", "三级", "01-01", 320, 5, "党小组", "居民楼组长", "赵某"),
        cell("01-01-02", "三级", "01-01", 300, 2, "无", "空缺", ""),
        cell("01-01-03", "三级", "01-01", 250, 4, "无", "党员中心户", "孙某"),
    ]
    wrong = cell("01-01-04", "三级", "01-09", 50, 0, "无", "其他", "")
    assert town.hands_in("2026Q2", CELLS, A, OF_CELLS, *cells, wrong, at="2026-07-03T10:00:00") == "returned"
    assert "三级网格的上级应是二级网格" in town.said and "有网格长的要写姓名" in town.said
    assert town.hands_in("2026Q2", CELLS, A, OF_CELLS, *cells, at="2026-07-03T11:00:00") == "accepted", town.said
    assert "未配网格长" in town.said and "党组织未建在网格上" in town.said and "相差超过 5%" not in town.said
    assert "孙某" not in town.said
    town.closes("2026Q2")
    gaps = [
        (row["unit_code"], row["indicator"], row["problem"], row["deadline"], row["step"])
        for row in town.read("2026Q2", "items.csv")
    ]
    assert gaps == [
        (A, "G5", "未配网格长（01-01-02）", "2026-07-24", "补齐"),
        (A, "G8", "党组织未建在网格上（01-01-03）", "2026-09-24", "补齐"),
    ]
    row = {row["code"]: row for row in town.read("2026Q2", "tables/T5.csv")}
    assert [row[A][name] for name in ("二级", "三级", "空缺网格长", "配备率", "建党组织率", "覆盖户数率")] == [
        "1",
        "3",
        "1",
        "66.67",
        "50.00",
        "96.67",
    ]
    assert (row[A]["已报"], row[B]["配备率"], row[STREET]["已报"]) == ("1/1", "未报", "1/2")
    assert (row[A]["一级"], row[STREET]["一级"], row[STREET[:6]]["一级"]) == ("", "1", "1"), "the street's own, once"
    for number, kind, is_told in (("04", "多网合一", False), ("05", "综治", True)):
        alike = f"01-01-{number},三级,01-01,补充,01-01-01号楼,0,0,0,其他,钱{number},2,无,是,{kind},2026-01-01,"
        assert town.hands_in("2026Q2", CELLS, A, OF_CELLS, alike, at=f"2026-07-04T{number}:00:00") == "accepted", (
            town.said
        )
        assert ("多网未合一" in town.said) is is_told, "two cells of one kind at one place are no two nets"
    few = [cell("01-01-03", "三级", "01-01", 100, 4, "党小组", "党员中心户", "孙某")]
    assert town.hands_in("2026Q2", CELLS, A, OF_CELLS, *few, at="2026-07-06T10:00:00") == "accepted", town.said
    assert "相差超过 5%" in town.said and "登记册的户数" not in town.said
    with town.database() as connection:
        connection.exec_driver_sql(f"UPDATE unit SET households = 1000 WHERE code = '{A}'")
    again = [cell("01-01", "二级", "01", 940, 11, "党支部", "两委成员", "李某")]
    assert town.hands_in("2026Q2", CELLS, A, OF_CELLS, *again, at="2026-07-07T10:00:00") == "accepted", town.said
    assert "二级网格户数与登记册的户数相差超过 5%" in town.said and "与登记册的 1000 相差不超过 5%" in town.said


def test_a_problem_of_a_cell_goes_its_way(town: Town) -> None:
    found = "1,2026-04-29,,设施损坏,3号楼单元门损坏,网格员排查,社区,"
    assert (
        town.hands_in(
            "2026Q2",
            PROBLEMS,
            A,
            OF_PROBLEMS,
            "1,2026-04-29,01-01-01,设施损坏,单元门损坏,网格员排查,社区,社区",
            at="2026-04-29T10:00:00",
        )
        == "accepted"
    ), (town.said, found)
    for day, *lines in (
        ("2026-04-30", "1,受理,2026-04-30,受理,社区"),
        ("2026-05-11", "1,办理,2026-05-11,办结,"),
        ("2026-05-13", "1,反馈,2026-05-13,不满意,"),
    ):
        assert town.hands_in("2026Q2", STEPS, A, OF_STEPS, *lines, at=f"{day}T10:00:00") == "accepted", town.said
    for day in ("2026-05-28", "2026-06-01", "2026-06-08"):
        with town.database() as connection:
            chase_steps(connection, parse_moment(f"{day}T08:30:00", "test"))
    town.closes("2026Q2")
    [item] = town.read("2026Q2", "items.csv")
    assert [item[name] for name in ("kind", "number", "problem", "state", "step", "step_due")] == [
        "grid_problem",
        "1",
        "单元门损坏",
        "办理中",
        "办理",
        "2026-05-27",
    ]
    [row] = [row for row in town.read("2026Q2", "tables/T5.csv") if row["code"] == A]
    names = ("本季问题", "办结", "按期办结率", "反馈率", "满意率", "上报", "未结")
    assert [row[name] for name in names] == ["1", "0", "0.00", "100.00", "0.00", "0", "1"]
    with town.database() as connection:
        [one] = sql.fetch(connection, "items/select_current", scheme="grid")
        stages = [event["kind"] for event in sql.fetch(connection, "items/select_events", item_id=one["id"])]
    assert [kind for kind in stages if kind in ("urged", "supervised", "carried")] == ["urged", "supervised", "carried"]


def test_a_county_that_only_has_sums_is_told_what_does_not_agree(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """准格尔 [003]: one 一级 fewer than townships, a 二级 in every community and in 21 of a hundred units."""
    county = STREET[:6]
    town = Town(world, monkeypatch, "grid_county", subjects=SUBJECTS, links="", scope=county)
    said = {
        "一级网格": 13,
        "二级网格": 42,
        "三级网格": 522,
        "乡镇街道": 14,
        "社区": 42,
        "嘎查村社区": 200,
        "常住人口": 227200,
    }
    lines = [f"{county},{label},{number}" for label, number in said.items()]
    assert town.hands_in("2026Q2", "县网格设置汇总表", county, "", *lines) == "accepted", town.said
    town.closes("2026Q2")
    checks = {row["check"]: row for row in town.read("2026Q2", "checks.csv") if row["level"] == "county"}
    assert {code: row["outcome"] for code, row in checks.items()} == {
        "a": "不一致",
        "b": "一致",
        "c": "一致",
        "e": "未报",
        "f": "未报",
    }
    assert "一级网格与乡镇街道：13＝13，乡镇街道是 14 个，少 1 个" in checks["a"]["message"]
    assert "占 21.00%" in checks["c"]["message"]
    [row] = [row for row in town.read("2026Q2", "tables/T5.csv") if row["code"] == county]
    assert list(row.values())[2:11] == ["42", "522", "12.43", "435.25", "未报", "未报", "未报", "21.00", "100.00"]
