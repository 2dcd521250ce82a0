"""A year with targets in January, progress at midyear and results after it, and a quarter, as they happen to two communities:
opened, reminded, received, inspected, closed, each form by its own days."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from include.acts.results import correct_figure
from include.archive import contents
from include.db.engine import transaction
from include.errors import UserError
from include.period import Period, parse_moment
from include.registry.units import Unit
from include.schemes.loader import load_scheme
from include.scoring.inputs import gather
from include.steps import closing, diary, opening, planning, receiving
from tests.intake.receive_street import FIRST, SECOND, STREET, drop, prepare, rows
from tests.own_systems import add_systems

pytestmark = pytest.mark.story


class Told:
    """The clock, and what the workflows do at it."""

    def __init__(self, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.monkeypatch = world, monkeypatch
        monkeypatch.setenv("DUBAN_RECEIVED", "now")
        add_systems(world, monkeypatch, pledge="2026", quarterly="2026Q1")
        prepare(world)

    def at(self, moment: str) -> None:
        self.monkeypatch.setenv("DUBAN_NOW", moment)

    def opens(self, system: str, period: str) -> int:
        return opening.open_streets(system, period, [STREET], "test")

    def hands_in(self, unit: Unit, form: str, period: str, label: str, value: str) -> str:
        """A flat form that says above its header what it is; the answer's status."""
        text = f"表,{form}\n期间,{period}\n编码,{unit.code}\n\n编码,填报项,填报值\n{unit.code},{label},{value}\n"
        name = f"{unit.name}{form}{period}.csv"
        drop(self.world, name, text.encode())
        receiving.receive("test")
        return str(rows(f"SELECT status FROM delivery WHERE name = '{name}'")[0]["status"])

    def reminded(self) -> list[tuple[str, str]]:
        before = {row["id"] for row in rows("SELECT id FROM notice")}
        diary.keep_diary("test")
        told = rows("SELECT id, subject, stage FROM notice WHERE kind = 'hand_in_reminder' ORDER BY subject")
        return [(row["subject"], row["stage"]) for row in told if row["id"] not in before]


@pytest.fixture
def told(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(world, monkeypatch)


def scores(system: str, period: str) -> list[tuple[str, str, str, int | None]]:
    found = rows(
        "SELECT unit_name, total, status, score.rank AS place FROM score JOIN assessment ON assessment.id = assessment_id "
        f"WHERE scheme = '{system}' AND period = '{period}' ORDER BY unit_code"
    )
    return [(row["unit_name"], _points(row["total"]), row["status"], row["place"]) for row in found]


def _points(total: Any) -> str:
    return "" if total is None else f"{Decimal(str(total)):.2f}"


def test_a_year_s_targets_progress_and_results_go_each_by_the_days_of_their_form(told: Told) -> None:
    told.at("2026-01-04T12:00:00")
    with pytest.raises(UserError, match=r"2026年度（2026）尚未开放填报.*请在 2026-01-05 以后再试"):
        told.opens("pledge", "2026")
    told.at("2026-01-05T08:00:00")
    assert planning.plan_opening("pledge", "2026", [], by_schedule=True) == [[STREET]]
    with pytest.raises(UserError, match="尚未结束"):
        planning.plan("pledge", "2026", [])
    assert told.opens("pledge", "2026") == 2, "the targets of both, and no results yet"
    asked = [row["subject"] for row in rows("SELECT subject FROM notice WHERE kind = 'form_opened' ORDER BY subject")]
    assert asked == [f"pledge/2026/{unit.code}/targets" for unit in (FIRST, SECOND)]

    told.at("2026-01-12T09:00:00")
    assert told.hands_in(FIRST, "承诺目标表", "2026", "实事件数", "10") == "accepted"
    assert told.hands_in(FIRST, "承诺完成表", "2026", "实事件数", "3") == "returned", "that form opens a year later"
    told.at("2026-01-21T09:00:00")
    assert told.reminded() == [(f"pledge/2026/{SECOND.code}/targets", "T-7")]
    told.at("2026-02-01T08:00:00")
    assert opening.open_inspections("pledge", "2026", [STREET], "test") == 1
    [inspected] = rows("SELECT attachments FROM notice WHERE kind = 'inspection_opened'")
    sha256 = inspected["attachments"].split('"sha256": "')[1][:64]
    hidden = openpyxl.load_workbook(io.BytesIO(contents.load(sha256))).worksheets[-1]
    assert [cell.value for cell in hidden["F"] if cell.value] == ["实事件数（承诺目标表）"]
    told.at("2026-02-03T09:00:00")
    assert told.hands_in(SECOND, "targets", "2026年度", "实事件数", "8") == "accepted"

    told.at("2026-07-10T09:00:00")
    assert told.opens("pledge", "2026H1") == 2
    for unit, value in ((FIRST, "5"), (SECOND, "6")):
        assert told.hands_in(unit, "承诺完成表", "2026H1", "实事件数", value) == "accepted"
    told.at("2026-08-16T08:00:00")
    [half] = closing.close_streets("pledge", "2026H1", [STREET], "test")
    assert scores("pledge", "2026H1") == [("杏花社区", "50.00", "已报", None), ("柳堤社区", "60.00", "已报", None)]
    assert half.startswith("pledge/2026H1/"), "official, with a circular and without ranks"

    told.at("2027-01-01T08:00:00")
    told.opens("pledge", "2026")
    asked = [row["subject"] for row in rows("SELECT subject FROM notice WHERE kind = 'form_opened'")]
    assert sorted(one.rsplit("/", 1)[1] for one in asked if one.startswith("pledge/2026/")) == [
        "results",
        "results",
        "targets",
        "targets",
    ]
    told.at("2027-01-13T09:00:00")
    assert told.reminded() == [(f"pledge/2026/{unit.code}", "T-7") for unit in (FIRST, SECOND)]
    for unit, value in ((FIRST, "11"), (SECOND, "9")):
        assert told.hands_in(unit, "承诺完成表", "2026年度", "实事件数", value) == "accepted"
    told.at("2027-02-16T08:00:00")
    assert closing.close_streets("pledge", "2026", [STREET], "test")
    assert scores("pledge", "2026") == [("杏花社区", "100.00", "已报", 1), ("柳堤社区", "90.00", "迟报", 2)]
    [late] = rows("SELECT days_late FROM score WHERE status = '迟报'")
    assert late["days_late"] == 6, "the second community's targets were due on 28 January"


def test_without_an_optional_form_a_unit_is_scored_by_the_others(told: Told) -> None:
    told.at("2027-01-15T09:00:00")
    assert told.hands_in(SECOND, "承诺完成表", "2026", "实事件数", "9") == "accepted"
    told.at("2027-02-16T08:00:00")
    closing.close_streets("pledge", "2026", [STREET], "test")
    assert scores("pledge", "2026") == [("杏花社区", "", "未报", None), ("柳堤社区", "90.00", "已报", 1)]


def test_what_is_corrected_in_a_form_of_january_counts_before_the_year_s_other_form_is_in(told: Told) -> None:
    told.at("2026-01-12T09:00:00")
    assert told.hands_in(FIRST, "承诺目标表", "2026", "实事件数", "10") == "accepted"
    told.at("2026-02-10T09:00:00")
    year = load_scheme("pledge", Period.parse("2026"))
    with transaction() as connection:
        correct_figure(
            connection, year, FIRST.code, "planned", "12", "与街道商定", "ops", parse_moment("2026-02-10", "t")
        )
        first, second = gather(connection, year, STREET, parse_moment("2026-03-01", "t"))
    assert [row["value"] for row in first.corrections.values()] == ["12"]
    assert (first.status, second.corrections) == ("未报", {})


def test_a_quarter_opens_in_its_last_month_and_closes_after_it(told: Told) -> None:
    told.at("2026-06-01T08:00:00")
    assert told.opens("quarterly", "2026Q2") == 2
    told.at("2026-06-22T09:00:00")
    assert told.hands_in(FIRST, "季度评比表", "2026Q2", "整洁程度", "95") == "accepted"
    assert told.reminded() == [(f"quarterly/2026Q2/{SECOND.code}", "T-3")]
    told.at("2026-07-06T08:00:00")
    assert closing.close_streets("quarterly", "2026Q2", [STREET], "test")
    assert scores("quarterly", "2026Q2") == [("杏花社区", "95.00", "已报", 1), ("柳堤社区", "", "未报", None)]
