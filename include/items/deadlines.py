"""The last day of a rectification: counted once, stored, printed; the one home for paper, mail and record.

While the days off of a year on the way are not known, it is counted by weekends alone and is 暂定. When the calendar has
come it is confirmed by a recorded decision, once: it moves to the day by that calendar or stays, and never to an earlier one.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.data_files import Part, read_bytes, read_yaml
from include.db import sql
from include.db.sql import Row
from include.decisions.recording import record as record_act
from include.period import add_working_days, at_latest_now, calendar_is_known, calendar_path, chinese_date, in_zone

CONFIRMED = "deadline_confirmed"  # the decision
_SYSTEM = "系统"


class Words(Part):
    provisional: str
    to_approver: str
    calendar_needed: str
    moved: str
    kept: str


@dataclass(frozen=True)
class Deadline:
    date: dt.date
    is_provisional: bool = False

    @property
    def shown(self) -> str:
        """As printed: 2026年10月8日, or 暂定 2027年5月5日（节假日安排公布后确认）."""
        text = chinese_date(self.date)
        return words().provisional.format(date=text) if self.is_provisional else text

    @property
    def for_mail(self) -> str:
        """For a mail's payload: ISO, which the templates print as a date; what is 暂定 in words."""
        return self.shown if self.is_provisional else self.date.isoformat()


def deadline(issue_date: dt.date, working_days: int) -> Deadline:
    """The last day of so many working days after the 成文日期."""
    date = add_working_days(issue_date, working_days)
    return Deadline(date, bool(_unknown_years(issue_date, date)))


def stored(item: Row) -> Deadline:
    """That of a row with `deadline`, and `is_provisional` where it may be so."""
    return Deadline(item["deadline"], bool(item.get("is_provisional")))


def told(item: Row, today: dt.date | None = None) -> Row:
    """An item as a mail lists it: id, indicator, problem, deadline; with `today`, how many days are left."""
    row = {
        "id": item["id"],
        "indicator": item["indicator"],
        "problem": item["problem"],
        "deadline": stored(item).for_mail,
    }
    return row if today is None else row | {"days_left": (item["deadline"] - today).days}


def for_approver(issue_date: dt.date, working_days: Iterable[int]) -> str:
    """What whoever signs is told of deadlines that would be 暂定 if issued on that day; empty where none would."""
    found = [one.date for days in working_days if (one := deadline(issue_date, days)).is_provisional]
    years = sorted({year for date in found for year in _unknown_years(issue_date, date)})
    return words().to_approver.format(count=len(found), years="、".join(map(str, years))) if found else ""


def calendar_needed(connection: Connection) -> str:
    """The sentence that asks for the calendars in which stored deadlines lie; empty where all are known."""
    waiting = [row for row in _provisional(connection) if _unknown_years(row["opened_date"], row["deadline"])]
    years = sorted({year for row in waiting for year in _unknown_years(row["opened_date"], row["deadline"])})
    if not years:
        return ""
    return words().calendar_needed.format(count=len(waiting), years="、".join(map(str, years)), year=years[0])


def confirm_deadlines(connection: Connection, at: dt.datetime) -> int:
    """Confirm every 暂定 deadline whose calendars have come; how many. Each is a decision; each unit gets one notice."""
    confirmed: dict[str, list[Row]] = defaultdict(list)
    for item in _provisional(connection):
        by_calendar = deadline(item["opened_date"], item["working_days"])
        if by_calendar.is_provisional or _unknown_years(item["opened_date"], item["deadline"]):
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


def years_confirmed(decision: Row) -> list[int]:
    """The years whose calendars had come when a deadline was confirmed, and had not when it was counted."""
    return [int(year) for year in json.loads(decision["reason"])]


def apply_confirmation(connection: Connection, decision: Row) -> Row:
    """Carry out and record a decision on a deadline; the item with `before`, the text of its old deadline."""
    from include.items.rectification_steps import extended
    from include.items.states import record  # states speaks of deadlines, too

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


def _tell(connection: Connection, unit_code: str, told_of: list[Row], at: dt.datetime) -> None:
    from include.items.whose import by_office
    from include.outbox.outbox import notify
    from include.registry.units import find_unit

    today = in_zone(at).date()
    unit = find_unit(connection, unit_code, today)
    for office, items in by_office(told_of, unit):
        listed = hashlib.sha256("".join(sorted(item["id"] for item in items)).encode()).hexdigest()[:12]
        asked = [
            {
                "id": item["id"], "indicator": item["indicator"], "problem": item["problem"],
                "before": item["before"], "deadline": item["deadline"].isoformat(),
                "days_left": (item["deadline"] - today).days,
            }
            for item in items
        ]  # fmt: skip
        notify(
            connection, "rectification_deadline", subject=f"rectification/{unit_code}/{listed}", stage=CONFIRMED,
            unit=unit, office=office, period=max(item["opened_period"] for item in items), due_at=at_latest_now(at),
            payload={"unit_name": unit.name if unit else unit_code, "items": asked}, asks=asked,
        )  # fmt: skip


def _provisional(connection: Connection) -> list[Row]:
    return sql.fetch(connection, "items/select_provisional")


def _unknown_years(first: dt.date, last: dt.date) -> list[int]:
    return [year for year in range(first.year, last.year + 1) if not calendar_is_known(year)]


@functools.cache
def words() -> Words:
    return Words.model_validate(read_yaml(Path(__file__).parent / "deadlines.yaml"))
