"""The year's summary of the months: sums beside last year's, what was written, what nobody reported; its dues, and its activities of 002-8."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.statistics.months import A, B, C, month, papers, town_of_months, words_of
from tests.town import STREET, Town

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return town_of_months(world, monkeypatch, monthly_brief="2025")


def test_a_year_is_the_sum_of_its_months_beside_last_years(town: Town) -> None:
    last = {"special_activities": 9, "special_activity_names": "文化节", "volunteer_services": 4}
    assert month(town, "2025-10", **last) == "accepted", town.said
    for number, count, name in ((1, 12, "结对帮扶"), (4, 6, "公益课堂"), (10, 6, "邻里节")):
        figures = {"special_activities": count, "special_activity_names": name, "volunteer_services": 1}
        assert month(town, f"2026-{number:02}", **figures) == "accepted", town.said
    unpaid = {"dues_payable_yuan": "", "dues_paid_yuan": "1584.80"}
    assert month(town, "2026-11", **unpaid) == "returned" and "应缴党费" in town.said, "未报 is no 0, and no rate of it"
    assert month(town, "2026-11", dues_payable_yuan="1600", dues_paid_yuan="1584.80") == "accepted", town.said
    result = town.closes("2026")
    assert result is not None
    rows = {row["code"]: row for row in town.read("2026", "tables/T17.csv")}
    names = ("特色活动", "志愿服务次数", "实缴党费", "已报月份数", "已报")
    assert [rows[A][name] for name in names] == ["24", "3", "1584.8", "4", "1/1"], "12 + 6 + 6"
    assert [rows[STREET][name] for name in names] == ["24", "3", "1584.8", "4", "1/3"]
    assert [rows[B][name] for name in names] == ["未报", "未报", "未报", "0", "0/1"]
    before = {row["code"]: row for row in town.read("2026", "tables/T17-1.csv")}
    assert (before[A]["特色活动"], before[STREET]["志愿服务次数"], before[B]["特色活动"]) == ("9", "4", "未报")
    figures = {(row["code"], row["figure"]): row for row in town.read("2026", "figures.csv")}
    assert len(figures[A, "sum_special_activities"]["source"].split("、")) == 4, "every month that there is"
    assert not (town.out("2026") / "checks.csv").exists(), "a year is compared with no form"

    page = (town.is_signed(result) / "circular.html").read_text(encoding="utf-8").replace(" ", "")
    assert "2026年度社区党建工作总结" in page, page[:400]
    assert "开展特色活动24个（去年同期9个，增加15个）。杏花社区：结对帮扶、公益课堂、邻里节。" in page
    assert "志愿服务3次（去年同期4次，减少1次）" in page and "实缴1584.8元" in page
    assert "没有报的社区2个：柳堤社区、松岭社区" in page
    own = {code: words_of(content) for code, content in papers(town, "工作总结")}
    assert set(own) == {A, B, C}
    assert "2026年4月：学习和志愿服务" in own[A] and "2025年" not in own[A]
    assert "没有报过月小结" in own[B]
