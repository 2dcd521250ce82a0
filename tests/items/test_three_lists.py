"""The worked case of needs, units and orders: one is taken, one goes to the joint meeting, one the community sees to itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.town import STREET, Town

A, UNIT = f"{STREET}001", "TSG"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,社区,a@x.cn\n{UNIT},区图书馆,{STREET},云街街道,驻区单位,tsg@x.cn\n"
NEEDS, UNITS, RESOURCES, STEPS = "需求清单", "驻区单位名册", "资源清单", "事项办理"
OF_NEEDS = "需求编号,提出日期,类别,内容,受益群体,受益人数,来源,期望完成日"
OF_UNITS = "单位编号,单位名称,类型,结对社区,联系部门,邮箱,共建协议签订日,到期日,在职党员数"
OF_STEPS = "事项编号,环节,完成日期,结果,单位编号,办理期限,执行书记职务"


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "three_lists", subjects=SUBJECTS, links="")


def test_three_needs_of_a_community_by_the_half_year(town: Town) -> None:
    unit = f"{UNIT},区图书馆,事业单位,{A},服务部,tsg@x.cn,2026-01-10,2027-12-31,30"
    assert town.hands_in("2026H2", UNITS, STREET, OF_UNITS, unit, at="2026-09-01T10:00:00") == "accepted", town.said
    needs = [
        f"N{n},2026-09-14,便民服务,{what},老年人,20,走访,2026-12-01"
        for n, what in ((1, "读报"), (2, "充电点"), (3, "磨刀"))
    ]
    assert town.hands_in("2026H2", NEEDS, A, OF_NEEDS, *needs, at="2026-09-14T10:00:00") == "accepted", town.said
    # sheets of the parties come in any order
    taken = ["N1,接单,2026-09-22,接单,,,副馆长", "N1,办理,2026-11-05,办结,,,"]
    assert town.hands_in("2026H2", STEPS, UNIT, OF_STEPS, *taken, at="2026-11-05T10:00:00") == "accepted", town.said
    assert "还在“审核下单”：先记下" in town.said
    late = "N1,接单,2026-09-22,接单,,2027-03-01,副馆长"
    assert town.hands_in("2026H2", STEPS, UNIT, OF_STEPS, late, at="2026-11-05T11:00:00") == "returned"
    assert "“办理”最迟到 2026年12月22日" in town.said, town.said
    street = "N2,统筹,2026-10-13,列入联席会议,,,"
    assert town.hands_in("2026H2", STEPS, STREET, OF_STEPS, street, at="2026-10-13T10:00:00") == "accepted", town.said
    own = [
        f"N1,审核下单,2026-09-16,下单,{UNIT},,", f"N2,审核下单,2026-09-16,下单,{UNIT},,", "N3,审核下单,2026-09-16,自办,,,",
        "N3,办理,2026-09-28,办结,,,", "N3,验收评价,2026-09-29,基本满意,,,", "N1,验收评价,2026-11-10,满意,,,",
    ]  # fmt: skip
    assert town.hands_in("2026H2", STEPS, A, OF_STEPS, *own, at="2026-11-10T10:00:00") == "accepted", town.said
    town.closes("2026H2")
    items = {row["number"]: row for row in town.read("2026H2", "items.csv")}
    assert [(row["number"], row["state"], row["step"], row["step_due"]) for row in items.values()] == [
        ("N1", "办结", "", ""), ("N2", "长期关注", "统筹", "2027-01-13"), ("N3", "办结", "", ""),
    ]  # fmt: skip
    [row] = [row for row in town.read("2026H2", "tables/T11.csv") if row["code"] == A]
    names = ("需求", "已下单", "自办", "已接单", "匹配率", "按期接单率", "办结", "按期办结率", "满意率", "未匹配")
    assert [row[name] for name in names] == ["3", "2", "1", "1", "66.67", "50.00", "2", "100.00", "100.00", "1"]
    with town.database() as connection:
        told = connection.exec_driver_sql("SELECT recipient, payload FROM notice WHERE kind = 'order_offered'").all()
    assert {(row[0], json.loads(row[1])["items"][0]["number"]) for row in told} == {
        ("tsg@x.cn", "N1"),
        ("tsg@x.cn", "N2"),
    }
