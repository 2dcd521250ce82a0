"""What those who take the steps of items are told: that one has begun, is due, is overdue, is to be looked at again."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from include.archive import contents
from include.asking.opened import Workbook
from include.asking.opening import form_file_name
from include.db import sql
from include.items.holders import Reached, reached
from include.items.proposals import proposed
from include.items.whose import subject_of
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OfSteps
from include.period import Period, at_latest_now
from include.registry.units import find_unit
from include.schemes.item_kinds import Step, shared_kinds
from include.schemes.loader import collected_on, find_scheme
from include.workbooks.rating_sheets import FreeRow, write_row_sheet


def tell_begun(
    connection: Connection, step: Step, item: sql.Row, cells: Mapping[str, str], began: dt.date, due: dt.date, at: dt.datetime
) -> None:  # fmt: skip
    """Who takes a step that has begun is told of it at once, by the kind of notice that the step names, with the sheet to report
    it by and with who could take the item on, where it says so."""
    to = reached(connection, item["holder_scope"], item["holder"], began)
    listed = told_step(connection, item | {"due_date": due}, began)
    if step.proposes is not None:
        listed["proposed"] = proposed(connection, step.proposes, item, cells, began, at)
    sheets = _sheets(connection, item, to, began) if step.sends_sheet else []
    tell(
        connection, step.notice, to, [listed], [item["id"]], item["scheme"], item["opened_period"],
        f"{item['step']}:{began}", at, attachments=sheets,
    )  # fmt: skip


def tell_office(connection: Connection, notice: str, item: sql.Row, done: dt.date, at: dt.datetime) -> None:
    """The office of the street hears of what an item has come to; whom there, the kind of notice says."""
    unit = find_unit(connection, item["unit_code"], done)
    office = reached(connection, "street", unit.street_code if unit else item["unit_code"][:9], done)
    listed = told_step(connection, item | {"due_date": item["step_due_date"]}, done)
    tell(
        connection, notice, replace(office, recipients=("",)), [listed], [item["id"]], item["scheme"], item["opened_period"],
        f"{item['step']}:{done}", at, street=office.name,
    )  # fmt: skip


def _sheets(connection: Connection, item: sql.Row, to: Reached, day: dt.date) -> list[Workbook]:
    """The sheet by which a subject reports steps, of the latest period in which it may come, with the item and the step."""
    if to.unit is None:
        return []
    numbered = sql.fetch(connection, "items/select_numbered", scheme=item["scheme"], number=item["number"])
    is_one = len({one["unit_code"] for one in numbered}) <= 1
    number = item["number"] if is_one else f"{item['unit_code']}-{item['number']}"
    for scheme in collected_on(item["scheme"], day):
        for form in scheme.forms_on(day):
            if form.rows is not None and (columns := form.rows.takes_steps) is not None:
                row = FreeRow("s1", {columns.number: number, columns.step: item["step"]})
                content = write_row_sheet(scheme, form.key, to.unit, [row])
                return [(form_file_name(scheme, form, to.unit), contents.store(content))]
    return []


def tell(
    connection: Connection, notice: str, to: Reached, items: Sequence[sql.Row], ids: Sequence[str], scheme: str, period: str,
    stage: str, at: dt.datetime, attachments: Sequence[Workbook] = (), street: str = "",
) -> None:  # fmt: skip
    """One notice about steps to who takes them, or to the office of a `street`; the same again changes nothing."""
    words: OfSteps = {"holder_name": to.name, "items": list(items)}
    if attachments:
        words["has_sheet"] = True
    if street:
        words["street"] = street
    named = hashlib.sha256("".join(sorted(ids)).encode()).hexdigest()[:12]
    for recipient in to.recipients:
        notify(
            connection,
            Notice(
                notice,
                subject=f"steps/{to.unit.code if to.unit else to.office.street_code}/{named}",
                stage=stage,
                unit=to.unit,
                office=to.office,
                recipient=recipient,
                scheme=scheme,
                period=period,
                due_at=at_latest_now(at),
                words=words,
                attachments=attachments,
            ),
        )


def told_step(connection: Connection, item: sql.Row, today: dt.date) -> sql.Row:
    """An item as a notice lists it, with the step at which it stands."""
    unit = subject_of(connection, item["unit_code"], today)
    system = find_scheme(item["scheme"], Period.parse(item["opened_period"]))
    kind = (system.kinds_of_items if system else {}).get(item["kind"]) or shared_kinds().get(item["kind"])
    step = kind.step(item["step"]) if kind else None
    return {
        "number": item["number"] or item["indicator"],
        "kind": kind.name if kind else item["kind"],
        "unit": unit.name if unit else item["unit_code"],
        "problem": item["problem"],
        "step": item["step"],
        "due": item["due_date"].isoformat(),
        "days_left": (item["due_date"] - today).days,
        "outcomes": [name for name in step.outcomes if name != step.unanswered or len(step.outcomes) == 1]
        if step
        else [],
    }
