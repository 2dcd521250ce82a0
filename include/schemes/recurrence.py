"""On which day an event of a period is held, by the rule of its series and the calendar of days off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from include.period import (
    Period,
    add_working_days,
    is_holiday,
    is_ordinary_day_off,
    is_working_day,
)
from include.schemes.series import DayRule, Needs, NthWeekday

_DAY = dt.timedelta(days=1)
_WEEK = 7
_FAR = 31  # days within which a day of the kind needed is looked for
_WEEKDAYS = "一二三四五六日"
_FITS: dict[Needs, Callable[[dt.date], bool]] = {
    "any": lambda day: True,
    "working_day": is_working_day,
    "ordinary_day_off": is_ordinary_day_off,
    "not_holiday": lambda day: not is_holiday(day),
}


@dataclass(frozen=True)
class PlannedDay:
    """`nominal_date` is the day by the rule alone, `day` the one to which it moved; the same where it did not. Whatever month
    it moves to, the event stays that of its period."""

    nominal_date: dt.date
    day: dt.date


def planned_days(rule: DayRule, period: Period) -> list[PlannedDay]:
    """The days of a period's events, in order; none where they may be held on any day."""
    return [PlannedDay(day, _moved(rule, day)) for day in _nominal(rule, period)]


def _nominal(rule: DayRule, period: Period) -> Iterator[dt.date]:
    first = period.start_date
    if rule.nth_weekday is not None:
        yield _nth_weekday(rule.nth_weekday, first)
    elif rule.nth_working_day is not None:
        yield add_working_days(first - _DAY, rule.nth_working_day)
    elif rule.day_of_month is not None:
        yield first.replace(day=rule.day_of_month)
    elif rule.weekday is not None:
        day = first + _DAY * ((_WEEKDAYS.index(rule.weekday) - first.weekday()) % _WEEK)
        while day <= period.end_date:
            yield day
            day += _WEEK * _DAY
    elif rule.dates is not None and (text := rule.dates.get(period.slot)):
        month, _, day_of_month = text.partition("-")
        yield dt.date(period.year, int(month), int(day_of_month))


def _nth_weekday(asked: NthWeekday, first: dt.date) -> dt.date:
    weekday = _WEEKDAYS.index(asked.weekday)
    monday = first - _DAY * first.weekday()  # of the week that holds the 1st
    if asked.weeks == "nth":
        start = first + _DAY * ((weekday - first.weekday()) % _WEEK)
    elif asked.weeks == "of_first_day" or monday == first:
        start = monday + _DAY * weekday
    else:
        start = monday + _DAY * (_WEEK + weekday)
    return start + _DAY * _WEEK * (asked.nth - 1)


def _moved(rule: DayRule, day: dt.date) -> dt.date:
    fits = _FITS[rule.needs]
    if fits(day) or rule.otherwise == "keep":
        return day
    ways = {"next": (1,), "previous": (-1,), "nearest": (1, -1)}[rule.otherwise]  # the later goes before
    found = (moved for far in range(1, _FAR + 1) for way in ways if fits(moved := day + _DAY * way * far))
    return next(found, day)
