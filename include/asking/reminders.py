"""Reminders to hand in: before the due date as the scheme says, then every day until the window ends; and whenever a person asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from include.asking.opened import packets_of, returned_copy, workbooks_of
from include.db import sql
from include.outbox.notice import Notice
from include.outbox.outbox import Noticed, notify
from include.outbox.words import HandInReminder
from include.period import Period, in_zone
from include.registry.fillers import asked_in
from include.registry.offices import office_for
from include.registry.taking_part import scope_of_unit
from include.registry.units import Unit
from include.schemes.calendar import Calendar, Dates
from include.schemes.fields import Form
from include.schemes.model import Scheme
from include.schemes.score import words_of_lateness
from include.workbooks.codes import grouped
from include.workbooks.forms import form_code

KIND = "hand_in_reminder"
AGAIN = "again"  # begins the stage of one that a person asked for, as policies.yaml names it
SUPERSEDED = "已被较新的提醒取代。"


def stage_of(calendar: Calendar, period: Period, today: dt.date) -> str:
    """The stage due on a day: T-7, T-3, T-1, then late:<day> until the window ends; empty where none.

    A day on which nothing ran is caught up by the most recent stage alone.
    """
    dates = calendar.dates_of(period)
    if not dates.covers(today):
        return ""
    if today > dates.due_date:
        return f"late:{today}"
    days_left = (dates.due_date - today).days
    reached = [days for days in calendar.reminders_days_before_due if days >= days_left]
    return f"T-{min(reached)}" if reached else ""


def remind_missing(connection: Connection, scheme: Scheme, street_code: str, at: dt.datetime) -> int:
    """Put a reminder into the outbox for every subject of the street that has no accepted version of a form that it fills in; how many that is. The same stage again changes nothing. A form with a calendar of its own has
    reminders of its own."""
    reminded = 0
    for forms in _by_calendar(scheme):
        if stage := stage_of(scheme.calendar_of(forms[0].key), scheme.period, in_zone(at).date()):
            owed = _owed(connection, scheme, forms, street_code, at)
            reminded += len([_remind(connection, scheme, forms, one, stage, at) for one in owed])
    return reminded


@dataclass(frozen=True)
class Again:
    """Forms of one calendar that a unit owes, by name. `noticed`: what came of reminding it; None where nothing may come in on the day
    (`dates`)."""

    forms: list[str]
    is_returned: bool
    dates: Dates
    noticed: Noticed | None


def remind_again(connection: Connection, scheme: Scheme, unit: Unit, at: dt.datetime) -> list[Again]:
    """Remind one unit at once, whatever stage the day has, of what it owes; nothing where it owes nothing. The same day again
    changes nothing."""
    today, done = in_zone(at).date(), []
    for forms in _by_calendar(scheme):
        dates = scheme.dates_of(forms[0].key)
        for owed in _owed(connection, scheme, forms, scope_of_unit(scheme, unit), at, unit.code):
            names = [form.name for form in forms if form.key in owed.forms]
            may_come = dates.covers(today)
            noticed = _remind(connection, scheme, forms, owed, f"{AGAIN}:{today}", at) if may_come else None
            done.append(Again(names, owed.is_returned, dates, noticed))
    return done


def reminded_of(scheme: Scheme, today: dt.date) -> set[str]:
    """Keys of the forms of which who owes them is reminded, and that may come in on that day."""
    asked = (form.key for forms in _by_calendar(scheme) for form in forms)
    return {key for key in asked if scheme.dates_of(key).covers(today)}


def _by_calendar(scheme: Scheme) -> list[list[Form]]:
    """The forms of which subjects are reminded: those of the system's calendar together, each other by itself."""
    asked = [form for form in scheme.forms if form.is_by_subject and not _comes_by_itself(form)]
    together = [form for form in asked if form.calendar is None]
    return [*([together] if together else []), *([form] for form in asked if form.calendar is not None)]


def _comes_by_itself(form: Form) -> bool:
    """Whether a sheet comes when there is something to say, or with an event: who holds that is told of it, and that its sheet has
    not come."""
    return form.rows is not None and (form.is_optional or bool(form.rows.holds))


@dataclass(frozen=True)
class _Owed:
    """Who owes which of the forms of one calendar; whether one of them went back to it."""

    unit: Unit
    forms: list[str]
    is_returned: bool


def _owed(
    connection: Connection,
    scheme: Scheme,
    asked: Sequence[Form],
    street_code: str,
    at: dt.datetime,
    unit_code: str = "",
) -> list[_Owed]:
    """Every subject of the street (one of them) that has no accepted version of some of the forms, by code."""
    forms = [form.key for form in asked]
    fillers = [
        (form, one.filler) for form in asked for one in asked_in(connection, scheme, form, street_code, unit_code)
    ]
    hand_ins = sql.fetch(
        connection,
        "asking/select_hand_ins",
        scheme=scheme.scheme,
        period=scheme.period_text,
        received_at=at,
        any_code=sorted({unit.code for _, unit in fillers}),
    )
    accepted = {(row["unit_code"], row["form"]) for row in hand_ins if row["accepted"]}
    returned = {row["unit_code"] for row in hand_ins if not row["accepted"] and row["form"] in forms}
    waiting_of: dict[str, list[str]] = {}
    units: dict[str, Unit] = {}
    for form, unit in fillers:
        units[unit.code] = unit
        if (unit.code, form.key) not in accepted:
            waiting_of.setdefault(unit.code, []).append(form.key)
    return [_Owed(units[code], waiting, code in returned) for code, waiting in sorted(waiting_of.items())]


def _remind(
    connection: Connection, scheme: Scheme, asked: Sequence[Form], owed: _Owed, stage: str, at: dt.datetime
) -> Noticed:
    """One subject of forms that have one calendar; what waits of an earlier stage gives way."""
    unit, own = owed.unit, asked[0] if asked[0].calendar else None
    dates, forms = scheme.dates_of(asked[0].key), [form.key for form in asked]
    subject = f"{scheme.scheme}/{scheme.period_text}/{unit.code}{f'/{own.key}' if own else ''}"
    sql.execute(connection, "asking/skip_superseded", kind=KIND, subject=subject, stage=stage, reason=SUPERSEDED)
    again = _form_again(connection, scheme, forms, unit.code, is_returned=owed.is_returned)
    return notify(
        connection,
        Notice(
            KIND,
            subject=subject,
            stage=stage,
            unit=unit,
            office=office_for(scheme, unit),
            scheme=scheme.scheme,
            period=scheme.period_text,
            due_at=at,
            attachments=again,
            words=HandInReminder(
                {
                    "scheme_name": own.name if own else scheme.name,
                    "period_name": scheme.period.name,
                    "unit_name": unit.name,
                    "due_date": dates.due_date.isoformat(),
                    "days_left": (dates.due_date - in_zone(at).date()).days,
                    "window_ends_date": dates.window_ends_date.isoformat(),
                    "status": "退回未改" if owed.is_returned else "未报",
                    "is_form_attached": bool(again),
                    "code": "、".join(grouped(form_code(scheme, form, unit.code)) for form in owed.forms),
                    **words_of_lateness(scheme),
                }
            ),
        ),
    )


def _form_again(
    connection: Connection, scheme: Scheme, forms: Sequence[str], unit_code: str, *, is_returned: bool
) -> list[tuple[str, str]]:
    """What the unit is to fill in, as it was mailed before: the marked copy that went back last, else the packet that its forms
    travelled in, else its forms."""
    marked = returned_copy(connection, scheme, forms, unit_code) if is_returned else None
    if marked:
        return [marked]
    packets = packets_of(connection, scheme, unit_code)
    together = dict.fromkeys(packets[form] for form in forms if form in packets)
    return [*together, *workbooks_of(connection, scheme, [form for form in forms if form not in packets], unit_code)]
