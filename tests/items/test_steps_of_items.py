"""Items of every kind go from step to step by what their kind says; every last day is stored and exact."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from include.db import sql
from include.errors import UserError
from include.items import stepping
from include.items.holders import Holder
from include.items.kinds import kind_item_id, open_item
from include.items.step_chase import chase_steps
from include.items.step_reports import Report, check_reports, take_reports
from include.period import Period, parse_moment
from include.registry.units import find_unit, import_units
from include.schemes.item_kinds import ItemKind
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from tests.own_systems import add_systems

STREET, COMMUNITY, UNIT = "990000001", "990000001001", "TSG"
SUBJECTS = f"""{COMMUNITY},杏花社区,{STREET},云街街道,社区,xinghua@example.invalid
{UNIT},区图书馆,{STREET},云街街道,驻区单位,tsg@example.invalid
"""


def at(day: str) -> dt.datetime:
    return parse_moment(f"{day}T12:00:00", "test")


@pytest.fixture
def street(connection: Connection, world: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    folder = world / "registry"
    folder.mkdir()
    (folder / "subjects.csv").write_text(
        f"code,name,street_code,street,kind,secretary_email\n{SUBJECTS}", encoding="utf-8"
    )
    (folder / "attributes.csv").write_text("code,name,value\n", encoding="utf-8")
    (folder / "links.csv").write_text("code,link,to_code\n", encoding="utf-8")
    import_units(connection, folder, dt.date(2000, 1, 1))
    add_systems(world, monkeypatch, patrol="2026Q1")
    yield connection


def patrol(period: str = "2026Q2") -> Scheme:
    return load_scheme("patrol", Period.parse(period))


def opened(street: Connection, number: str, day: str, kind: str = "finding", **cells: str) -> str:
    unit = find_unit(street, COMMUNITY, dt.date(2026, 4, 1))
    assert unit is not None
    system = patrol("2026Q2" if day < "2026-07" else "2026Q3")
    return open_item(street, system, kind, unit, problem="单元门损坏", number=number, opened_at=at(day), cells=cells).id


def reports(street: Connection, filler: str, number: str, step: str, done: str, outcome: str, **cells: str) -> None:
    row = Report(1, number, step, dt.date.fromisoformat(done), outcome, cells)
    sha = f"{number}{step}{done}{outcome}"
    take_reports(street, patrol(), filler, [row], sha, filler, at(done))


def steps(street: Connection, item: str) -> list[tuple[Any, ...]]:
    """(step, holder, began, due, ended, outcome), each day as MM-DD."""
    rows = sql.fetch(street, "items/select_steps", item_id=item)
    names = ("began_date", "due_date", "ended_date")
    days = [[f"{row[name]:%m-%d}" if row[name] else None for name in names] for row in rows]
    return [(row["step"], row["holder"], *day, row["outcome"]) for row, day in zip(rows, days, strict=True)]


def chased(street: Connection, item: str) -> list[tuple[str, str]]:
    return [
        (event["kind"], f"{event['happened_at']:%m-%d}")
        for event in sql.fetch(street, "items/select_events", item_id=item)
        if event["kind"] in ("reminded", "urged", "supervised", "carried", "skipped")
    ]


def notices(street: Connection, kind: str) -> list[tuple[str, str]]:
    found = street.exec_driver_sql(
        f"SELECT recipient, payload FROM notice WHERE kind = '{kind}' ORDER BY due_at, stage"
    )
    return [(row[0], json.loads(row[1])["items"][0]["number"]) for row in found]


def test_a_finding_goes_through_its_steps_and_comes_back_once_to_the_street(street: Connection) -> None:
    """The case of a grid's problem (2026, with its worked Saturday)."""
    item = opened(street, "1", "2026-04-29", level="社区", handler="")
    assert steps(street, item) == [("受理", COMMUNITY, "04-29", "04-30", None, None)]
    reports(street, COMMUNITY, "1", "受理", "2026-04-30", "受理")
    for day in ("2026-05-08", "2026-05-09", "2026-05-09", "2026-05-11"):
        chase_steps(street, at(day))
    assert chased(street, item) == [("reminded", "05-09")]
    assert notices(street, "step_due") == [("xinghua@example.invalid", "1")]
    reports(street, COMMUNITY, "1", "办理", "2026-05-11", "办结")
    reports(street, COMMUNITY, "1", "反馈", "2026-05-13", "不满意")
    assert steps(street, item) == [
        ("受理", COMMUNITY, "04-29", "04-30", "04-30", "受理"),
        ("办理", COMMUNITY, "04-30", "05-11", "05-11", "办结"),
        ("反馈", COMMUNITY, "05-11", "05-13", "05-13", "不满意"),
        ("办理", STREET, "05-13", "05-27", None, None),
    ]
    for day in ("2026-05-28", "2026-06-01", "2026-06-05", "2026-06-08"):
        chase_steps(street, at(day))
    assert chased(street, item)[1:] == [
        ("skipped", "05-28"),
        ("urged", "05-28"),
        ("supervised", "06-01"),
        ("carried", "06-08"),
    ]
    reports(street, STREET, "1", "办理", "2026-06-09", "办结")
    reports(street, COMMUNITY, "1", "反馈", "2026-06-10", "不满意")
    row = stepping.item_row(street, item)
    assert (row["is_open"], row["state"], row["step"]) == (False, "办结", None), "a second time it ends"


def test_what_is_handed_on_climbs_one_level_at_a_time(street: Connection) -> None:
    item = opened(street, "2", "2026-05-11", level="社区")
    reports(street, COMMUNITY, "2", "受理", "2026-05-12", "受理")
    reports(street, COMMUNITY, "2", "办理", "2026-05-13", "上报")
    reports(street, STREET, "2", "办理", "2026-05-14", "上报")
    assert [one[:4] for one in steps(street, item)][1:] == [
        ("办理", COMMUNITY, "05-12", "05-19"),
        ("办理", STREET, "05-13", "05-27"),
        ("办理", STREET, "05-14", "06-04"),
    ]
    with pytest.raises(UserError, match="现在已是“部门”一级，不能再上报"):
        stepping.answer(street, item, "上报", dt.date(2026, 5, 15), "街道", at("2026-05-15"))


def test_an_order_that_nobody_answers_passes_to_the_street_from_its_last_day(street: Connection) -> None:
    """The case of an order: sheets may come in any order, and the days are those on which it was done."""
    n1 = opened(street, "N1", "2026-09-14", kind="favour")
    n2 = opened(street, "N2", "2026-09-14", kind="favour")
    n3 = opened(street, "N3", "2026-09-14", kind="favour")
    assert steps(street, n1) == [("审核下单", COMMUNITY, "09-14", "09-17", None, None)]
    reports(street, UNIT, "N1", "接单", "2026-09-22", "接单")
    reports(street, UNIT, "N1", "办理", "2026-11-05", "办结")
    reports(street, STREET, "N2", "统筹", "2026-10-13", "列入联席会议")
    assert steps(street, n1)[0][5] is None, "nothing happens before the step before is reported"
    for number, outcome in (("N1", "下单"), ("N2", "下单"), ("N3", "自办")):
        unit = {"unit": UNIT} if outcome == "下单" else {}
        reports(street, COMMUNITY, number, "审核下单", "2026-09-16", outcome, **unit)
    reports(street, COMMUNITY, "N1", "验收评价", "2026-11-10", "满意")
    assert steps(street, n1) == [
        ("审核下单", COMMUNITY, "09-14", "09-17", "09-16", "下单"),
        ("接单", UNIT, "09-16", "09-22", "09-22", "接单"),
        ("办理", UNIT, "09-22", "11-10", "11-05", "办结"),
        ("验收评价", COMMUNITY, "11-05", "11-12", "11-10", "满意"),
    ]
    assert steps(street, n2)[1:] == [
        ("接单", UNIT, "09-16", "09-22", "09-22", "未答复"),
        ("统筹", STREET, "09-22", "10-13", "10-13", "列入联席会议"),
        ("统筹", STREET, "10-13", "10-27", None, None),
    ]
    row = stepping.item_row(street, n2)
    assert (row["state"], f"{row['step_due_date']}") == ("长期关注", "2027-01-13")
    assert steps(street, n3)[1][:4] == ("办理", COMMUNITY, "09-16", "11-03"), "done by the community itself, 30 days"
    assert ("tsg@example.invalid", "N1") in notices(street, "order_offered")


def test_a_unit_that_does_not_answer_is_passed_over_by_the_daily_round_the_day_after(street: Connection) -> None:
    item = opened(street, "N5", "2026-09-14", kind="favour")
    reports(street, COMMUNITY, "N5", "审核下单", "2026-09-16", "下单", unit=UNIT)
    chase_steps(street, at("2026-09-22"))
    assert steps(street, item)[-1][0] == "接单"
    chase_steps(street, at("2026-09-23"))
    assert steps(street, item)[-1] == ("统筹", STREET, "09-22", "10-13", None, None)
    assert (
        "请街道经办人员办理“转办”"
        in check_reports(street, patrol(), UNIT, [Report(1, "N5", "接单", dt.date(2026, 9, 23), "接单", {})])[0].problem
    )


def test_an_item_waits_with_its_clock_standing_and_goes_on_with_the_days_that_were_left(street: Connection) -> None:
    item = opened(street, "3", "2026-05-11", level="社区")
    reports(street, COMMUNITY, "3", "受理", "2026-05-12", "受理")
    stepping.wait(street, item, dt.date(2026, 5, 14), dt.date(2026, 6, 15), "经办", "等自来水公司", at("2026-05-14"))
    chase_steps(street, at("2026-06-01"))
    row = stepping.item_row(street, item)
    assert (row["state"], str(row["step_due_date"]), chased(street, item)) == ("长期关注", "2026-06-15", [])
    chase_steps(street, at("2026-06-15"))
    assert notices(street, "step_look_again") == [("xinghua@example.invalid", "3")]
    assert str(stepping.item_row(street, item)["step_due_date"]) == "2026-09-15", "and every three months"
    due = stepping.resume(street, item, dt.date(2026, 6, 16), "经办", "已修复水管", at("2026-06-16"))
    assert due == dt.date(2026, 6, 22), "three working days were left; 06-19 is a day off"
    stepping.extend_step(street, item, dt.date(2026, 6, 30), "经办", "配件未到", at("2026-06-17"))
    assert stepping.item_row(street, item)["deadline"] == dt.date(2026, 6, 30)


def test_a_look_that_comes_late_does_not_put_off_the_next_one(street: Connection) -> None:
    item = opened(street, "7", "2026-05-11", level="社区")
    stepping.wait(street, item, dt.date(2026, 5, 14), dt.date(2026, 6, 15), "经办", "等自来水公司", at("2026-05-14"))
    chase_steps(street, at("2026-06-23"))
    assert str(stepping.item_row(street, item)["step_due_date"]) == "2026-09-15"
    chase_steps(street, at("2027-03-29"))
    assert str(stepping.item_row(street, item)["step_due_date"]) == "2027-06-15"


def test_a_sheet_that_overtook_anothers_ends_no_step_of_the_other_before_its_last_day(street: Connection) -> None:
    item = opened(street, "8", "2026-05-11", level="街道")
    reports(street, STREET, "8", "办理", "2026-05-12", "办结")
    assert steps(street, item) == [("受理", COMMUNITY, "05-11", "05-12", None, None)]
    reports(street, COMMUNITY, "8", "受理", "2026-05-12", "不予受理")
    assert [one[0] for one in steps(street, item)] == ["受理", "反馈"], "as the community said"
    other = opened(street, "9", "2026-05-11", level="街道")
    reports(street, STREET, "9", "办理", "2026-05-12", "办结")
    chase_steps(street, at("2026-05-13"))
    assert [one[4:] for one in steps(street, other)] == [("05-12", "受理"), ("05-12", "办结"), (None, None)]


def test_a_sheet_about_anothers_item_of_the_same_number_ends_nothing(street: Connection) -> None:
    item = opened(street, "10", "2026-05-11", level="社区")
    reports(street, "990000001002", "10", "办理", "2026-05-20", "办结")
    assert steps(street, item) == [("受理", COMMUNITY, "05-11", "05-12", None, None)]


def test_what_was_passed_on_by_mistake_is_put_right(street: Connection) -> None:
    item = opened(street, "4", "2026-05-11", level="街道")
    reports(street, COMMUNITY, "4", "受理", "2026-05-12", "受理")
    assert steps(street, item)[-1][1] == STREET
    to = Holder("community", COMMUNITY)
    stepping.redirect(street, item, "办理", to, dt.date(2026, 5, 13), "经办", "应由社区办理", at("2026-05-13"))
    assert steps(street, item)[1:] == [
        ("办理", STREET, "05-12", "05-26", "05-13", "转办"),
        ("办理", COMMUNITY, "05-13", "05-27", None, None),
    ]


def test_a_step_that_was_left_out_ends_by_itself_and_the_same_again_changes_nothing(street: Connection) -> None:
    item = opened(street, "6", "2026-05-11", level="社区")
    reports(street, COMMUNITY, "6", "办理", "2026-05-14", "办结")
    reports(street, COMMUNITY, "6", "办理", "2026-05-14", "办结")
    assert [one[4:] for one in steps(street, item)] == [("05-12", "受理"), ("05-14", "办结"), (None, None)]
    assert (
        opened(street, "6", "2026-05-11", level="社区")
        == item
        == kind_item_id("patrol", "finding", COMMUNITY, "6", "2026Q2")
    )
    gap = [_gap(street, day) for day in ("2026-05-11", "2026-06-01")]
    assert gap[0] == gap[1], "one of a code is open at a time"
    stepping.close(street, gap[0], "已达标。", at("2026-06-02"))
    assert stepping.item_row(street, gap[0])["state"] == "办结"


def _gap(street: Connection, day: str) -> str:
    unit = find_unit(street, COMMUNITY, dt.date(2026, 4, 1))
    assert unit is not None
    deadline = dt.date(2026, 6, 22)
    return open_item(
        street, patrol(), "standard_gap", unit, code="G5", problem="未配网格长", opened_at=at(day), deadline=deadline
    ).id


def test_a_row_is_judged_by_what_the_kinds_say(street: Connection) -> None:
    opened(street, "7", "2026-05-11", level="社区")
    wrong = [
        Report(1, "7", "修理", dt.date(2026, 5, 12), "办结", {}),
        Report(2, "7", "受理", dt.date(2026, 5, 12), "好", {}),
        Report(3, "7", "审核下单", dt.date(2026, 5, 12), "下单", {}),
        Report(4, "8", "受理", dt.date(2026, 5, 12), "受理", {}),
    ]
    found = check_reports(street, patrol(), UNIT, [*wrong, Report(5, "7", "受理", dt.date(2026, 5, 12), "受理", {})])
    assert [(one.row, one.severity) for one in found] == [
        (1, "fail"),
        (2, "fail"),
        (3, "fail"),
        (4, "warn"),
        (5, "fail"),
    ]
    assert "由 990000001001 杏花社区 办理" in found[4].problem


def test_a_kind_that_leads_nowhere_is_refused() -> None:
    step = {"step": "办理", "by": "community", "within": {"working_days": 5}, "outcomes": {"转": "复核"}}
    with pytest.raises(ValueError, match="没有这个环节"):
        ItemKind.model_validate({"kind": "x", "name": "某事", "steps": [step]})
    with pytest.raises(ValueError, match="到不了办结"):
        ItemKind.model_validate({"kind": "x", "name": "某事", "steps": [step | {"outcomes": {"转": "办理"}}]})


def test_the_tables_are_the_same_on_both_databases(database: Engine) -> None:
    with database.connect() as connection:
        assert sql.fetch(connection, "items/select_current", scheme="") == []
        assert sql.fetch(connection, "items/select_reports", scheme="x", any_number=["1", "2"]) == []
        assert sql.fetch(connection, "items/select_step_chases") == []
