"""Reminders to hand in: before the due date as the scheme says, then every day until the window ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection

from include.asking.opened import packets_of, returned_copy, workbooks_of
from include.db import sql
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import HandInReminder
from include.period import Period, in_zone
from include.registry.fillers import asked_in
from include.registry.offices import office_for
from include.registry.units import Unit
from include.schemes.calendar import Calendar
from include.schemes.fields import Form
from include.schemes.model import Scheme
from include.schemes.score import words_of_lateness
from include.workbooks.codes import grouped
from include.workbooks.forms import form_code

KIND = "hand_in_reminder"
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
    asked = [form for form in scheme.forms if form.is_by_subject and not _comes_by_itself(form)]
    together = [form for form in asked if form.calendar is None]
    groups = [*([together] if together else []), *([form] for form in asked if form.calendar is not None)]
    return sum(_remind_of(connection, scheme, forms, street_code, at) for forms in groups)


def _comes_by_itself(form: Form) -> bool:
    """Whether a sheet comes when there is something to say, or with an event: who holds that is told of it, and that its sheet has
    not come."""
    return form.rows is not None and (form.is_optional or bool(form.rows.holds))


def _remind_of(connection: Connection, scheme: Scheme, asked: Sequence[Form], street_code: str, at: dt.datetime) -> int:
    """Reminders of forms that have one calendar."""
    today, own = in_zone(at).date(), asked[0] if asked[0].calendar else None
    calendar, dates = scheme.calendar_of(asked[0].key), scheme.dates_of(asked[0].key)
    stage = stage_of(calendar, scheme.period, today)
    if not stage:
        return 0
    forms = [form.key for form in asked]
    fillers = [(form, [one.filler for one in asked_in(connection, scheme, form, street_code)]) for form in asked]
    hand_ins = sql.fetch(
        connection,
        "asking/select_hand_ins",
        scheme=scheme.scheme,
        period=scheme.period_text,
        received_at=at,
        any_code=sorted({unit.code for _, units in fillers for unit in units}),
    )
    accepted = {(row["unit_code"], row["form"]) for row in hand_ins if row["accepted"]}
    returned = {row["unit_code"] for row in hand_ins if not row["accepted"] and row["form"] in forms}
    reminded = 0
    waiting_of: dict[str, list[str]] = {}
    units: dict[str, Unit] = {}
    for form, asked_units in fillers:
        for unit in asked_units:
            units[unit.code] = unit
            if (unit.code, form.key) not in accepted:
                waiting_of.setdefault(unit.code, []).append(form.key)
    for code, waiting in sorted(waiting_of.items()):
        unit = units[code]
        subject = f"{scheme.scheme}/{scheme.period_text}/{unit.code}{f'/{own.key}' if own else ''}"
        sql.execute(connection, "asking/skip_superseded", kind=KIND, subject=subject, stage=stage, reason=SUPERSEDED)
        again = _form_again(connection, scheme, forms, unit.code, is_returned=unit.code in returned)
        notify(
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
                        "days_left": (dates.due_date - today).days,
                        "window_ends_date": dates.window_ends_date.isoformat(),
                        "status": "退回未改" if unit.code in returned else "未报",
                        "is_form_attached": bool(again),
                        "code": "、".join(grouped(form_code(scheme, form, unit.code)) for form in waiting),
                        **words_of_lateness(scheme),
                    }
                ),
            ),
        )
        reminded += 1
    return reminded


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
