"""The inspectors' mail: the 整改核验表 of everything that waits for them, with the communities' evidence."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict

from sqlalchemy import Connection

from include.db import sql
from include.db.sql import Row
from include.intake import archive
from include.notices.outbox import notify
from include.period import at_latest_now, in_zone
from include.rectification.answers import verification_workbook
from include.rectification.replies import rules, sendable
from include.registry.offices import office_on

KIND = "rectification_verification"


def ask_inspectors(connection: Connection, at: dt.datetime) -> int:
    """Put a street's 整改核验表 into the outbox where an answer waits that no earlier one listed; how many streets.

    One a street and day, to every inspector of the office (to ops where it has none). The same day again changes nothing.
    """
    today, streets = in_zone(at).date(), defaultdict[str, list[Row]](list)
    for answer in sql.fetch(connection, "rectification/select_waiting", on_date=today):
        streets[answer["street_code"]].append(answer)
    asked = 0
    for street_code, waiting in streets.items():
        listed = [f"{answer['item_id'][:16]}/{answer['sequence']}" for answer in waiting]
        last = sql.fetch_one(
            connection, "rectification/select_last_asked", kind=KIND, subject=f"verification/{street_code}"
        )
        known = set(json.loads(last["payload"])["listed"]) if last else set()
        if not known.issuperset(listed):
            _ask(connection, street_code, waiting, listed, known, at)
            asked += 1
    return asked


def _ask(
    connection: Connection, street_code: str, waiting: list[Row], listed: list[str], known: set[str], at: dt.datetime
) -> None:
    today = in_zone(at).date()
    office = office_on(connection, street_code, today)
    sheet = verification_workbook(connection, street_code, office.street, today)
    if sheet is None:
        return
    sent_on, left = sendable(_evidence(connection, waiting), rules().sent_on)
    for inspector in office.inspectors or [""]:
        notify(
            connection, KIND, subject=f"verification/{street_code}", stage=str(today), office=office,
            recipient=inspector, due_at=at_latest_now(at),
            payload={
                "unit_name": office.street, "count": len(listed), "new": len(set(listed) - known), "listed": listed,
                "items": [
                    {
                        "unit": answer["unit_name"], "indicator": answer["indicator"], "problem": answer["problem"],
                        "deadline": answer["deadline"].isoformat(),
                    }
                    for answer in waiting
                ],
                "left": left,
            },
            attachments=[(f"{office.street}整改核验表.xlsx", archive.store(sheet)), *sent_on],
        )  # fmt: skip


def _evidence(connection: Connection, waiting: list[Row]) -> list[Row]:
    """The communities' files, each under the name of its unit and item."""
    return [
        file | {"name": f"{answer['unit_name']}_{answer['indicator']}_{file['name']}"}
        for answer in waiting
        for file in sql.fetch(
            connection, "rectification/select_evidence", item_id=answer["item_id"], sequence=answer["sequence"]
        )
    ]
