"""Who has handed in what, by when, and in which state it is: before a period closes, and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from include.asking.reminders import KIND as REMINDER
from include.db import sql
from include.period import days_late, in_zone
from include.registry.units import Unit
from include.schemes.model import Scheme
from include.scoring.inputs import CAME_LATE as LATE
from include.scoring.inputs import MISSING, RETURNED, UnitInputs, gather, known_until

__all__ = ["ACCEPTED", "LATE", "MISSING", "RETURNED", "HandIn", "due_words", "hand_ins"]

ACCEPTED = "已受理"


@dataclass(frozen=True)
class HandIn:
    """One form of one filler. `newest`: its newest version as select_newest_hand_ins gives it; empty where nothing came.

    `days_late` of what came late is by its first accepted version; `days_left` of what is missing until it is due, below 0 once it
    is. `failures`: how much is wrong with a version that was sent back. `group`: that of who hands it in, where the system has groups.
    """

    unit: Unit
    form: str
    form_name: str
    state: str
    due_date: dt.date
    is_extended: bool
    days_left: int
    days_late: int
    reminders: int
    newest: Mapping[str, Any]
    group: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state in (MISSING, RETURNED)


def due_words(days_left: int) -> str:
    """How far the due day is, below 0 behind."""
    if days_left > 0:
        return f"还有 {days_left} 天截止"
    return "今天截止" if days_left == 0 else f"已过截止 {-days_left} 天"


def hand_ins(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> list[HandIn]:
    """Every form that somebody of the street or county is to hand in, by unit and in the order of the system; an optional one where
    something of it came."""
    keys = {"scheme": scheme.scheme, "period": str(scheme.period)}
    newest = {
        (row["unit_code"], row["form"]): row for row in sql.fetch(connection, "reports/select_newest_hand_ins", **keys)
    }
    rows = sql.fetch(connection, "reports/count_reminders", **keys, kind=REMINDER)
    reminders = {row["unit_code"]: int(row["reminders"]) for row in rows}
    found = []
    for inputs in gather(connection, scheme, scope_code, known_until(connection, scheme, at), has_all_raters=True):
        for form, name in inputs.names.items():
            row = newest.get((inputs.unit.code, form), {})
            if form in inputs.optional_forms and not row:
                continue
            found.append(
                _hand_in(scheme, inputs, form, name, row, reminders.get(inputs.unit.code, 0), in_zone(at).date())
            )
    return found


def _hand_in(
    scheme: Scheme, inputs: UnitInputs, form: str, name: str, newest: sql.Row, reminders: int, today: dt.date
) -> HandIn:
    due = inputs.due_dates.get(form, inputs.due_date)
    first = inputs.first_received.get(form)
    late = days_late(first, due) if first is not None else 0
    outstanding = RETURNED if newest else MISSING
    state = (LATE if late else ACCEPTED) if form in inputs.scored else outstanding
    return HandIn(
        inputs.unit,
        form,
        name,
        state,
        due,
        due > scheme.dates_of(form).due_date,
        (due - today).days,
        late,
        reminders,
        newest,
        inputs.group,
    )
