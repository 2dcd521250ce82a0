"""Quarters of one system, a half, a year and the year's targets of another: all in the one schedule, each by its own days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from include.airflow_ext import timetables
from include.airflow_ext.timetables import PeriodPartitionTimetable, newest_periods
from include.period import in_zone, zone
from tests.airflow.scheduling import CLOSES, OPENS, Airflow
from tests.own_systems import add_systems


@pytest.fixture(autouse=True)
def _own_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUBAN_NOW", raising=False)
    add_systems(tmp_path, monkeypatch, pledge="2026", quarterly="2026Q1")


def stand_at(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=zone())
    monkeypatch.setattr(timetables, "now", lambda: moment)


def test_every_form_opens_on_its_own_day_also_before_its_period_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Airflow(monkeypatch, OPENS).live("2025-12-15T09:00:00", "2027-01-31")
    assert [(key, at[:10]) for key, at in made] == [
        ("pledge/2026", "2026-01-05"),
        ("quarterly/2026Q1", "2026-03-01"),
        ("quarterly/2026Q2", "2026-06-01"),
        ("pledge/2026H1", "2026-07-01"),
        ("quarterly/2026Q3", "2026-09-01"),
        ("quarterly/2026Q4", "2026-12-01"),
        ("pledge/2026", "2027-01-01"),
        ("pledge/2027", "2027-01-05"),
    ]


def test_every_period_closes_by_its_system_s_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Airflow(monkeypatch, CLOSES).live("2026-03-01T09:00:00", "2027-02-28")
    assert [(key, at[:10]) for key, at in made] == [
        ("quarterly/2026Q1", "2026-04-06"),
        ("quarterly/2026Q2", "2026-07-06"),
        ("pledge/2026H1", "2026-08-16"),
        ("quarterly/2026Q3", "2026-10-06"),
        ("quarterly/2026Q4", "2027-01-06"),
        ("pledge/2026", "2027-02-16"),
    ]


def test_what_is_inspected_twice_a_year_has_two_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Airflow(monkeypatch, PeriodPartitionTimetable("inspects")).live("2025-12-15T09:00:00", "2027-01-31")
    assert [at[:10] for key, at in made if key == "pledge/2026"] == ["2026-02-01", "2027-01-21"]


def test_a_backfill_makes_each_run_of_a_period_once_with_a_date_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2027-03-01")
    span = {"earliest": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "latest": dt.datetime(2026, 12, 31, tzinfo=dt.UTC)}
    made = list(OPENS.iter_partition_dagrun_infos(**span))
    keys = [
        str(info.partition_key) for info in made if str(info.partition_key).split("/")[0] in ("pledge", "quarterly")
    ]
    assert sorted(keys) == [
        "pledge/2026",
        "pledge/2026",
        "pledge/2026H1",
        *(f"quarterly/2026Q{quarter}" for quarter in (1, 2, 3, 4)),
    ]
    assert len({info.partition_date for info in made}) == len(made)


def test_of_two_openings_of_a_year_a_run_by_hand_is_the_last_one_due(monkeypatch: pytest.MonkeyPatch) -> None:
    for day, meant in (("2026-03-01", "2026-01-05"), ("2027-02-01", "2027-01-01")):
        stand_at(monkeypatch, day)
        assert in_zone(OPENS._decode_partition_date("pledge/2026")).isoformat()[:10] == meant


def test_the_forms_of_acts_offer_the_periods_of_every_system_that_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2026-07-02")
    assert newest_periods("opens") == ["2026H1", "2026Q2", "2026Q1", "2026"]
