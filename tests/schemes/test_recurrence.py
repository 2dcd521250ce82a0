"""The days of event series: the tables of the specification for 2026, and where 2024 and 2025 differ from the rule alone."""

from __future__ import annotations

import datetime as dt

import pytest

from include.period import Period, add_working_days, is_holiday, is_ordinary_day_off, is_working_day
from include.schemes.recurrence import planned_days
from include.schemes.series import DayRule

R1 = DayRule.model_validate(
    {"nth_weekday": {"nth": 4, "weekday": "六"}, "needs": "ordinary_day_off", "otherwise": "nearest"}
)
R2 = DayRule.model_validate({"nth_working_day": 1})
R3 = DayRule.model_validate({"day_of_month": 26, "needs": "not_holiday", "otherwise": "next"})


def days(rule: DayRule, year: int) -> list[str]:
    """Of the twelve months, as 1-24."""
    found = [planned_days(rule, Period.parse(f"{year}-{month:02}")) for month in range(1, 13)]
    assert all(len(one) == 1 for one in found)
    return [f"{one.day.month}-{one.day.day:02}" for [one] in found]


def test_the_unified_days_of_2026_are_those_of_the_table() -> None:
    assert days(R1, 2026) == [
        "1-24", "3-01", "3-28", "4-25", "5-23", "6-27", "7-25", "8-22", "9-19", "10-24", "11-28", "12-26",
    ]  # fmt: skip
    assert days(R2, 2026) == [
        "1-04", "2-02", "3-02", "4-01", "5-06", "6-01", "7-01", "8-03", "9-01", "10-08", "11-02", "12-01",
    ]  # fmt: skip
    assert days(R3, 2026) == [
        "1-26", "2-26", "3-26", "4-26", "5-26", "6-26", "7-26", "8-26", "9-28", "10-26", "11-26", "12-26",
    ]  # fmt: skip


@pytest.mark.parametrize("year", [2024, 2025])
def test_in_the_two_years_before_hardly_any_day_moves(year: int) -> None:
    months = [Period.parse(f"{year}-{month:02}") for month in range(1, 13)]
    firsts = [planned_days(rule, month)[0] for month in months for rule in (R1, R3)]
    assert not [one for one in firsts if one.day != one.nominal_date]
    late = [one.day for month in months for one in planned_days(R2, month) if one.day.day > 3]
    assert [f"{day}" for day in late] == (
        ["2024-05-06", "2024-10-08"] if year == 2024 else ["2025-02-05", "2025-05-06", "2025-10-09"]
    )


def test_the_two_other_readings_of_the_fourth_week_fall_elsewhere() -> None:
    def of(weeks: str) -> dict[int, dt.date]:
        rule = DayRule.model_validate({"nth_weekday": {"nth": 4, "weekday": "六", "weeks": weeks}})
        plain = DayRule.model_validate({"nth_weekday": {"nth": 4, "weekday": "六"}})
        found = {month: Period.parse(f"2026-{month:02}") for month in range(1, 13)}
        days = {
            month: (planned_days(rule, one)[0].day, planned_days(plain, one)[0].day) for month, one in found.items()
        }
        return {month: day for month, (day, usual) in days.items() if day != usual}

    assert of("of_first_day") == {month: dt.date(2026, month, 21) for month in (2, 3, 11)}
    assert [f"{day:%m-%d}" for day in of("first_full").values()] == [
        "01-31", "05-02", "05-30", "08-01", "08-29", "10-03", "10-31", "01-02",
    ]  # fmt: skip
    assert list(of("first_full")) == [1, 4, 5, 7, 8, 9, 10, 12]


def test_meetings_move_to_the_next_working_day_and_weekly_days_recur() -> None:
    street = DayRule.model_validate(
        {"dates": {"Q1": "3-20", "Q2": "6-15", "Q3": "9-1", "Q4": "11-15"}, "needs": "working_day", "otherwise": "next"}
    )
    found = [planned_days(street, Period.parse(f"2026Q{quarter}"))[0].day for quarter in range(1, 5)]
    assert [f"{day:%m-%d}" for day in found] == ["03-20", "06-15", "09-01", "11-16"]
    community = DayRule.model_validate({"day_of_month": 10, "needs": "working_day", "otherwise": "next"})
    assert days(community, 2026) == [
        "1-12", "2-10", "3-10", "4-10", "5-11", "6-10", "7-10", "8-10", "9-10", "10-10", "11-10", "12-10",
    ]  # fmt: skip
    weekly = DayRule.model_validate({"weekday": "五"})
    assert [one.day.day for one in planned_days(weekly, Period.parse("2026-07"))] == [3, 10, 17, 24, 31]
    assert planned_days(DayRule(any_day=True), Period.parse("2026-07")) == []
    back = DayRule.model_validate({"day_of_month": 26, "needs": "not_holiday", "otherwise": "previous"})
    assert planned_days(back, Period.parse("2026-09"))[0].day == dt.date(2026, 9, 24)
    assert planned_days(back.model_copy(update={"otherwise": "keep"}), Period.parse("2026-09"))[0].day.day == 26


def test_a_weekend_beside_a_holiday_belongs_to_it_and_one_by_itself_does_not() -> None:
    mid_autumn, before, unknown = dt.date(2026, 9, 26), dt.date(2026, 9, 19), dt.date(2027, 5, 1)
    assert (is_holiday(mid_autumn), is_ordinary_day_off(mid_autumn)) == (True, False)
    assert (is_holiday(before), is_ordinary_day_off(before)) == (False, True)
    assert is_working_day(dt.date(2026, 9, 20)) and not is_ordinary_day_off(dt.date(2026, 9, 20))
    assert is_ordinary_day_off(unknown)  # of a year without a calendar the weekends alone are known
    assert add_working_days(dt.date(2026, 1, 24), -3) == dt.date(2026, 1, 21)
    assert add_working_days(dt.date(2026, 3, 1), -3) == dt.date(2026, 2, 26)
