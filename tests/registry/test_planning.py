"""Which streets a run works on: those whose office runs the system by schedule, those named by hand, none too early."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.db.engine import transaction
from include.errors import UserError
from include.period import Period
from include.registry.offices import running
from include.registry.units import import_units
from include.settings import REPO
from include.steps.planning import plan, plan_inspection

ONE, OTHER = "990000001", "990000002"


@pytest.fixture
def offices(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Two streets in September 2026; what their offices say of systems is said by the test."""
    monkeypatch.setenv("DUBAN_NOW", "2026-09-01T08:00:00")
    register = world / "registry.csv"
    register.write_text(
        "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email\n"
        + "".join(f"{code}001,一社区,{code},{code}街道,社区,10,s@x.cn,,\n" for code in (ONE, OTHER)),
        encoding="utf-8",
    )
    with transaction() as connection:
        import_units(connection, register, dt.date(2000, 1, 1))
    given = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    own = world / "offices.yaml"
    monkeypatch.setenv("DUBAN_OFFICES", str(own))

    def say(**systems: dict[str, dict[str, str]]) -> None:
        given["streets"] = {code.strip("_"): {"systems": said} for code, said in systems.items()}
        own.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")

    say()
    return say


def test_the_schedule_works_on_the_streets_whose_office_runs_the_system(offices: Callable[..., None]) -> None:
    assert plan("half_year", "2026Q2", [], by_schedule=True) == [[ONE], [OTHER]]
    assert plan("five_good", "2026Q2", [], by_schedule=True) == []
    offices(_990000002={"five_good": {}})
    assert plan("half_year", "2026Q2", [], by_schedule=True) == [[ONE]]
    assert plan("five_good", "2026Q2", [], by_schedule=True) == [[OTHER]]
    assert plan_inspection("five_good", "2026Q2", [], by_schedule=True) == [[OTHER]]


def test_a_system_that_no_office_names_is_run_by_hand_as_named(offices: Callable[..., None]) -> None:
    assert plan("five_good", "2026H1", []) == [[ONE], [OTHER]]
    assert plan("five_good", "2026H1", [OTHER]) == [[OTHER]]


def test_a_period_before_the_first_is_planned_neither_by_schedule_nor_by_hand(offices: Callable[..., None]) -> None:
    offices(_990000002={"half_year": {"from": "2026H1"}})
    for period in ("2025H2", "2025Q4", "2025Q3", "2025"):
        planned = [] if period == "2025" else [[ONE]]  # of a year none of whose halves was closed nothing is planned
        assert plan("half_year", period, [], by_schedule=True) == planned
        assert plan("half_year", period, []) == [[ONE]]
        with pytest.raises(UserError, match=f"{OTHER} 的半年党建检查考评在2025年.*之后才开始使用"):
            plan("half_year", period, [OTHER])
    assert plan("half_year", "2026H1", [OTHER]) == [[OTHER]]


def test_where_every_office_starts_later_a_run_by_hand_is_refused(offices: Callable[..., None]) -> None:
    offices(**{f"_{code}": {"half_year": {"from": "2026H1"}} for code in (ONE, OTHER)})
    with pytest.raises(UserError, match="请改 systems 的 from"):
        plan("half_year", "2025H2", [])
    assert plan("half_year", "2025H2", [], by_schedule=True) == []


def test_of_a_system_that_one_office_runs_the_units_of_others_are_not_reminded(offices: Callable[..., None]) -> None:
    assert running([ONE, OTHER], "five_good", Period.parse("2026H1")) == [ONE, OTHER], "opened by hand, as all are"
    offices(_990000002={"five_good": {}})
    assert running([ONE, OTHER], "five_good", Period.parse("2026H1")) == [OTHER]
