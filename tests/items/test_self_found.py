"""The case of rectification with its new steps (the calendar of 2026), and what a community finds at itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.db import sql
from include.items.items import open_items
from include.items.states import move
from include.items.step_chase import chase_steps
from include.items.stepping import answer
from include.letters.row_letters import draft_row_letters
from include.letters.row_letters_out import files_of_letters
from include.period import Period, parse_moment
from include.reports.overview import overview
from include.schemes.loader import load_scheme
from tests.street import A, add_units, found_at
from tests.town import STREET, Town
from tests.word import words_of

pytestmark = pytest.mark.story

C = f"{STREET}001"
SUBJECTS = f"{C},杏花社区,{STREET},云街街道,社区,a@x.cn\n"
OF_CHECK = "序号,发现日,方面,问题,来源,整改措施,责任人职务,责任领导职务,计划完成日"
OF_STEPS = "事项编号,环节,完成日期,结果,处置级别"


def at(day: str) -> dt.datetime:
    return parse_moment(f"{day}T08:30:00", "test")


def steps(connection: Connection, item_id: str) -> list[tuple[str, str, str, str | None]]:
    rows = sql.fetch(connection, "items/select_steps", item_id=item_id)
    return [(one["step"], one["holder_scope"], f"{one['due_date']:%m-%d}", one["outcome"]) for one in rows]


def test_rectification_of_2027_waits_for_nobody_without_an_end(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_units(connection, A)
    found = found_at(connection, "2027H1", {A: {"A4": 30}})
    open_items(connection, found, dt.date(2026, 8, 20), at("2026-08-20"))
    [item] = sql.fetch(connection, "items/select_chased", any_code=[A])
    assert (item["state"], str(item["deadline"])) == ("待整改", "2026-10-08")
    chase_steps(connection, at("2026-09-07"))
    assert steps(connection, item["id"]) == [
        ("方案", "community", "09-03", "未报方案"),
        ("整改", "community", "10-08", None),
    ]
    monkeypatch.setenv("DUBAN_NOW", "2026-10-08T17:00:00")
    move(connection, item["id"], "已反馈", "a@x.cn", "整改情况：已公开", at("2026-10-08"))
    assert steps(connection, item["id"])[-1] == ("核验", "inspectors", "10-21", None)
    [told, _] = overview(connection, "unit", dt.date(2026, 10, 22))
    assert [told[name] for name in ("待核验", "逾期", "核验逾期", "按期核验率")] == [1, 0, 1, ""], (
        "the community is not late"
    )
    for day in ("2026-10-19", "2026-10-20", "2026-10-22", "2026-10-23", "2026-10-26"):
        chase_steps(connection, at(day))
    told = [
        (one["kind"], f"{one['happened_at']:%m-%d}")
        for one in sql.fetch(connection, "items/select_events", item_id=item["id"])
    ]
    assert told[-2:] == [("reminded", "10-20"), ("urged", "10-26")]
    told_of_steps = "SELECT stage FROM notice WHERE kind IN ('step_due', 'step_urged') ORDER BY stage"
    assert connection.exec_driver_sql(told_of_steps).scalars().all() == ["step_due:2026-10-20", "step_urged:2026-10-26"]
    for state in ("验收", "销号"):
        move(connection, item["id"], state, "核查组", "属实", at("2026-10-27"))
    assert steps(connection, item["id"])[-2:] == [
        ("核验", "inspectors", "10-21", "销号"),
        ("公示反馈", "community", "11-03", None),
    ]
    now = sql.fetch_one(connection, "items/select_kind_item", id=item["id"]) or {}
    assert (now["state"], now["is_open"], now["step"]) == ("销号", False, "公示反馈")
    [told, _] = overview(connection, "unit", dt.date(2026, 10, 28))
    assert [told[name] for name in ("按期销号率", "核验逾期", "按期核验率")] == ["100.0%", 0, "0.0%"], (
        "two rates, never mixed"
    )
    answer(connection, item["id"], "不满意", dt.date(2026, 11, 2), "a@x.cn", at("2026-11-02"))
    now = sql.fetch_one(connection, "items/select_kind_item", id=item["id"]) or {}
    assert (now["state"], now["is_open"], now["step"], str(now["deadline"])) == ("重新打开", True, "整改", "2026-11-16")


def test_an_older_item_keeps_its_life(connection: Connection) -> None:
    add_units(connection, A)
    open_items(connection, found_at(connection, "2026H1", {A: {"A4": 30}}), dt.date(2026, 8, 20), at("2026-08-20"))
    [item] = sql.fetch(connection, "items/select_chased", any_code=[A])
    assert steps(connection, item["id"]) == [] and sql.fetch(connection, "items/select_current", scheme="") == []


def test_what_a_community_finds_is_put_right_verified_and_told(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "self_found", subjects=SUBJECTS, links="")
    row = "{n},2026-03-02,组织生活,{what},自查,{measures},党组织书记,街道副书记,{until}"
    bad = row.format(n=1, what="党课不足", measures="补课", until="2026-03-02")
    assert town.hands_in("2026H1", "自查台账", C, OF_CHECK, bad, at="2026-03-02T10:00:00") == "returned"
    assert "计划完成日应在发现日以后" in town.said and "整改措施" in town.said
    good = [
        row.format(n=1, what="党课不足", measures="四月底前补上两次党课", until="2026-04-10"),
        row.format(n=2, what="小区停车难", measures="报街道协调停车位", until="2026-04-10"),
        row.format(n=3, what="楼顶漏水", measures="联系维修资金处理", until="2026-04-10"),
    ]
    assert town.hands_in("2026H1", "自查台账", C, OF_CHECK, *good, at="2026-03-02T11:00:00") == "accepted", town.said
    street = [f"{n},立项,2026-03-05,立项," for n in (1, 2, 3)]
    assert town.hands_in("2026H1", "事项办理", STREET, OF_STEPS, *street, at="2026-03-05T10:00:00") == "accepted", (
        town.said
    )
    own = [
        "1,整改,2026-04-08,反馈,",
        "2,整改,2026-03-20,上报,",
        "3,整改,2026-03-25,长期关注,",
        "1,公示反馈,2026-04-22,满意,",
    ]
    assert town.hands_in("2026H1", "事项办理", C, OF_STEPS, *own, at="2026-04-22T10:00:00") == "accepted", town.said
    seen = "1,核验,2026-04-20,销号,"
    assert town.hands_in("2026H1", "事项办理", STREET, OF_STEPS, seen, at="2026-04-22T11:00:00") == "accepted", (
        town.said
    )
    opinions = [f"{n},2026-03-0{1 + n % 9},意见箱,服务群众,第{n}条意见,{1 + n % 9}" for n in range(1, 33)]
    of_opinions = "序号,日期,来源,方面,内容,并入事项号"
    assert town.hands_in("2026H1", "意见台账", C, of_opinions, *opinions, at="2026-04-22T12:00:00") == "accepted", (
        town.said
    )
    slips = [f"{C},意见表发放数,200", f"{C},意见表收回数,180"]
    assert town.hands_in("2026H1", "意见表收发数", C, "", *slips) == "accepted", town.said
    town.closes("2026H1")
    items = [(row["number"], row["state"], row["step"], row["step_due"]) for row in town.read("2026H1", "items.csv")]
    assert items == [
        ("1", "已销号", "", ""),
        ("2", "待整改", "整改", "2026-05-07"),
        ("3", "长期关注", "整改", "2026-06-25"),
    ]
    [row2] = [one for one in town.read("2026H1", "tables/T2.csv") if one["code"] == C]
    names = ("事项", "未销号", "逾期", "长期关注", "上报", "已销号", "按期销号率", "按期核验率", "满意率")
    assert [row2[name] for name in names] == ["3", "2", "1", "1", "1", "1", "100.00", "100.00", "100.00"]
    assert [row2[name] for name in ("征集意见", "梳理事项", "意见表回收率")] == ["32", "9", "90.00"]
    scheme = load_scheme("self_found", Period.parse("2026H1"))
    document = next(one for one in scheme.documents if one.of_rows is not None)
    with town.database() as connection:
        assert draft_row_letters(connection, scheme, document, STREET, at("2026-07-27")) is not None
        files = files_of_letters(connection, scheme, STREET)
    text = words_of(files[f"letters/{C}-整改清单.docx"])
    own, raised, watched = (
        text.split(part)[1] for part in ("一、本社区整改的", "二、上报街道、部门办理的", "三、长期关注的")
    )
    assert "党课不足" in own.split("二、")[0] and "小区停车难" in raised.split("三、")[0] and "楼顶漏水" in watched
    assert "待整改（整改，2026年5月7日前）" in raised and "2026年6月25日前" in watched and "已销号" in own
