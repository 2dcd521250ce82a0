"""A half year's form beside what was given to do, and what a community promised: items that a person opened, rows of the list of projects."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.intake.fed import shown_in_forms
from include.period import Period, parse_moment
from include.schemes.loader import load_scheme
from tests.acting import act
from tests.own_systems import add_systems
from tests.town import STREET, Town

pytestmark = pytest.mark.story

A, B, UNIT = f"{STREET}001", f"{STREET}002", "TSG"
SUBJECTS = (
    f"{A},杏花社区,{STREET},云街街道,社区,a@x.cn\n{B},柳堤社区,{STREET},云街街道,社区,b@x.cn\n"
    f"{UNIT},区图书馆,{STREET},云街街道,驻区单位,tsg@x.cn\n"
)
TASK = {"scheme": "self_found", "period": "2026H1", "reason": "街道部署"}


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    add_systems(world, monkeypatch, half_year="2026H1", three_lists="2026H1", self_found="2026H1")
    return Town(world, monkeypatch, "three_lists", subjects=SUBJECTS, links="")


def shown(town: Town) -> dict[str, dict[str, str]]:
    """What the form says, by community and label."""
    scheme = load_scheme("half_year", Period.parse("2026H1"))
    with town.database() as connection:
        found = shown_in_forms(connection, scheme, STREET, parse_moment("2026-07-01T08:00:00", "test"))
    return {code: {scheme.cell[key].label: text for key, text in fields.items()} for code, fields in found.items()}


def test_tasks_and_promised_deeds_stand_beside_what_the_community_says_of_them(town: Town) -> None:
    town.patch.setenv("DUBAN_NOW", "2026-03-02T09:00:00")
    for number, problem in (("R1", "防汛值守"), ("R2", "人居环境整治")):
        said = act(
            "step",
            "admin",
            act="登记事项",
            unit_code=A,
            kind="task",
            number=number,
            problem=problem,
            day="2026-04-30",
            **TASK,
        )
        assert "登记了事项" in said
    town.system = "self_found"
    done = "R1,办理,2026-04-20,已完成,"
    titles = "事项编号,环节,完成日期,结果,处置级别"
    assert town.hands_in("2026H1", "事项办理", A, titles, done, at="2026-04-21T10:00:00") == "accepted", town.said
    town.system = "three_lists"
    unit = f"{UNIT},区图书馆,事业单位,{A},服务部,tsg@x.cn,2026-01-10,2027-12-31,30"
    of_units = "单位编号,单位名称,类型,结对社区,联系部门,邮箱,共建协议签订日,到期日,在职党员数"
    assert town.hands_in("2026H1", "驻区单位名册", STREET, of_units, unit, at="2026-01-20T10:00:00") == "accepted", (
        town.said
    )
    of_needs = "需求编号,提出日期,类别,内容,受益群体,受益人数,来源,期望完成日"
    need = "N1,2026-01-20,设施维修,加装扶手,老年人,20,走访,"
    same_day = need.removesuffix(",") + ",2026-01-20"
    assert town.hands_in("2026H1", "需求清单", A, of_needs, same_day, at="2026-01-20T10:00:00") == "returned"
    assert "期望完成日应在提出日期以后" in town.said
    assert town.hands_in("2026H1", "需求清单", A, of_needs, need, at="2026-01-20T11:00:00") == "accepted", town.said
    of_projects = "项目编号,需求编号,承接单位,执行书记职务,开始日期,结束日期,目标,完成情况,资金,为民办实事"
    projects = [
        f"P1,N1,{UNIT},副馆长,2026-02-01,2026-05-31,加装扶手,办结,2000,是",
        f"P2,N1,{UNIT},副馆长,2026-02-01,2026-11-30,修缮路灯,在建,,是",
        f"P3,N1,{UNIT},副馆长,2026-02-01,2026-11-30,读报,在建,,",
    ]
    assert town.hands_in("2026H1", "项目清单", A, of_projects, *projects, at="2026-06-01T10:00:00") == "accepted", (
        town.said
    )
    day = "（截至2026年6月30日）"
    assert shown(town) == {
        A: {
            "下达任务数": f"不少于2《阶段性任务》{day}",
            "完成任务数": f"不少于1《阶段性任务》{day}",
            "年初承诺实事件数": f"2《项目清单》{day}",
            "已办结实事件数": f"1《项目清单》{day}",
            "为民办实事台账": "有《项目清单》",
        },
        B: {"为民办实事台账": "无《项目清单》（缺2026年上半年）"},
    }
