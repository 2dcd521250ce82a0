"""The letter that tells a street's communities on which days the events of a year are held: drafted on the day on which they are
planned, and put to the committee as any letter."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import Connection

from include.db import sql
from include.events.record import events_in
from include.keys import LetterKey
from include.letters.letter import Letter, PlannedEvent, YearPlan
from include.letters.letters import EVENT_PLAN, draft_letter, of_street
from include.period import Period, calendar_is_known, chinese_date, chinese_weekday, in_zone, is_holiday, is_working_day
from include.registry.units import street_codes, subjects_of
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.schemes.series import CANCELLED, Series
from include.subject_kinds import subject_kinds

CAUGHT_UP = dt.timedelta(days=60)
"""For so long after its day a plan is still drafted."""


def draft_plans(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> list[str]:
    """The plans of the year of which `scheme` is the first period, in each street of a scope; their ids. One that was drafted once,
    whatever became of it, is not drafted again."""
    drafted = []
    for series in (one for one in scheme.own_series if one.year_plan and is_time(one, scheme, in_zone(at).date())):
        for street_code in (
            one for one in street_codes(connection, scheme.period.end_date) if one.startswith(scope_code)
        ):
            topic = series.year_plan.format(year=scheme.period.year)
            prefix = LetterKey(EVENT_PLAN, street_code, topic, 1).series
            known = sql.fetch_one(
                connection, "letters/count_letters", prefix=prefix, prefix_length=len(prefix), code=street_code
            )
            if known and known["letters"]:
                continue
            if (model := _plan(connection, scheme, series, street_code, topic, at)) is not None:
                drafted.append(draft_letter(connection, EVENT_PLAN, model, at)[0])
    return drafted


def is_time(series: Series, scheme: Scheme, today: dt.date) -> bool:
    """From the day on which the year is planned on; only at its first period is it asked."""
    planned_on = dt.date.fromisoformat(f"{scheme.period.year - 1}-{series.planned_on}")
    is_first = scheme.period.start_date == dt.date(scheme.period.year, 1, 1)
    return bool(series.year_plan) and is_first and planned_on <= today <= planned_on + CAUGHT_UP


def _plan(
    connection: Connection, scheme: Scheme, series: Series, street_code: str, topic: str, at: dt.datetime
) -> Letter | None:
    """None where the street has no event with a day."""
    days: dict[str, list[PlannedEvent]] = defaultdict(list)
    for period in _periods(scheme.period):
        of_period = find_scheme(scheme.scheme, period)
        for event in events_in(connection, of_period, series, street_code) if of_period else []:
            if event["planned_date"] is not None and event["state"] != CANCELLED:
                days[event["unit_code"]].append(_told(period, event["nominal_date"], event["planned_date"]))
    if not days:
        return None
    names = {
        unit.code: unit.name
        for unit in subjects_of(connection, street_code, scheme.period.end_date, subject_kinds().default)
    }
    alike: dict[str, YearPlan] = {}
    for code, found in sorted(days.items()):
        key = repr(found)
        alike.setdefault(key, {"units": [], "days": found})["units"].append(names.get(code, code))
    letter = of_street(connection, EVENT_PLAN, street_code, in_zone(at).date(), topic)
    letter["period"] = str(scheme.period.year)
    letter["event"] = series.name
    letter["plans"] = list(alike.values())
    letter["is_provisional"] = not calendar_is_known(scheme.period.year)
    return letter


def _periods(first: Period) -> list[Period]:
    """The periods of that kind in the year."""
    found, period = [], first
    while period.year == first.year:
        found.append(period)
        period = period.next
    return found


def _told(period: Period, nominal: dt.date, planned: dt.date) -> PlannedEvent:
    return {
        "period": period.name,
        "day": chinese_date(planned),
        "weekday": chinese_weekday(planned),
        "moved_from": "" if nominal == planned else f"{chinese_date(nominal)}（{chinese_weekday(nominal)}）",
        "why": "" if nominal == planned else _why(nominal),
    }


def _why(nominal: dt.date) -> str:
    """Why an event is not held on the day that its rule alone names."""
    if is_holiday(nominal):
        return "放假"
    return "调休上班" if is_working_day(nominal) and nominal.weekday() >= _SATURDAY else "不宜安排"


_SATURDAY = 5
