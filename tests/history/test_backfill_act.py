"""The act that works through past periods of one system: which runs it starts, what it refuses, what it writes down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.acts.act import Run, perform
from include.errors import UserError
from include.settings import REPO
from tests.acting import BY_NAME
from tests.intake.receive_street import STREET, prepare, rows

ACT = BY_NAME["backfill"]
AUGUST = "2026-08-20T09:00:00"


@pytest.fixture(autouse=True)
def street(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(world)
    monkeypatch.setenv("DUBAN_NOW", AUGUST)


def asked(system: str, first: str, last: str, what: str = "结账考评", reason: str = "补记以前的账") -> list[Run]:
    runs = perform(ACT, {"scheme": system, "first": first, "last": last, "what": what, "reason": reason}, "admin")
    assert isinstance(runs, list)
    return runs


def test_the_runs_are_those_of_one_system_from_the_earliest_on_as_far_as_their_day_has_come() -> None:
    assert [run.period for run in asked("half_year", "2025Q3", "2026H2")] == ["2025Q3", "2025H2", "2026Q1", "2026H1"]
    assert asked("five_good", "2026Q1", "2026H1") == [Run("close_period", "five_good", "2026H1")]


def test_a_checkpoint_has_no_inspection_to_be_made_up_for() -> None:
    runs = asked("half_year", "2026Q1", "2026Q2", "现场检查")
    assert runs == [Run("open_inspection", "half_year", "2026H1")]


def test_where_an_office_runs_the_system_the_streets_of_others_are_left_alone(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = (world / "registry.csv").read_text(encoding="utf-8")
    given = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    given["streets"] = {"990000009": {"systems": {"five_good": {}}}, STREET: {"systems": {"half_year": {}}}}
    (world / "offices.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))
    assert STREET in register
    with pytest.raises(UserError, match="没有一个街道采用“五个好”评议"):
        asked("five_good", "2026H1", "2026H1")


def test_who_asked_for_what_and_why_is_on_record() -> None:
    asked("half_year", "2026Q1", "2026Q2")
    [logged] = rows("SELECT outcome, account, detail FROM run_log WHERE stage = 'backfill'")
    assert (logged["outcome"], logged["account"]) == ("done", "admin")
    assert json.loads(logged["detail"]) == {
        "scheme": "half_year",
        "workflow": "close_period",
        "periods": ["2026Q1", "2026H1"],
        "reason": "补记以前的账",
    }


@pytest.mark.parametrize(
    ("system", "first", "last", "reason", "said"),
    [
        ("half_year", "2026H1", "2025H2", "补", "“从 2026H1 到 2025H2”前后颠倒：请先填较早的期间。"),
        ("half_year", "2026H2", "2026H2", "补", "没有可以补办结账考评的期间：请核对期间，未到日子的不能办理。"),
        ("five_good", "2025H1", "2025H2", "补", "没有可以补办结账考评的期间"),
        ("half_year", "2026H1", "2026H1", " ", "没有写明理由"),
        ("no_such", "2026H1", "2026H1", "补", "没有名为“no_such”的考评方案"),
        ("half_year", "今年", "2026H1", "补", "期间“今年”无法识别"),
    ],
)
def test_what_cannot_be_is_refused_and_starts_nothing(
    system: str, first: str, last: str, reason: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        asked(system, first, last, reason=reason)
    assert rows("SELECT id FROM run_log") == []


def test_the_committee_starts_no_backfill() -> None:
    answers = {"scheme": "half_year", "first": "2026H1", "last": "2026H1", "what": "结账考评", "reason": "补"}
    with pytest.raises(
        UserError, match="账号 committee 是党工委账号，不能办理“办 补算 act_backfill”：请由运维账号办理。"
    ):
        perform(ACT, answers, "committee")
