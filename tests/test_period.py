"""Periods, deadlines and working days, over thirty years."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import UserError
from include.period import (
    Period,
    add_working_days,
    calendar_is_known,
    chinese_date,
    days_late,
    end_of,
    from_timestamp,
    is_working_day,
    next_working_day,
    now,
    parse_moment,
    start_of,
    working_days_between,
)
from include.settings import REPO

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
YEARS = range(2010, 2040)
NAMES = [
    name
    for year in YEARS
    for name in [
        f"{year}",
        *(f"{year}H{n}" for n in (1, 2)),
        *(f"{year}Q{n}" for n in (1, 2, 3, 4)),
        *(f"{year}-{n:02}" for n in range(1, 13)),
    ]
]
periods = st.sampled_from(NAMES).map(Period.parse)
days = st.dates(dt.date(2010, 1, 1), dt.date(2039, 12, 31))


@given(st.sampled_from(NAMES))
def test_a_period_reads_back_what_it_writes(name: str) -> None:
    assert str(Period.parse(name)) == name


@pytest.mark.parametrize(
    "text", ["", "2026H3", "2026Q0", "2026Q5", "2026-13", "2026-7", "26H1", "2026h1", "2026上半年", "2026H1x"]
)
def test_what_is_no_period_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(UserError, match="无法识别：请写成 2026（全年）、2026H1"):
        Period.parse(text)


@pytest.mark.parametrize("year", YEARS)
def test_the_first_and_the_last_second_are_inside_and_their_neighbours_are_not(year: int) -> None:
    for name in NAMES:
        if name.startswith(str(year)):
            _check_bounds(Period.parse(name))


def _check_bounds(period: Period) -> None:
    assert (period.start_at.hour, period.start_at.minute, period.start_at.second) == (0, 0, 0)
    assert (period.start_at.date(), period.end_at.date()) == (period.start_date, period.end_date)
    assert (period.start_at - SECOND).date() == period.previous.end_date
    assert (period.end_at + SECOND).date() == period.next.start_date
    assert period.start_at.utcoffset() == period.end_at.utcoffset() == dt.timedelta(hours=8)


@given(periods)
def test_periods_of_a_kind_follow_each_other_without_gap(period: Period) -> None:
    assert period.next.start_date == period.end_date + DAY
    assert period.next.start_at - period.end_at == SECOND
    assert period.next.previous == period == period.previous.next
    assert period.next.kind == period.kind
    assert period.previous < period < period.next


@given(periods)
def test_the_same_period_last_year_has_the_same_name_but_the_year(period: Period) -> None:
    assert period.same_last_year.year == period.year - 1
    assert (period.same_last_year.kind, period.same_last_year.index) == (period.kind, period.index)


@given(periods)
def test_children_partition_their_parent(period: Period) -> None:
    children = period.children
    assert len(children) == {"year": 2, "half": 2, "quarter": 3, "month": 0}[period.kind]
    if children:
        assert (children[0].start_date, children[-1].end_date) == (period.start_date, period.end_date)
        assert all(earlier.next == later for earlier, later in pairwise(children))
        assert {child.parent for child in children} == {period}
    if period.parent:
        assert period in period.parent.children


@given(periods)
def test_a_period_lies_in_its_half_or_is_too_long_for_one(period: Period) -> None:
    if period.kind == "year":
        with pytest.raises(UserError, match="比要求的更长"):
            _ = period.half
    else:
        assert period.half.start_date <= period.start_date
        assert period.end_date <= period.half.end_date


@given(periods)
def test_a_period_is_found_again_by_its_year_and_its_slot(period: Period) -> None:
    assert Period.in_year(period.year, period.slot) == period


@pytest.mark.parametrize(
    ("text", "slot", "name", "index"),
    [
        ("2026", "Y", "2026年度", 1),
        ("2026H1", "H1", "2026年上半年", 1),
        ("2026H2", "H2", "2026年下半年", 2),
        ("2026Q4", "Q4", "2026年第四季度", 4),
        ("2026-07", "M07", "2026年7月", 7),
    ],
)
def test_slots_names_and_indexes(text: str, slot: str, name: str, index: int) -> None:
    period = Period.parse(text)
    assert (period.slot, period.name, period.index) == (slot, name, index)


@given(days, st.integers(0, 40))
def test_a_deadline_is_inclusive_to_its_last_second(due: dt.date, days_after: int) -> None:
    assert days_late(end_of(due), due) == 0
    assert days_late(start_of(due), due) == 0
    assert days_late(end_of(due) + SECOND, due) == 1
    assert days_late(end_of(due + days_after * DAY), due) == days_after
    assert days_late(end_of(due + days_after * DAY) + SECOND, due) == days_after + 1


def test_lateness_is_counted_by_the_offices_day_and_not_by_utc() -> None:
    due = dt.date(2026, 7, 20)
    assert days_late(dt.datetime(2026, 7, 20, 15, 59, 59, tzinfo=dt.UTC), due) == 0
    assert days_late(dt.datetime(2026, 7, 20, 16, 0, 0, tzinfo=dt.UTC), due) == 1


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        ("2026-09-20", True),  # Sunday, worked for National Day
        ("2026-10-10", True),  # Saturday, worked for National Day
        ("2026-10-07", False),  # Wednesday, off instead
        ("2026-10-08", True),
        ("2026-02-14", True),  # Saturday before the Spring Festival
        ("2026-02-17", False),
        ("2026-07-18", False),  # an ordinary Saturday
        ("2026-07-20", True),
        ("2025-10-08", False),
        ("2025-09-28", True),
    ],
)
def test_working_days_know_the_swapped_weekends(day: str, is_worked: bool) -> None:
    assert is_working_day(dt.date.fromisoformat(day)) is is_worked


def test_a_year_that_the_office_has_not_filled_in_knows_weekends_only() -> None:
    assert [calendar_is_known(year) for year in (2024, 2025, 2026, 2031)] == [True, True, True, False]
    assert is_working_day(dt.date(2031, 10, 1))  # a Wednesday
    assert not is_working_day(dt.date(2031, 10, 4))


@given(days)
def test_the_next_working_day_is_the_first_worked_one(day: dt.date) -> None:
    found = next_working_day(day)
    assert found >= day
    assert is_working_day(found)
    assert not any(is_working_day(day + n * DAY) for n in range((found - day).days))


@given(days, st.integers(0, 200))
def test_adding_working_days_counts_them_and_comes_back(day: dt.date, count: int) -> None:
    later = add_working_days(day, count)
    assert working_days_between(day, later) == count
    assert working_days_between(later, day) == -count
    assert count == 0 or is_working_day(later)
    worked = next_working_day(day)
    assert add_working_days(add_working_days(worked, count), -count) == worked


def test_ten_working_days_over_national_day_2026() -> None:
    assert add_working_days(dt.date(2026, 9, 18), 10) == dt.date(2026, 10, 9)


@pytest.mark.parametrize("text", ["2026-07-01T09:30:00", "2026-07-01T01:30:00+00:00"])
def test_the_clock_is_a_setting(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_NOW", text)
    assert now().isoformat() == "2026-07-01T09:30:00+08:00"


def test_the_clock_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2026-08-20T10:00:00\n", encoding="utf-8")
    monkeypatch.setenv("DUBAN_NOW", str(clock))
    assert now().isoformat() == "2026-08-20T10:00:00+08:00"


def test_the_real_clock_goes_where_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUBAN_NOW", raising=False)
    assert now().utcoffset() == dt.timedelta(hours=8)
    assert now().microsecond == 0


def test_a_moment_that_cannot_be_read_names_its_setting() -> None:
    with pytest.raises(UserError, match="DUBAN_RECEIVED 的值“昨天”不是有效的时间"):
        parse_moment("昨天", "DUBAN_RECEIVED")
    assert parse_moment("2026-07-20", "x") == start_of(dt.date(2026, 7, 20))


def test_a_files_time_is_whole_seconds_in_the_offices_zone() -> None:
    assert from_timestamp(1784563199.9).isoformat() == "2026-07-20T23:59:59+08:00"


def test_dates_are_written_as_in_official_documents() -> None:
    assert chinese_date(dt.date(2026, 8, 5)) == "2026年8月5日"


# What reads a clock or makes a zone; a file's own quiet time is a duration and not a moment of the office.
CLOCKS = (
    "datetime.now(",
    "utcnow(",
    "date.today(",
    "time.time(",
    "ZoneInfo(",
    "fromtimestamp(",
    "localtime(",
)
ALLOWED = {
    "include/period.py": set(CLOCKS),
    "include/airflow_ext/cleaning.py": {"datetime.now("},  # Airflow's own records are of the real time
    "include/in_force.py": {"time.time("},  # how long ago a file was changed, by the machine that wrote it
    "include/typesetting/reference.py": {"fromtimestamp("},  # SOURCE_DATE_EPOCH
    "include/validation/whole.py": {"fromtimestamp("},  # since when a page of its own stands there
    "include/typesetting/word.py": {"fromtimestamp("},
}


def test_no_other_module_knows_a_clock_or_a_zone() -> None:
    found = []
    for folder in ("include", "dags", "plugins"):
        for path in sorted((REPO / folder).rglob("*.py")):
            name = path.relative_to(REPO).as_posix()
            if "migrations" in name:
                continue
            code = path.read_text(encoding="utf-8")
            found += [f"{name}: {clock}" for clock in CLOCKS if clock in code and clock not in ALLOWED.get(name, set())]
    assert found == []
