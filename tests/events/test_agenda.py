"""A street's meeting discusses what is open of every kind: what an earlier meeting resolved first, then what is overdue in most communities."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.documents.rendering import as_markdown
from include.items.items import open_items
from include.items.kinds import open_item
from include.letters.letters import JOINT_MEETING, joint_meeting
from include.letters.meeting_figures import figures_for_meeting
from include.period import Period, parse_moment
from include.registry.units import find_unit
from include.schemes.loader import load_scheme
from tests.events.activity_year import OF_A, SUBJECTS, Year
from tests.own_systems import add_systems
from tests.street import STREET, A, B, add_units, found_at

OPENED = {
    "missed_event": ("activity_day", "2026-06", "2026年6月统一活动日未开展"),
    "grid_problem": ("grid", "2026Q3", "单元门损坏"),
    "standard_gap": ("grid", "2026Q3", "未配网格长（01-01-02）"),
    "order": ("three_lists", "2026H2", "磨刀"),
    "self_found": ("self_found", "2026H2", "小区停车难"),
    "resolution": ("joint_meeting", "2026-07", "修缮楼道扶手"),
}


def test_the_agenda_is_made_of_the_open_items_of_every_kind(connection: Connection) -> None:
    add_units(connection, A, B)
    at = parse_moment("2026-08-20T10:00:00", "test")
    open_items(connection, found_at(connection, "2026H1", {A: {"A4": 30}, B: {"A4": 30}}), dt.date(2026, 8, 20), at)
    unit = find_unit(connection, A, dt.date(2026, 8, 20))
    assert unit is not None
    for number, (kind, (system, period, problem)) in enumerate(OPENED.items(), 1):
        scheme = load_scheme(system, Period.parse(period))
        deadline = dt.date(2026, 9, 30)
        opened = open_item(
            connection, scheme, kind, unit, problem=problem, number=str(number), opened_at=at, deadline=deadline
        )
        assert opened.id
    letter = joint_meeting(
        connection, STREET, dt.date(2026, 10, 12), meeting="2026年第四季度党建联席会议", place="党群服务中心",
        meeting_at=parse_moment("2026-10-20T09:30:00", "test"), first_of="joint_meeting",
    )  # fmt: skip
    topics = [(topic["scheme"], topic["problem"], len(topic["units"])) for topic in letter["agenda"]]
    assert topics[0] == ("joint_meeting", "修缮楼道扶手", 1)
    assert topics[1] == ("half_year", "居务公开不及时", 2), "overdue in two communities"
    told = {(system, problem, 1) for system, _, problem in OPENED.values()}
    assert {*topics} == told | {topics[1]}


@pytest.mark.story
def test_the_letter_says_what_else_the_office_runs_has_come_to(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_systems(world, monkeypatch, joint_meeting="2026Q1", activity_day="2026H1", three_lists="2026H1")
    year = Year(world, monkeypatch, "activity_day", subjects=SUBJECTS, links="")
    for month in ("2026-01", "2026-02"):
        assert year.reports(month, *OF_A[month]) == "accepted", year.said
    year.system = "three_lists"
    needs = [f"N{n},2026-02-02,便民服务,读报{n},老年人,20,走访," for n in (1, 2, 3)]
    of_needs = "需求编号,提出日期,类别,内容,受益群体,受益人数,来源,期望完成日"
    assert year.hands_in("2026H1", "需求清单", A, of_needs, *needs, at="2026-02-02T10:00:00") == "accepted", year.said
    own = [f"N{n},审核下单,2026-02-03,自办,,," for n in (1, 2)]
    of_steps = "事项编号,环节,完成日期,结果,单位编号,办理期限,执行书记职务"
    assert year.hands_in("2026H1", "事项办理", A, of_steps, *own, at="2026-02-03T10:00:00") == "accepted", year.said
    at = parse_moment("2026-03-12T07:50:00", "test")
    monkeypatch.setenv("DUBAN_NOW", at.isoformat())
    series = load_scheme("joint_meeting", Period.parse("2026Q1")).own_series
    [asked] = [one.letter.figures for one in series if one.letter]
    with year.database() as connection:
        figures = figures_for_meeting(connection, asked, STREET, dt.date(2026, 3, 12), at)
        letter = joint_meeting(
            connection, STREET, dt.date(2026, 3, 12), meeting="2026年第一季度党建联席会议", place="党群服务中心",
            meeting_at=parse_moment("2026-03-20T09:30:00", "test"),
        )  # fmt: skip
    assert figures == ["统一活动日开展2次", "需求匹配率66.67%"], "the office runs no time bank"
    said = "近期工作：统一活动日开展2次；需求匹配率66.67%。"
    plain, told = (
        as_markdown(JOINT_MEETING, model, number="", issue_date=None).replace("\\", "")
        for model in (letter, {**letter, "figures": figures})
    )
    assert "近期工作：" not in plain and said in told
