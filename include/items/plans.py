"""整改方案: what a community means to do, sent before the work is done. It is kept and goes to the street; it moves no item."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.items.replies import sendable
from include.items.reply_rules import rules
from include.items.whose import office_code_of
from include.items.workbooks import Sheet
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OpsAlert
from include.period import at_latest_now, in_zone
from include.post import mail_parts
from include.registry.offices import office_on
from include.registry.units import find_unit

PLANNED = "planned"  # the kind of its event


@dataclass(frozen=True)
class AwaitedPlan:
    """A plan that an issued letter to a unit asks for by `due_date`, about the items of those ids; `is_here` once it came, or there is
    nothing left to plan for."""

    letter_id: str
    title: str
    kind: str
    number: str
    issue_date: dt.date
    due_date: dt.date
    scheme: str
    period: str
    street_code: str
    street: str
    unit_code: str
    items: tuple[str, ...]
    is_here: bool


@dataclass(frozen=True)
class Taken:
    """An item about which something was taken in: what the receipt says of it. `reason` is as its history has it."""

    unit_name: str
    indicator: str
    problem: str
    state: str
    reason: str


def tell_of_plan(
    connection: Connection, sheet: Sheet, sha256: str, plans: list[Taken], first: sql.Row, at: dt.datetime
) -> None:
    """The office asked for the plan: its staff get it, with the files that a mail can carry. `sha256` is what it came in, `first`
    the first item that it is about: a mail asks for one office."""
    words, day = rules().plan, in_zone(at).date()
    unit = find_unit(connection, sheet.code, day)
    sent_on, left = sendable(sheet.files, [*rules().sent_on, *mail_parts.rules().sheets])
    lines = [words.line.format(indicator=one.indicator, problem=one.problem, reason=one.reason) for one in plans]
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=f"plan/{sha256}",
            due_at=at_latest_now(at),
            office=office_on(connection, office_code_of(first, unit.street_code) if unit else "", day),
            words=OpsAlert(
                {
                    "title": words.title.format(unit=plans[0].unit_name, count=len(plans)),
                    "lines": [*lines, *(words.left.format(file=name) for name in left)],
                }
            ),
            attachments=sent_on,
        ),
    )
