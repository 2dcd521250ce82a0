"""The plan: on which day who holds an event. A day that somebody was told of is moved by a person alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.events.record import change, event_id, events_in, insert
from include.period import in_zone
from include.registry.rows import COUNTY_DIGITS
from include.registry.taking_part import chosen_in, taking_part
from include.registry.units import find_unit, is_county, street_codes
from include.schemes.model import Scheme
from include.schemes.recurrence import PlannedDay, planned_days
from include.schemes.series import PLANNED, DayRule, Series

MOVED_BY_CALENDAR = "节假日安排变更，日期随之调整。"


@dataclass(frozen=True)
class Holder:
    """Who holds events of a series: a unit, a street, a county; `street_code` of the two last is their own code."""

    code: str
    street_code: str


def plan_events(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> int:
    """Plan the events of the scheme's period in a street or county; how many are new or moved.

    Done again it changes nothing, but that a day of which nobody was told goes along with a calendar that has changed.
    """
    changed = 0
    for series in (one for one in scheme.own_series if _is_time(one, scheme, in_zone(at).date())):
        known = {row["id"]: row for row in events_in(connection, scheme, series, scope_code)}
        holders = holders_of(connection, scheme, series, scope_code)
        rules = rules_of(connection, scheme, series, holders)
        for holder in holders:
            days: list[PlannedDay | None] = [*planned_days(rules[holder.code], scheme.period)]
            for number, day in enumerate(days or [None], 1):
                key = event_id(scheme, series, holder.code, number)
                if key in known:
                    changed += _goes_along(connection, known[key], day, at)
                else:
                    event = _event(scheme, series, holder, key, number, day)
                    changed += insert(connection, event, at)
    return changed


def days_of(connection: Connection, scheme: Scheme, series: Series, unit_code: str) -> list[dt.date]:
    """On which days somebody's events of the scheme's period are to be held, whether or not they are planned yet."""
    unit = find_unit(connection, unit_code, scheme.period.end_date)
    holder = Holder(unit_code, unit.street_code if unit else unit_code)
    return [one.day for one in planned_days(rules_of(connection, scheme, series, [holder])[unit_code], scheme.period)]


def _is_time(series: Series, scheme: Scheme, today: dt.date) -> bool:
    """A year's days are planned on a day of the year before, and not earlier."""
    return today >= dt.date.fromisoformat(f"{scheme.period.year - 1}-{series.planned_on}")


def holders_of(connection: Connection, scheme: Scheme, series: Series, scope_code: str) -> list[Holder]:
    """Who holds the series' events in a street or county, as of the period's last day."""
    if series.held_by == "community":
        return [Holder(unit.code, unit.street_code) for unit in taking_part(connection, scheme, scope_code)]
    if series.held_by == "county":
        return [Holder(scope_code[:COUNTY_DIGITS], scope_code[:COUNTY_DIGITS])]
    codes = street_codes(connection, scheme.period.end_date) if is_county(scope_code) else [scope_code]
    return [Holder(code, code) for code in codes if code.startswith(scope_code)]


def rules_of(
    connection: Connection, scheme: Scheme, series: Series, holders: Sequence[Holder]
) -> Mapping[str, DayRule]:
    """The rule that holds for each, by code: by its own attribute, else its street's, else its county's, else the usual one."""
    rules = series.all_rules
    if not series.chosen_by:
        return {holder.code: rules[""] for holder in holders}
    asked = {code for holder in holders for code in _who_chooses(holder)}
    chosen = chosen_in(connection, scheme, series.chosen_by, sorted(asked)) if asked else {}
    return {
        holder.code: rules.get(
            next((chosen[code] for code in _who_chooses(holder) if code in chosen), series.usual), rules[series.usual]
        )
        for holder in holders
    }


def _who_chooses(holder: Holder) -> tuple[str, str, str]:
    return holder.code, holder.street_code, holder.street_code[:COUNTY_DIGITS]


def _event(scheme: Scheme, series: Series, holder: Holder, key: str, number: int, day: PlannedDay | None) -> sql.Row:
    return {
        "id": key, "scheme": scheme.scheme, "series": series.key, "unit_code": holder.code,
        "street_code": holder.street_code, "period": str(scheme.period), "number": number, "state": PLANNED,
        "nominal_date": day and day.nominal_date, "planned_date": day and day.day,
    }  # fmt: skip


def _goes_along(connection: Connection, event: sql.Row, day: PlannedDay | None, at: dt.datetime) -> bool:
    """Whether an event moved with the calendar: none of which somebody was told, none that a person moved, none that is over."""
    today = in_zone(at).date()
    if day is None or event["is_moved"] or event["state"] != PLANNED or day.day == event["planned_date"]:
        return False
    if min(day.day, event["planned_date"] or day.day) <= today:
        return False
    change(connection, event, at, reason=MOVED_BY_CALENDAR, nominal_date=day.nominal_date, planned_date=day.day)
    return True
