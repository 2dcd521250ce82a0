"""The schedule over periods."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, TimeRestriction
from airflow.utils.types import DagRunType

from include.airflow_ext import timetables
from include.airflow_ext.timetables import PeriodPartitionTimetable
from include.period import in_zone, zone

CLOSES, OPENS = PeriodPartitionTimetable("closes"), PeriodPartitionTimetable("opens")
INSPECTS = PeriodPartitionTimetable("inspects")


@pytest.fixture(autouse=True)
def _real_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUBAN_NOW", raising=False)


def stand_at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """The timetable's own idea of now; a schedule is not simulated, so DUBAN_NOW stays empty."""
    monkeypatch.setattr(timetables, "now", lambda: dt.datetime.fromisoformat(moment).replace(tzinfo=zone()))


def following(timetable: PeriodPartitionTimetable, last: DagRunInfo | None, *, catchup: bool = False) -> DagRunInfo:
    info = timetable.next_dagrun_info_v2(
        last_dagrun_info=last, restriction=TimeRestriction(None, None, catchup=catchup)
    )
    assert info is not None
    return info


def moment_of(info: DagRunInfo) -> str:
    return in_zone(info.run_after).isoformat()


def test_two_years_close_eight_quarters_the_morning_after_each_window_and_each_year_an_hour_after_its_second_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_at(monkeypatch, "2025-01-02T00:00:00")
    runs, last = [], None
    for _ in range(10):
        last = following(CLOSES, last, catchup=True)
        runs.append((last.partition_key, moment_of(last)[:16]))
    assert runs == [
        ("half_year/2025Q1", "2025-04-16T08:00"),
        ("half_year/2025Q2", "2025-08-16T08:00"),
        ("half_year/2025Q3", "2025-10-16T08:00"),
        ("half_year/2025Q4", "2026-03-06T08:00"),
        ("half_year/2025", "2026-03-06T09:00"),
        ("half_year/2026Q1", "2026-04-16T08:00"),
        ("half_year/2026Q2", "2026-08-16T08:00"),
        ("half_year/2026Q3", "2026-10-16T08:00"),
        ("half_year/2026Q4", "2027-03-06T08:00"),
        ("half_year/2026", "2027-03-06T09:00"),
    ]


def test_forms_open_on_the_first_morning_after_the_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2026-06-15T12:00:00")
    first = following(OPENS, None)
    assert (first.partition_key, moment_of(first)) == ("half_year/2026Q2", "2026-07-01T08:00:00+08:00")


def test_inspectors_are_asked_on_the_first_morning_of_the_window_of_each_half_and_of_no_checkpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_at(monkeypatch, "2025-01-02T00:00:00")
    runs, last = [], None
    for _ in range(4):
        last = following(INSPECTS, last, catchup=True)
        runs.append((last.partition_key, moment_of(last)))
    assert runs == [
        ("half_year/2025Q2", "2025-08-02T08:00:00+08:00"),
        ("half_year/2025Q4", "2026-02-20T08:00:00+08:00"),
        ("half_year/2026Q2", "2026-08-02T08:00:00+08:00"),
        ("half_year/2026Q4", "2027-02-20T08:00:00+08:00"),
    ]


def test_a_new_installation_waits_for_the_next_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2026-09-01T00:00:00")
    assert following(CLOSES, None).partition_key == "half_year/2026Q3"
    assert following(INSPECTS, None).partition_key == "half_year/2026Q4"


def test_a_system_that_was_down_runs_the_newest_missed_quarter_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2025-04-16T08:00:00")
    first = following(CLOSES, None)
    stand_at(monkeypatch, "2026-09-01T00:00:00")
    assert first.partition_key == "half_year/2025Q1"
    assert following(CLOSES, first).partition_key == "half_year/2026Q2"


def keys_of_a_backfill(timetable: PeriodPartitionTimetable, first: str, last: str) -> list[str | None]:
    span = [dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC) for day in (first, last)]
    made = timetable.iter_partition_dagrun_infos(earliest=span[0], latest=span[1])
    return [info.partition_key for info in made]


def test_a_backfill_over_two_years_makes_eight_quarters(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2027-04-01T00:00:00")
    eight = [f"half_year/{year}Q{quarter}" for year in (2025, 2026) for quarter in range(1, 5)]
    assert keys_of_a_backfill(CLOSES, "2025-01-01", "2026-12-31") == eight
    assert keys_of_a_backfill(OPENS, "2025-01-01", "2026-12-31") == eight
    assert keys_of_a_backfill(INSPECTS, "2025-01-01", "2026-12-31") == [
        f"half_year/{quarter}" for quarter in ("2025Q2", "2025Q4", "2026Q2", "2026Q4")
    ]


def test_a_backfill_leaves_out_what_is_not_due_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2026-08-15T23:59:59")  # the last evening of the inspection window of 2026H1
    assert keys_of_a_backfill(CLOSES, "2026-01-01", "2026-12-31") == ["half_year/2026Q1"]
    assert keys_of_a_backfill(OPENS, "2026-01-01", "2026-12-31") == ["half_year/2026Q1", "half_year/2026Q2"]


def test_the_form_offers_the_newest_periods_that_can_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, "2026-08-01T12:00:00")
    assert timetables.newest_periods("closes")[:3] == ["2026Q1", "2025H2", "2025Q3"]
    assert timetables.newest_periods("opens")[:3] == ["2026H1", "2026Q1", "2025H2"]
    assert timetables.newest_periods("opens")[-1] == "2025Q1"  # the first scheme's first
    assert timetables.newest_periods("inspects") == ["2025H2", "2025H1"]
    stand_at(monkeypatch, "2026-08-02T08:00:00")
    assert timetables.newest_periods("inspects") == ["2026H1", "2025H2", "2025H1"]


def test_a_backfill_of_one_day_in_the_offices_zone_hits_that_quarter_alone() -> None:
    day = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    assert [i.partition_key for i in CLOSES.iter_partition_dagrun_infos(earliest=day, latest=day)] == [
        "half_year/2026Q2"
    ]


def test_the_first_of_a_quarter_typed_with_its_midnight_is_that_day_still() -> None:
    """The page sends a time as the moment meant: midnight of 1 April here is 16:00 of 31 March in UTC."""
    midnight = dt.datetime(2026, 3, 31, 16, tzinfo=dt.UTC)
    day = dt.datetime(2026, 4, 1, tzinfo=zone())
    assert CLOSES.localize_partition_datetime(midnight) == day
    assert CLOSES.localize_partition_datetime(dt.datetime(2026, 4, 1, tzinfo=dt.UTC)) == day
    assert [i.partition_key for i in CLOSES.iter_partition_dagrun_infos(earliest=midnight, latest=midnight)] == [
        "half_year/2026Q2"
    ]


def test_a_half_year_is_the_same_partition_as_its_second_quarter() -> None:
    keys = ("2026H1", "2026Q2", "half_year/2026H1", "half_year/2026Q2")
    assert len({CLOSES.resolve_partition_date(key) for key in keys}) == 1
    others = ("2026Q1", "2026Q4", "2026", "five_good/2026Q2")
    assert len({CLOSES.resolve_partition_date(key) for key in (*others, keys[0])}) == 5


@pytest.mark.parametrize("timetable", [OPENS, INSPECTS, CLOSES])
def test_a_run_by_hand_by_schedule_and_in_a_backfill_are_the_same_partition(
    monkeypatch: pytest.MonkeyPatch, timetable: PeriodPartitionTimetable
) -> None:
    stand_at(monkeypatch, "2026-06-15T12:00:00")
    scheduled = following(timetable, None)
    stand_at(monkeypatch, "2026-12-15T12:00:00")
    day = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    [filled] = timetable.iter_partition_dagrun_infos(earliest=day, latest=day)
    by_hand = timetable.resolve_partition_date("half_year/2026H1")
    assert scheduled.partition_date == filled.partition_date == by_hand


@pytest.mark.parametrize("key", ["2026H3", "2026Q5", "Q2", "2026-13", "上半年", "half_year/上半年"])
def test_a_key_that_is_no_period_is_refused_in_chinese(key: str) -> None:
    with pytest.raises(InvalidPartitionKeyError, match="无法识别"):
        CLOSES.resolve_partition_date(key)


def test_the_runs_id_names_the_period_and_the_half_that_it_closes() -> None:
    info = next(
        iter(
            CLOSES.iter_partition_dagrun_infos(
                earliest=dt.datetime(2026, 4, 1, tzinfo=dt.UTC), latest=dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
            )
        )
    )
    run_id = CLOSES.generate_run_id(
        run_type=DagRunType.BACKFILL_JOB, run_after=info.run_after, data_interval=None, partition_key=info.partition_key
    )
    assert run_id.startswith("backfill__half_year_2026Q2_2026H1__2026-04-01T00:00:00+08:00__")


def test_a_key_of_a_system_that_there_is_not_is_refused_in_chinese() -> None:
    with pytest.raises(InvalidPartitionKeyError, match="没有名为“nothing”的考评方案"):
        CLOSES.resolve_partition_date("nothing/2026Q2")


@pytest.mark.parametrize("moment", ["opens", "inspects", "closes"])
def test_the_timetable_comes_back_from_airflows_database(moment: timetables.Moment) -> None:
    stored = PeriodPartitionTimetable(moment).serialize()
    back = PeriodPartitionTimetable.deserialize(stored)
    assert isinstance(back, PeriodPartitionTimetable)
    assert (back.moment, back.serialize()) == (moment, {"moment": moment})
