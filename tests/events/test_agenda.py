"""A street's meeting discusses what is open of every kind: what an earlier meeting resolved first, then what is overdue in most communities."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.items.items import open_items
from include.items.kinds import open_item
from include.letters.letters import joint_meeting
from include.period import Period, parse_moment
from include.registry.units import find_unit
from include.schemes.loader import load_scheme
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
