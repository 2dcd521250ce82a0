"""Months are handed in and summed up: the case of lists.md §10, what a half year says otherwise, and what was not reported."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.documents.summary import facts_of
from include.intake.fed import shown_in_forms
from include.items.kinds import open_item
from include.period import Period, parse_moment
from include.registry.units import find_unit
from include.schemes.loader import load_scheme
from tests.statistics.months import A, B, C, month, papers, town_of_months, words_of
from tests.town import STREET, Town

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return town_of_months(world, monkeypatch, half_year="2026", monthly_brief="2026")


def half_year(town: Town, **figures: object) -> str:
    """The form of the scored half year, of which only this matters."""
    scheme = load_scheme("half_year", Period.parse("2026H1"))
    usual: dict[str, object] = {"count": 0, "yuan": 0, "yes_no": "否", "text": ""}
    values: dict[str, object] = {"members": 10, "member_assemblies": 6, **figures}
    own = [
        f"{A},{cell.label},{values.get(cell.key, usual.get(cell.type, cell.options[-1] if cell.options else ''))}"
        for cell in scheme.cells
        if not cell.is_optional
    ]
    town.system = "half_year"
    status = town.hands_in("2026H1", scheme.forms[0].name, A, "", *own)
    town.system = "monthly_brief"
    return status


def finds(town: Town, problem: str) -> None:
    """An item of the grid, open since the end of April."""
    scheme = load_scheme("grid", Period.parse("2026Q2"))
    with town.database() as connection:
        unit = find_unit(connection, A, dt.date(2026, 4, 29))
        assert unit is not None
        at = parse_moment("2026-04-29T10:00:00", "test")
        open_item(
            connection, scheme, "grid_problem", unit, problem=problem, number="1", opened_at=at, cells={"level": "社区"}
        )


def asked_to_sign(town: Town) -> dict[str, str]:
    """What whoever signs the half year is told of its draft at a glance."""
    with town.database() as connection:
        model = connection.exec_driver_sql("SELECT model FROM circular WHERE kind = '通报'").scalar_one()
    return dict(facts_of(json.loads(model), dt.date(2026, 9, 5)))


def assert_month_is_told(town: Town) -> None:
    """The month's Word goes back to who reported, the table of all to the committee, each with words of its own."""
    ((code, own),) = papers(town, "月工作小结")
    assert code == A and "学习和志愿服务" in words_of(own)
    ((street, table),) = papers(town, "月度情况汇总")
    said = words_of(table)
    assert street == STREET and "报来《月小结》的社区1/3" in said and "未报2个：柳堤社区、松岭社区" in said
    assert "信访事项未了" in said, "the table itself"
    with town.database() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM notice WHERE period = '2026-01'").scalars().all()
    assert {"paper_back", "period_table"} <= set(kinds) and "contract" not in kinds


def test_a_month_is_due_on_the_fifth_and_counts_as_not_reported_three_working_days_later() -> None:
    due = [load_scheme("monthly_brief", Period.parse(f"2026-{number:02}")).dates for number in range(1, 12)]
    assert [f"{one.due_date:%m-%d}" for one in due] == [
        "02-05", "03-05", "04-07", "05-06", "06-05", "07-06", "08-05", "09-07", "10-08", "11-05", "12-07",
    ]  # fmt: skip
    assert f"{due[2].window_ends_date:%m-%d}" == "04-10"


def test_six_months_make_a_half_year_and_what_the_half_years_form_says_otherwise_is_told(town: Town) -> None:
    for number, services in enumerate((1, 0, 2, 1, 1, 1), 1):
        petitions = (
            {"petitions_new": 2, "petitions_settled": 1, "petitions_open": 1} if number == 1 else {"petitions_open": 1}
        )
        special = {"special_activities": 1, "special_activity_names": "重阳敬老"} if number == 3 else {}
        said = month(town, f"2026-{number:02}", volunteer_services=services, **petitions, **special)
        assert said == "accepted", town.said
        if number == 1:
            wrong = {"petitions_new": 1, "petitions_settled": 0, "petitions_open": 1}
            assert month(town, "2026-02", volunteer_services=0, **wrong) == "returned"
            assert "上期 1 + 信访事项新增 1 − 信访事项化解 0 = 2" in town.said
            town.closes("2026-01")
            january = {row["code"]: row for row in town.read("2026-01", "tables/T17.csv")}
            assert (january[A]["志愿服务次数"], january[A]["信访事项未了"], january[A]["已报"]) == ("1", "1", "1/1")
            assert (january[B]["志愿服务次数"], january[STREET]["已报"]) == ("未报", "1/3")
            assert_month_is_told(town)
        if number == 5:
            assert half_year(town, volunteer_services=7) == "accepted", town.said
            assert "缺 6月" in town.said and "填报 7 次" not in town.said
    assert half_year(town, volunteer_services=7, vouchers=1, audited_vouchers=1) == "accepted", town.said
    assert "志愿服务次数：填报 7 次，六个月月小结的志愿服务次数合计 6 次，请核对" in town.said
    assert town.said.count("填报 7") == 1, "once, though the form has it in a column, too"
    with town.database() as connection:
        shown = shown_in_forms(
            connection,
            load_scheme("half_year", Period.parse("2026H1")),
            STREET,
            parse_moment("2026-07-20T12:00:00", "test"),
        )
    assert shown[A]["volunteer_services"] == "6《月小结》（2026年1月至2026年6月合计）"
    assert B not in shown, "of whom not every month is there"
    assert month(town, "2026-03", B, volunteer_services=5) == "accepted"
    finds(town, "3号楼下堆物")
    result = town.closes("2026H1")
    assert result is not None
    rows = {row["code"]: row for row in town.read("2026H1", "tables/T17.csv")}
    assert (rows[A]["志愿服务次数"], rows[A]["已报月份数"], rows[STREET]["志愿服务次数"]) == ("6", "6", "11")
    assert (rows[B]["已报月份数"], rows[STREET]["已报"]) == ("1", "2/3")
    before = {row["code"]: row for row in town.read("2026H1", "tables/T17-1.csv")}
    assert before[A]["志愿服务次数"] == "未报"
    figures = {(row["code"], row["figure"]): row for row in town.read("2026H1", "figures.csv")}
    months = figures[A, "sum_volunteer_services"]["source"].split("、")
    assert len(months) == 6 and months[0].startswith("2026年1月《月小结》第1次报送（"), (
        "to the cell of each month's sheet"
    )
    needs = figures[A, "sum_needs"]
    assert (needs["value"], needs["outcome"]) == ("", "未报")
    checks = {(row["check"], row["code"]): row for row in town.read("2026H1", "checks.csv")}
    same = checks["same_volunteer_services", A]
    assert (same["left"], same["right"], same["outcome"]) == ("7", "6", "不一致")
    assert checks["same_volunteer_services", B]["outcome"] == "未报"
    assert "（缺1月、2月、4月、5月、6月）" in checks["same_volunteer_services", B]["message"]
    out = town.is_signed(result)
    assert asked_to_sign(town)["社区"] == "3个，其中2个已报", "not how many have points: there are none"
    page = (out / "circular.html").read_text(encoding="utf-8")
    assert town.results("2026H1")[C][3] == "未报" and "没有报的社区1个：松岭社区" in page
    assert "志愿服务11次（去年同期未报）" in page and "信访事项1件" not in page
    text = page.replace(" ", "")
    assert "没有社区报党组织和党员的台账，党组织数、党员数未报" in text, (
        "no ledger of members was handed in, and none is a figure"
    )
    assert "没有报统一活动日的开展情况" in text and "没有社区报在职党员报到登记册" in text
    assert "没有社区报需求清单" in text and "没有登记" not in text, (
        "an office that does not run the three lists has no count of needs"
    )
    for table in ("T17-2", "T17-3"):
        cells = {row["code"]: row for row in town.read("2026H1", f"tables/{table}.csv")}
        assert {cells[code]["群众需求"] for code in (A, B, C, STREET)} == {"未报"}
    assert "开展特色活动1个（去年同期未报）。杏花社区：重阳敬老。" in text
    assert (
        "网格问题。本期列入1项，其中已办结0项；截至2026年9月5日未办结1项（含以前的），其中逾期1项。3号楼下堆物（杏花社区）。"
        in text
    )
    assert "1．3号楼下堆物：杏花社区，2026年4月30日前办结（已逾期1项，抓紧办理）。" in text
    own = {name: words_of(content) for name, content in papers(town, "工作总结")}
    assert set(own) == {A, B, C}
    assert "2026年3月：学习和志愿服务" in own[A] and "重阳敬老" in own[A] and "3号楼下堆物" in own[A]
    assert "月小结没有写主要工作" in own[C] and "没有未办结的整改和办理事项" in own[C]
