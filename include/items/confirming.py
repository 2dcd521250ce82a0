"""When the days off of a year have come: deadlines that were 暂定 are confirmed by a recorded decision, once.

A deadline moves to the day by that calendar or stays, and never to an earlier one; each whom it concerns is told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict

from sqlalchemy import Connection

from include.data_files import read_bytes
from include.db import sql
from include.decisions import record as record_act
from include.items.deadlines import Deadline, deadline, provisional, stored, unknown_years, words
from include.items.rectification_steps import extended
from include.items.states import record
from include.items.whose import by_office
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OfItems
from include.period import at_latest_now, calendar_path, in_zone
from include.registry.units import find_unit

CONFIRMED = "deadline_confirmed"  # the decision
_SYSTEM = "系统"


def confirm_deadlines(connection: Connection, at: dt.datetime) -> int:
    """Confirm every 暂定 deadline whose calendars have come; how many. Each is a decision; each unit gets one notice."""
    confirmed: dict[str, list[sql.Row]] = defaultdict(list)
    for item in provisional(connection):
        by_calendar = deadline(item["opened_date"], item["working_days"])
        if by_calendar.is_provisional or unknown_years(item["opened_date"], item["deadline"]):
            continue
        after = max(item["deadline"], by_calendar.date)
        year = item["deadline"].year  # the one that was not known
        sources = {str(year): hashlib.sha256(read_bytes(calendar_path(year))).hexdigest()}
        decision = {
            "kind": CONFIRMED, "scheme": item["scheme"], "period": item["opened_period"], "unit_code": item["unit_code"],
            "field": item["id"], "value": after.isoformat(), "reason": json.dumps(sources), "decided_by": _SYSTEM, "decided_at": at,
        }  # fmt: skip
        confirmed[item["unit_code"]].append(apply_confirmation(connection, decision))
    for unit_code, items in confirmed.items():
        _tell(connection, unit_code, [item for item in items if item["is_open"]], at)
    return sum(map(len, confirmed.values()))


def years_confirmed(decision: sql.Row) -> list[int]:
    """The years whose calendars had come when a deadline was confirmed, and had not when it was counted."""
    return [int(year) for year in json.loads(decision["reason"])]


def apply_confirmation(connection: Connection, decision: sql.Row) -> sql.Row:
    """Carry out and record a decision on a deadline; the item with `before`, the text of its old deadline."""
    record_act(connection, decision)
    item = dict(sql.fetch_one(connection, "items/select_item", id=decision["field"]) or {})
    before, after = stored(item), Deadline(dt.date.fromisoformat(decision["value"]))
    if not before.is_provisional:
        return item | {"before": before.shown}
    sql.execute(connection, "items/confirm_deadline", id=item["id"], deadline=after.date)
    extended(connection, item["id"], after.date)
    sentence = words().kept if before.date == after.date else words().moved
    years = "、".join(json.loads(decision["reason"]))
    reason = sentence.format(before=before.shown, after=after.shown, years=years)
    record(connection, item["id"], "confirmed", "", _SYSTEM, reason, decision["decided_at"])
    return item | {"before": before.shown, "deadline": after.date, "is_provisional": False}


def _tell(connection: Connection, unit_code: str, told_of: list[sql.Row], at: dt.datetime) -> None:
    today = in_zone(at).date()
    unit = find_unit(connection, unit_code, today)
    for office, items in by_office(told_of, unit):
        listed = hashlib.sha256("".join(sorted(item["id"] for item in items)).encode()).hexdigest()[:12]
        asked = [
            {
                "id": item["id"],
                "indicator": item["indicator"],
                "problem": item["problem"],
                "before": item["before"],
                "deadline": item["deadline"].isoformat(),
                "days_left": (item["deadline"] - today).days,
            }
            for item in items
        ]
        notify(
            connection,
            Notice(
                "rectification_deadline",
                subject=f"rectification/{unit_code}/{listed}",
                stage=CONFIRMED,
                unit=unit,
                office=office,
                period=max(item["opened_period"] for item in items),
                due_at=at_latest_now(at),
                words=OfItems({"unit_name": unit.name if unit else unit_code, "items": asked}),
                asks=asked,
            ),
        )
