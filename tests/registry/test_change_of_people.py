"""A secretary changes while forms and items are open, and a system ends: who is told, what goes on, what is opened no more."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.asking.opening import open_period
from include.asking.reminders import remind_missing
from include.db.engine import transaction
from include.errors import UserError
from include.intake.judging import Judge
from include.intake.read_form import ReadForm
from include.items.step_chase import chase_steps
from include.period import Period, parse_moment
from include.registry.units import import_units
from include.schemes.loader import load_scheme
from include.steps.diary import keep_diary
from include.steps.planning import may_be_run
from tests.own_systems import add_systems
from tests.town import STREET, Town

A = f"{STREET}001"
HEAD = "code,name,street_code,street,kind,secretary_email,officer_email\n"
SUBJECT = f"{A},杏花社区,{STREET},云街街道,社区,"
OLD, NEW = "old@x.example", "new@x.example"
FINDINGS, STEPS = "巡查问题登记表", "事项办理"


def at(moment: str) -> dt.datetime:
    return parse_moment(moment, "test")


def reports(town: Town, period: str, number: str, moment: str) -> str:
    return town.hands_in(period, FINDINGS, A, "序号,内容,处置级别", f"{number},单元门损坏,社区", at=moment)


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    add_systems(world, monkeypatch, patrol="2026Q1", gathering="2026-01")
    return Town(world, monkeypatch, "patrol", subjects=f"{SUBJECT}{OLD}\n", links="")


def test_whoever_comes_into_office_gets_what_is_open_and_who_left_is_told_nothing_more(town: Town) -> None:
    scheme = load_scheme("patrol", Period.parse("2026Q2"))
    assert reports(town, "2026Q2", "1", "2026-06-30T10:00:00") == "accepted", town.said
    town.patch.setenv("DUBAN_NOW", "2026-07-01T09:00:00")
    with transaction() as connection:
        assert open_period(connection, scheme, STREET, at("2026-07-01T09:00:00")) == 3
    keep_diary("test", "gathering", "2026-07")  # plans
    (town.world / "changed.csv").write_text(f"{HEAD}{SUBJECT}{NEW},{NEW}\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, town.world / "changed.csv", dt.date(2026, 7, 3))
    for moment in ("2026-07-03T08:30:00", "2026-07-07T08:30:00", "2026-07-22T08:30:00"):
        town.patch.setenv("DUBAN_NOW", moment)
        keep_diary("test", "gathering", "2026-07")
        with transaction() as connection:
            remind_missing(connection, scheme, STREET, at(moment))
            chase_steps(connection, at(moment))
    with transaction() as connection:
        told = connection.exec_driver_sql("SELECT kind, recipient, copy_to, due_at, attachments FROM notice").all()
        judge = Judge(connection, None)
        form = ReadForm("patrol", "main", "2026Q2", A, "杏花社区", "2026", {})
        stopped = {
            who: judge.gate(form, at("2026-07-08T10:00:00"), who).stopped for who in (OLD, NEW)
        }  # the period itself was over before the change
    later = [row for row in told if str(row[3]) >= "2026-07-03"]
    kinds = {row[0] for row in later if row[1] == NEW}
    assert kinds >= {"hand_in_reminder", "step_urged", "event_invitation"}, later
    assert {row[1] for row in told if row[0] == "form_opened"} == {OLD}
    assert [row for row in later if OLD in (row[1], row[2])] == []
    assert all("xlsx" in row[4] for row in later if row[0] == "hand_in_reminder"), "the open form goes along"
    assert stopped[NEW] is None
    assert stopped[OLD] is not None and stopped[OLD].check_code == "wrong_sender"


def test_a_system_that_ends_opens_nothing_anew_and_its_items_are_worked_on_to_their_end(town: Town) -> None:
    path = town.world / "offices.yaml"
    offices = yaml.safe_load(path.read_text(encoding="utf-8"))
    offices["defaults"]["systems"] = {
        "patrol": {"from": "2026Q1", "until": "2026Q2"},
        "gathering": {"from": "2026-01", "until": "2026-06"},
    }
    path.write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    assert reports(town, "2026Q2", "1", "2026-06-30T10:00:00") == "accepted", town.said
    assert reports(town, "2026Q3", "2", "2026-07-20T10:00:00") == "returned"
    assert "巡查事项已经停止使用，不再收2026年第三季度的表" in town.said
    assert may_be_run(load_scheme("patrol", Period.parse("2026Q2")), [STREET], are_named=False) == [STREET]
    with pytest.raises(UserError, match=r"2026年第三季度（2026Q3）之前已经停止使用.*until"):
        may_be_run(load_scheme("patrol", Period.parse("2026Q3")), [STREET], are_named=False)
    with transaction() as connection:
        assert chase_steps(connection, at("2026-07-21T08:30:00")).acted == 1, "what is open is still chased"
    done = ["1,受理,2026-07-21,受理,", "1,办理,2026-07-22,办结,", "1,反馈,2026-07-23,满意,"]
    said = town.hands_in("2026Q3", STEPS, A, "事项编号,环节,完成日期,结果,处置级别", *done, at="2026-07-24T10:00:00")
    assert said == "accepted", town.said
    town.patch.setenv("DUBAN_NOW", "2026-07-24T12:00:00")
    keep_diary("test")
    with transaction() as connection:
        items = connection.exec_driver_sql("SELECT number, state FROM rectification_item WHERE kind = 'finding'").all()
        periods = connection.exec_driver_sql("SELECT DISTINCT period FROM event ORDER BY period").scalars().all()
    assert [tuple(row) for row in items] == [("1", "办结")]
    assert periods == [] or max(periods) == "2026-06", periods
