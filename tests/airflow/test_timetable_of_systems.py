"""Several systems in one schedule: each gets its own runs, once, whatever Airflow takes for the last one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from airflow.timetables.base import DagRunInfo

from include.airflow_ext import timetables
from include.airflow_ext.params import scheme_and_period
from include.airflow_ext.timetables import Moment, PeriodPartitionTimetable
from include.period import zone
from include.settings import REPO
from tests.airflow.scheduling import CLOSES, OPENS, Airflow


@pytest.fixture(autouse=True)
def _two_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One street runs five_good from 2026H1; all others the default system alone. The clock is real."""
    monkeypatch.delenv("DUBAN_NOW", raising=False)
    given = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    given["streets"] = {"1": {"systems": {"half_year": {}, "five_good": {"from": "2026H1"}}}}
    own = tmp_path / "offices.yaml"
    own.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))


def test_every_system_closes_each_of_its_periods_once_by_its_own_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Airflow(monkeypatch, CLOSES).live("2026-03-01T08:00:01", "2027-04-01") == [
        ("half_year/2025Q4", "2026-03-06T08:00:00"),
        ("half_year/2025", "2026-03-06T09:00:00"),
        ("half_year/2026Q1", "2026-04-16T08:00:00"),
        ("five_good/2026Q2", "2026-08-11T08:00:01"),
        ("half_year/2026Q2", "2026-08-16T08:00:00"),
        ("half_year/2026Q3", "2026-10-16T08:00:00"),
        ("five_good/2026Q4", "2027-02-11T08:00:01"),
        ("half_year/2026Q4", "2027-03-06T08:00:00"),
        ("half_year/2026", "2027-03-06T09:00:00"),
    ]


def test_two_systems_that_open_on_one_morning_both_open(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Airflow(monkeypatch, OPENS).live("2026-06-01T08:00:01", "2026-09-01") == [
        ("half_year/2026Q2", "2026-07-01T08:00:00"),
        ("five_good/2026Q2", "2026-07-01T08:00:01"),
    ]


def test_what_was_down_runs_the_newest_missed_period_of_each_system(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = Airflow(monkeypatch, CLOSES)
    made = airflow.live("2026-04-01T08:00:01", "2026-12-01", down=("2026-05-01", "2026-11-01"))
    assert [key for key, _ in made] == ["half_year/2026Q1", "five_good/2026Q2", "half_year/2026Q3"]


def test_a_backfill_makes_the_runs_of_all_systems_each_with_a_partition_date_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timetables, "now", lambda: dt.datetime(2027, 4, 1, tzinfo=zone()))
    span = {"earliest": dt.datetime(2025, 10, 1, tzinfo=dt.UTC), "latest": dt.datetime(2026, 12, 31, tzinfo=dt.UTC)}
    for timetable in (OPENS, CLOSES):
        made = list(timetable.iter_partition_dagrun_infos(**span))
        assert sorted(str(info.partition_key) for info in made) == [
            "five_good/2026Q2",
            "five_good/2026Q4",
            "half_year/2025Q4",
            *(f"half_year/2026Q{quarter}" for quarter in (1, 2, 3, 4)),
        ]
        assert len({info.partition_date for info in made}) == len(made)


def test_what_a_backfill_ran_is_not_run_again_by_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetables, "now", lambda: dt.datetime(2026, 9, 1, tzinfo=zone()))
    airflow = Airflow(monkeypatch, CLOSES)
    day = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    airflow.runs = list(CLOSES.iter_partition_dagrun_infos(earliest=day, latest=day))
    assert len(airflow.runs) == 2
    assert airflow.live("2026-09-01T12:00:00", "2026-10-15")[2:] == []


def test_an_airflow_database_from_before_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until now a key named no system, and a partition's date was the first day of its quarter."""
    airflow = Airflow(monkeypatch, CLOSES)
    closed = dt.datetime(2026, 8, 16, 8, tzinfo=zone())
    airflow.runs = [DagRunInfo(closed, None, dt.datetime(2026, 4, 1, tzinfo=zone()), "2026Q2")]  # type: ignore[arg-type]
    made = airflow.live("2026-09-01T08:00:01", "2027-02-12")[1:]
    assert [key for key, _ in made] == ["half_year/2026Q3", "five_good/2026Q4"]


@pytest.mark.parametrize(
    ("key", "params", "meant"),
    [
        ("five_good/2026Q2", {"scheme": "half_year"}, ("five_good", "2026Q2")),
        ("half_year/2026Q2", {}, ("half_year", "2026Q2")),
        ("2026Q2", {}, ("half_year", "2026Q2")),
        ("2026H1", {"scheme": "five_good"}, ("five_good", "2026H1")),
        (None, {"scheme": "five_good", "period": "2026H1"}, ("five_good", "2026H1")),
    ],
)
def test_a_run_knows_its_system_by_its_key_and_an_old_key_by_the_form(
    key: str | None, params: dict[str, str], meant: tuple[str, str]
) -> None:
    run = type("Run", (), {"partition_key": key})()
    assert scheme_and_period({"dag_run": run, "params": params}) == meant


def test_a_system_that_no_office_runs_is_not_scheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_OFFICES", str(REPO / "include/registry/offices.yaml"))
    moments: list[Moment] = ["opens", "inspects", "closes"]
    for moment in moments:
        made = Airflow(monkeypatch, PeriodPartitionTimetable(moment)).live("2026-06-01T08:00:01", "2026-09-01")
        assert [key for key, _ in made] == ["half_year/2026Q2"]
