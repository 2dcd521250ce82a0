"""What a person may do to an event: another day for it, or none at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.decisions import decide, known, refuse, text_problems
from include.errors import UserError
from include.events.planning import holders_of
from include.events.record import change, events_of_unit, is_held
from include.events.rounds import INVITATION, tell
from include.period import chinese_date, in_zone
from include.registry.persons import name_of
from include.schemes.model import Scheme
from include.schemes.series import CANCELLED, PLANNED, Series

MOVED, CANCEL, RESTORED = "改期", "取消", "恢复"


def act_on_event(
    connection: Connection,
    act: str,
    *,
    scheme: Scheme,
    series: Series,
    unit_code: str,
    by: str,
    reason: str,
    at: dt.datetime,
    number: int = 1,
    day: dt.date | None = None,
) -> sql.Row:
    """Move, cancel or restore an event and tell who holds it; as it stands then. The same again changes nothing.

    Raises UserError, all at once: no such event, no reason, a day that is missing, past or too far off, one that was held.
    """
    problems = text_problems(reason, by)
    events = events_of_unit(connection, scheme, series, unit_code)
    event = next((one for one in events if one["number"] == number), None)
    today = in_zone(at).date()
    if event is None:
        problems.append(f"{unit_code} 在{scheme.period.name}没有排定的{series.name}：请核对单位和期间。")
    elif is_held(series, event["state"]):
        problems.append(
            f"这次{series.name}已于{chinese_date(event['held_date'])}{series.held_word[1:]}，不能{act}；如有误，请重报表格。"
        )
    if act == MOVED:
        problems += _problems_of_day(scheme, series, day, today)
    if act == RESTORED and event is not None and event["state"] != CANCELLED:
        problems.append(f"这次{series.name}没有取消（{event['state']}），不用恢复。")
    refuse(problems)
    found = known(event, problems)
    if (act == CANCEL and found["state"] == CANCELLED) or (
        act == MOVED and day == found["planned_date"] and found["is_moved"]
    ):
        return found
    decide(
        connection, f"event_{_KINDS[act]}", scheme, unit_code, field=f"{series.key}/{number}",
        value=day.isoformat() if act == MOVED and day else "", reason=reason, by=by, at=at,
    )  # fmt: skip
    changes: dict[str, Any] = {"state": CANCELLED} if act == CANCEL else {"state": PLANNED, "is_moved": True}
    if act == MOVED:
        changes["planned_date"] = day
    changed = change(connection, found, at, actor=name_of(by, today), reason=reason.strip(), **changes)
    holders = holders_of(connection, scheme, series, changed["street_code"])
    if (holder := next((one for one in holders if one.code == unit_code), None)) is not None:
        stage = f"{act}@{at.isoformat(timespec='seconds')}"
        tell(connection, scheme, series, changed, holder, at, INVITATION, stage, change=act, reason=reason.strip())
    return changed


_KINDS = {MOVED: "moved", CANCEL: "cancelled", RESTORED: "restored"}


def _problems_of_day(scheme: Scheme, series: Series, day: dt.date | None, today: dt.date) -> list[str]:
    if day is None:
        return [f"没有填新的日期：改期要写明{series.name}改到哪一天。"]
    if day <= today:
        return [f"新的日期{chinese_date(day)}已经过了：请填今天以后的日子。"]
    if day >= series.not_held_date(scheme.period):
        last = chinese_date(series.not_held_date(scheme.period) - dt.timedelta(days=1))
        return [
            f"新的日期{chinese_date(day)}太晚：{scheme.period.name}的{series.name}最迟到{last}；再晚请取消，或过后补报。"
        ]
    return []


def series_named(scheme: Scheme, key_or_name: str) -> Series:
    """One of the series of the scheme's period by key or name. Raises UserError for any other."""
    wanted = key_or_name.strip()
    found = next((one for one in scheme.own_series if wanted in (one.key, one.name)), None)
    if found is None:
        offered = "、".join(one.name for one in scheme.own_series) or "没有活动系列"
        raise UserError(f"{scheme.name}{scheme.period.name}没有“{wanted}”：可填 {offered}。")
    return found
