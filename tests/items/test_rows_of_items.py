"""A row of a sheet opens an item, a row of 事项办理 takes a step of it, and what a ledger's check finds wanting is an item until it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.acts import ACTS
from include.acts.act import perform
from include.db import sql
from include.errors import UserError
from tests.own_systems import add_systems
from tests.town import STREET, Town

A, B = f"{STREET}001", f"{STREET}002"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n{B},柳堤社区,{STREET},云街街道,,b@x.cn\n"
FINDINGS, STEPS, POSTS = "巡查问题登记表", "事项办理", "岗位台账"
OF_FINDINGS, OF_STEPS = "序号,内容,处置级别", "事项编号,环节,完成日期,结果"


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    add_systems(world, monkeypatch, patrol="2026Q1")
    return Town(world, monkeypatch, "patrol", subjects=SUBJECTS, links="")


def test_sheets_open_items_take_steps_and_come_out(town: Town) -> None:
    steps = ["1,受理,2026-04-30,受理", "1,反馈,2026-05-09,满意"]
    assert (
        town.hands_in(
            "2026Q2", FINDINGS, A, OF_FINDINGS, "1,路灯不亮,社区", "2,违章搭建,街道", at="2026-04-29T10:00:00"
        )
        == "accepted"
    )
    assert (
        town.hands_in("2026Q2", STEPS, A, OF_STEPS, *steps, "1,修理,2026-05-08,办结", at="2026-05-09T10:00:00")
        == "returned"
    )
    assert "没有“修理”这个环节：可填受理、办理、反馈" in town.said
    # what is not yet its turn is kept, said so, and takes effect when the step before is reported
    assert town.hands_in("2026Q2", STEPS, A, OF_STEPS, *steps, at="2026-05-09T11:00:00") == "accepted"
    assert "事项“1”还在“受理”" not in town.said
    assert town.hands_in("2026Q2", STEPS, A, OF_STEPS, "1,办理,2026-05-08,办结", at="2026-05-10T10:00:00") == "accepted"
    wrong = town.hands_in("2026Q2", STEPS, B, OF_STEPS, "2,受理,2026-05-10,受理", at="2026-05-10T11:00:00")
    assert wrong == "returned" and f"事项“2”的“受理”由 {A} 杏花社区 办理" in town.said
    town.closes("2026Q2")
    rows = {row["number"]: row for row in town.read("2026Q2", "items.csv")}
    assert list(rows["1"])[-4:] == ["kind", "number", "step", "step_due"]
    assert (rows["1"]["kind"], rows["1"]["state"], rows["1"]["step"], rows["1"]["step_due"]) == (
        "finding",
        "办结",
        "",
        "",
    )
    assert (rows["2"]["state"], rows["2"]["step"], rows["2"]["step_due"]) == ("办理中", "受理", "2026-04-30")
    figures = {(row["code"], row["figure"]): row["value"] for row in town.read("2026Q2", "figures.csv")}
    told = {name: figures[A, name] for name in ("found", "told", "in_time", "handled", "by_hand")}
    assert told == {"found": "2", "told": "1", "in_time": "1", "handled": "1", "by_hand": "1"}
    assert figures[B, "found"] == "0"


def test_what_a_check_finds_wanting_is_an_item_until_it_holds(town: Town) -> None:
    assert (
        town.hands_in("2026Q2", POSTS, A, "岗位,负责人", "01,干部", "02,空缺", "03,空缺", at="2026-06-01T10:00:00")
        == "accepted"
    )
    gaps = _open(town)
    assert [(row["indicator"], row["problem"], str(row["deadline"])) for row in gaps] == [
        ("G5", "岗位空缺（02）", "2026-06-23"),
        ("G5", "岗位空缺（03）", "2026-06-23"),
    ]
    assert town.hands_in("2026Q2", POSTS, A, "岗位,负责人", "02,干部", at="2026-06-10T10:00:00") == "accepted"
    assert [row["problem"] for row in _open(town)] == ["岗位空缺（03）"]


def _open(town: Town) -> list[dict[str, object]]:
    with town.database() as connection:
        return [
            sql.fetch_one(connection, "items/select_kind_item", id=row["id"]) or {}
            for row in sorted(
                sql.fetch(connection, "items/select_current", scheme="patrol"), key=lambda row: row["number"]
            )
        ]


def test_a_person_opens_an_item_and_lets_it_wait(town: Town) -> None:
    town.patch.setenv("DUBAN_NOW", "2026-05-11T10:00:00")
    act = next(one for one in ACTS if one.name == "step")
    empty = {field.name: None for field in act.fields} | {"scheme": "patrol", "period": "2026Q2", "reason": "领导交办"}
    done = perform(act, empty | {"act": "登记事项", "unit_code": A, "kind": "finding", "problem": "积水"}, "admin")
    assert done == f"admin 为杏花社区登记了事项 {A}-2026-0001。"
    number = {"number": f"{A}-2026-0001"}
    perform(act, empty | number | {"act": "登记结果", "outcome": "受理", "day": "2026-05-11"}, "admin")
    perform(act, empty | number | {"act": "长期关注", "day": "2026-06-15"}, "admin")
    assert [(row["state"], row["step"], str(row["step_due_date"])) for row in _open(town)] == [
        ("长期关注", "办理", "2026-06-15")
    ]
    with pytest.raises(UserError, match="先恢复办理"):
        perform(act, empty | number | {"act": "延期", "day": "2026-07-01"}, "admin")
    with pytest.raises(UserError, match="没有编号为“9”的事项"):
        perform(act, empty | {"act": "恢复办理", "number": "9"}, "admin")
    perform(act, empty | number | {"act": "恢复办理"}, "admin")
    perform(act, empty | number | {"act": "转办", "holder": STREET}, "admin")
    assert [(row["holder_scope"], row["holder"]) for row in _open(town)] == [("street", STREET)]
    with town.database() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM decision ORDER BY sequence").scalars().all()
    assert kinds == ["item_step"] * 5
