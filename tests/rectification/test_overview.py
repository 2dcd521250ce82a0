"""The collective view, and acts by people."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import Connection, update

from include.acts.on_items import ACTS as ON_ITEMS
from include.db import tables
from include.errors import UserError
from include.items.acts import act_on_item
from include.items.chase import chase
from include.items.items import open_items
from include.items.states import history
from include.period import in_zone, now
from include.reports.overview import overview
from tests.street import STREET, A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)  # E1 is due on 2026-09-10
KEY = {"scheme": "half_year", "by": "张三", "reason": "核验无误"}


def at(day: int) -> dt.datetime:
    return in_zone(dt.datetime.combine(dt.date(2026, 9, day), dt.time(23, 30)))


@pytest.fixture
def street(connection: Connection) -> Connection:
    add_units(connection, A)
    add_units(connection, B, liaison_email="")
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "A1": 30}, B: {"E1": 15}}), ISSUED, now())
    return connection


def close(connection: Connection, unit_code: str, indicator: str, when: dt.datetime) -> None:
    for act in ("登记反馈", "核验通过", "销号"):
        act_on_item(connection, act, unit_code=unit_code, indicator=indicator, at=when, **KEY)


def test_items_are_counted_by_unit_with_the_share_closed_on_time(street: Connection) -> None:
    close(street, A, "E1", at(10))
    close(street, B, "E1", at(11))
    rows_by_unit = overview(street, "unit", dt.date(2026, 10, 30), STREET)
    assert rows_by_unit == [
        {"单位编码": A, "单位": "第1社区", "事项": 2, "未销号": 1, "逾期": 1, "待核验": 0, "已销号": 1, "按期销号": 1, "按期销号率": "100.0%"},
        {"单位编码": B, "单位": "第2社区", "事项": 1, "未销号": 0, "逾期": 0, "待核验": 0, "已销号": 1, "按期销号": 0, "按期销号率": "0.0%"},
        {"单位编码": "合计", "单位": "", "事项": 3, "未销号": 1, "逾期": 1, "待核验": 0, "已销号": 2, "按期销号": 1, "按期销号率": "50.0%"},
    ]  # fmt: skip


def test_a_slow_inspector_makes_no_community_late(street: Connection) -> None:
    act_on_item(street, "登记反馈", unit_code=A, indicator="E1", at=at(10), **KEY)
    by_unit = overview(street, "unit", dt.date(2026, 9, 22), STREET)[0]
    assert (by_unit["待核验"], by_unit["逾期"]) == (1, 0), "answered on the last day; the inspectors have not looked"
    for act in ("核验通过", "销号"):
        act_on_item(street, act, unit_code=A, indicator="E1", at=at(24), **KEY)
    assert overview(street, "unit", dt.date(2026, 9, 30), STREET)[0]["按期销号率"] == "100.0%"


def test_an_answer_that_was_sent_back_does_not_count_but_the_one_accepted_in_the_end(street: Connection) -> None:
    for act, day in (("登记反馈", 9), ("退回", 10), ("登记反馈", 14), ("核验通过", 15), ("销号", 15)):
        act_on_item(street, act, unit_code=A, indicator="E1", at=at(day), **KEY)
    assert overview(street, "unit", dt.date(2026, 9, 30), STREET)[0]["按期销号"] == 0


def test_items_are_counted_by_indicator_and_by_liaison(street: Connection) -> None:
    act_on_item(street, "登记反馈", unit_code=A, indicator="A1", at=at(1), **KEY)
    on = dt.date(2026, 9, 11)
    by_indicator = {row["指标"]: (row["事项"], row["逾期"], row["待核验"]) for row in overview(street, "indicator", on)}
    assert by_indicator == {"half_year/A1": (1, 0, 1), "half_year/E1": (2, 2, 0), "合计": (3, 2, 1)}
    by_liaison = {row["包社区服务组组长"]: row["事项"] for row in overview(street, "liaison", on)}
    assert by_liaison == {"baoshequ@example.org": 2, "（未登记）": 1, "合计": 3}


def test_a_problem_that_a_review_refuted_is_no_achievement(street: Connection) -> None:
    open_items(street, found_at(street, "2026H1", {A: {"E1": 0, "A1": 30}, B: {"E1": 15}}, revision=2), ISSUED, now())
    total = overview(street, "unit", ISSUED)[-1]
    assert (total["已销号"], total["按期销号"], total["按期销号率"]) == (1, 0, "")


def test_an_item_due_today_is_not_overdue(street: Connection) -> None:
    assert overview(street, "unit", dt.date(2026, 9, 10))[-1]["逾期"] == 0


def test_an_extension_moves_the_deadline_and_names_the_caller(street: Connection) -> None:
    item_id = act_on_item(
        street, "延期", scheme="half_year", unit_code=A, indicator="E1", by="jingban", reason="审计在办",
        at=at(1), deadline=dt.date(2026, 9, 30),
    )  # fmt: skip
    [item] = [row for row in rows(street, "rectification_item", "id") if row["id"] == item_id]
    event = [row for row in rows(street, "item_event", "item_id", "sequence") if row["item_id"] == item_id][-1]
    assert item["deadline"] == dt.date(2026, 9, 30)
    assert (event["kind"], event["actor"]) == ("extended", "jingban")


def test_a_form_filled_in_wrongly_is_answered_with_every_mistake(street: Connection) -> None:
    with pytest.raises(UserError) as error:
        act_on_item(
            street, "延期", scheme="half_year", unit_code="0" * 12, indicator="Z9", by="x", reason=" ", at=at(1)
        )
    assert len(error.value.problems) == 3
    for deadline, problem in (
        (dt.date(2026, 9, 10), "新的期限应晚于现在的期限 2026年9月10日"),
        (dt.date(2062, 9, 30), "新的期限 2062年9月30日 在一年以后：请核对年份"),
    ):
        with pytest.raises(UserError) as error:
            act_on_item(
                street, "延期", scheme="half_year", unit_code=A, indicator="E1", by="x", reason="—", at=at(1),
                deadline=deadline,
            )  # fmt: skip
        assert error.value.problems == [
            "没有写明理由：请写明依据或原因。",
            *[one for one in error.value.problems if one.startswith(problem)],
        ]
        assert len(error.value.problems) == 2
    with pytest.raises(UserError, match="不是日期"):
        ON_ITEMS[0].record(street, {"deadline": "明天"}, "x", at(24))


def test_an_open_item_counts_for_the_liaison_of_the_day_and_a_closed_one_for_its_own(street: Connection) -> None:
    close(street, A, "E1", at(5))
    street.execute(update(tables.unit).where(tables.unit.c.code == A).values(valid_to=dt.date(2026, 9, 6)))
    add_units(street, A, valid_from=dt.date(2026, 9, 7), liaison_email="xin@example.org")
    counted = {row["包社区服务组组长"]: row["事项"] for row in overview(street, "liaison", dt.date(2026, 9, 8), STREET)}
    assert counted == {"baoshequ@example.org": 1, "xin@example.org": 1, "（未登记）": 1, "合计": 3}


def test_an_item_closed_by_people_before_a_review_refuted_it_is_no_achievement_either(street: Connection) -> None:
    close(street, A, "E1", at(5))
    found = {A: {"E1": 15, "A1": 30}, B: {"E1": 15}}
    open_items(street, found_at(street, "2026H2", found), dt.date(2027, 3, 10), at(6))
    refuted = {A: {"E1": 0, "A1": 30}, B: {"E1": 15}}
    open_items(street, found_at(street, "2026H2", refuted, revision=2), dt.date(2027, 3, 10), at(7))
    total = overview(street, "unit", ISSUED)[-1]
    assert (total["已销号"], total["按期销号"], total["按期销号率"]) == (1, 0, "")


def test_an_item_opened_again_after_its_deadline_needs_a_new_one_and_is_chased_from_it(street: Connection) -> None:
    close(street, A, "E1", at(10))
    act = {"scheme": "half_year", "unit_code": A, "indicator": "E1", "by": "张三", "reason": "又出现", "at": at(28)}
    with pytest.raises(UserError, match="2026年9月10日 已经过了：重新打开请填写新的期限"):
        act_on_item(street, "重新打开", **act)
    item_id = act_on_item(street, "重新打开", deadline=dt.date(2026, 10, 30), **act)
    assert [event["kind"] for event in history(street, item_id)][-2:] == ["reopened", "extended"]
    [told] = [row for row in rows(street, "notice", "id") if row["kind"] == "rectification_returned"]
    assert json.loads(told["payload"])["items"][0]["deadline"] == "2026-10-30"
    result = chase(street, in_zone(dt.datetime.combine(dt.date(2026, 10, 9), dt.time(8, 30))))
    assert "列入下期通报" not in {event["stage"].split("@")[0] for event in history(street, item_id)}
    assert result.items


def test_an_answer_may_be_sent_back_with_a_new_deadline(street: Connection) -> None:
    act = {"scheme": "half_year", "unit_code": A, "indicator": "E1", "by": "张三", "reason": "缺台账", "at": at(11)}
    act_on_item(street, "登记反馈", **act)
    act_on_item(street, "退回", deadline=dt.date(2026, 9, 30), **act)
    [item] = [
        row for row in rows(street, "rectification_item", "id") if (row["unit_code"], row["indicator"]) == (A, "E1")
    ]
    assert (item["state"], item["deadline"]) == ("退回", dt.date(2026, 9, 30))


@pytest.mark.parametrize(
    ("act", "day", "said"),
    [
        ("延期", dt.date(2026, 9, 25), "2026年9月25日 已经过了"),
        ("登记反馈", dt.date(2026, 10, 30), "请把“新的期限”留空"),
    ],
)
def test_a_deadline_that_would_do_nothing_is_refused(street: Connection, act: str, day: dt.date, said: str) -> None:
    with pytest.raises(UserError, match=said):
        act_on_item(street, act, unit_code=A, indicator="E1", at=at(28), deadline=day, **KEY)
