"""What is recorded when people have a unit reminded once more of what it owes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.asking.opened import is_opened_in
from include.asking.reminders import Again, remind_again
from include.decisions import common_problems, decide, decisions_of, known, refuse, unit_in_period
from include.period import chinese_date, in_zone
from include.registry.offices import running
from include.registry.persons import name_of
from include.registry.taking_part import scope_of_unit
from include.registry.units import Unit
from include.schemes.model import Scheme

DECISION = "reminder"


def remind_once_more(
    connection: Connection, scheme: Scheme, unit_code: str, reason: str, by: str, at: dt.datetime
) -> str:
    """Remind a unit now of the forms that it owes; what was done, in Chinese.

    Raises UserError: unknown unit, no reason, no name; nothing went out, nothing is owed, nothing may come in today; it was reminded
    so today already; nobody would get it. The caller then takes back what was written.
    """
    found = unit_in_period(connection, scheme, unit_code)
    unit = known(found, common_problems(found, unit_code, scheme, reason, by, at))
    about = f"{scheme.name}（{scheme.period.name}）"
    refuse(_not_asked(connection, scheme, unit, about) or _reminded_today(connection, scheme, unit, at))
    done = remind_again(connection, scheme, unit, at)
    sent = [one for one in done if one.noticed is not None and one.noticed.is_written and not one.noticed.is_skipped]
    if not sent:
        refuse(_why_not(unit, about, done))
    names = "、".join(name for one in sent for name in one.forms)
    decide(connection, DECISION, scheme, unit.code, value=names, reason=reason, by=by, at=at)
    state = "退回未改" if any(one.is_returned for one in sent) else "未报"
    return f"{name_of(by, in_zone(at).date())} 再提醒了{unit.name}：{about}{names}{state}，提醒邮件随即发出。"


def _not_asked(connection: Connection, scheme: Scheme, unit: Unit, about: str) -> list[str]:
    scope_code = scope_of_unit(scheme, unit)
    if not running([scope_code], scheme.scheme, scheme.period):
        return [f"{unit.street}没有采用{about}，不能提醒：请核对考评方案和期间。"]
    if not is_opened_in(connection, scheme, scope_code):
        return [f"{about}的填报表还没有发出，没有可以提醒的：请在开放填报以后再办。"]
    return []


def _reminded_today(connection: Connection, scheme: Scheme, unit: Unit, at: dt.datetime) -> list[str]:
    today = in_zone(at).date()
    rows = decisions_of(connection, scheme, unit.code, (DECISION,))
    return [
        f"{unit.name}今天 {in_zone(row['decided_at']):%H:%M} 已由{row['decided_by']}再提醒过：同一单位一天只再提醒一次，请明天再办。"
        for row in rows
        if in_zone(row["decided_at"]).date() == today
    ]


def _why_not(unit: Unit, about: str, done: list[Again]) -> list[str]:
    """Why nobody was reminded."""
    if not done:
        return [f"{unit.name}没有要提醒的：{about}的填报表都已受理，或不由它填报。"]
    if skipped := {one.noticed.why_skipped for one in done if one.noticed is not None and one.noticed.is_skipped}:
        return [f"提醒发不到{unit.name}：{reason}" for reason in sorted(skipped)]
    if any(one.noticed is not None for one in done):
        return [f"{unit.name}今天已再提醒过：同一单位一天只再提醒一次，请明天再办。"]
    return [
        f"{unit.name}的{'、'.join(one.forms)}今天不在收件期内（{chinese_date(one.dates.opens_date)}至"
        f"{chinese_date(one.dates.window_ends_date)}），不能再提醒。"
        for one in done
    ]
