"""Drafts that wait for a person: the committee is asked, and reminded until it answers. Nothing approves itself."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import Connection

from include.circulars.model import Model
from include.db import sql
from include.errors import UserError
from include.notices.outbox import notify
from include.notices.policies import load_policies
from include.period import add_working_days, in_zone, is_working_day, working_days_between
from include.registry.offices import office_of
from include.registry.units import find_unit


def ask(connection: Connection, circular_id: str, at: dt.datetime) -> None:
    """Tell the committee that a draft waits, with the draft; its waiting counts from here. Once a text."""
    row = get_circular(connection, circular_id)
    sql.execute(connection, "circulars/mark_asked", id=row["id"], asked_at=at)
    _tell(connection, row, row["model_hash"][:12], 0, at)


def remind(connection: Connection, at: dt.datetime) -> int:
    """Remind the committee of every draft that it was asked about so many working days ago; how many that is.

    A day off reminds of nothing; a day on which nothing ran is caught up on the next. The same day again changes nothing.
    """
    today, every = in_zone(at).date(), load_policies().approvals.remind_every_working_days
    reminded = 0
    if not is_working_day(today):
        return reminded
    for waiting in sql.fetch(connection, "circulars/list_waiting"):
        asked_date = in_zone(waiting["asked_at"]).date()
        waited = working_days_between(asked_date, today)
        if waited < every:
            continue
        fell_due_date = add_working_days(asked_date, waited // every * every)
        _tell(connection, get_circular(connection, waiting["id"]), fell_due_date.isoformat(), waited, at)
        reminded += 1
    return reminded


def get_circular(connection: Connection, circular_id: str) -> sql.Row:
    """A circular or letter by its id or its document number. Raises UserError where there is none."""
    row = sql.fetch_one(connection, "circulars/get_circular", circular_id=circular_id)
    if row is None:
        raise UserError(f"没有编号或发文字号为“{circular_id}”的公文：请核对，或先生成草稿。")
    return row


def _tell(connection: Connection, row: sql.Row, stage: str, waited_working_days: int, at: dt.datetime) -> None:
    model: Model = json.loads(row["model"])
    unit = find_unit(connection, row["unit_code"], in_zone(at).date()) if row["unit_code"] else None
    notify(
        connection,
        "approval_waiting",
        subject=row["id"],
        stage=stage,
        unit=unit,
        office=office_of(row["street_code"], model["street"]),
        revision=row["revision"],
        period=row["period"],
        due_at=at,
        payload={
            "title": model["title"],
            "kind": row["kind"],
            "street": model["street"],
            "waited_working_days": waited_working_days,
        },
        attachments=[
            (f"{model['title']}（草稿）.{ending}", row[f"{ending}_sha256"])
            for ending in ("docx", "pdf")
            if row[f"{ending}_sha256"]
        ],
    )
