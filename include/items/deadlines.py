"""The last day of a rectification: counted once, stored, printed; the one home for paper, mail and record.

While the days off of a year on the way are not known, it is counted by weekends alone and is 暂定 (confirming.py).
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.data_files import Part, read_yaml
from include.db import sql
from include.period import add_working_days, calendar_is_known, chinese_date


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
    return Deadline(date, bool(unknown_years(issue_date, date)))


def reply_by(issue_date: dt.date, working_days: int) -> str:
    """The last day of so many working days for an answer to a letter of that date, as letter and mail print it; of none empty."""
    return deadline(issue_date, working_days).shown if working_days else ""


def stored(item: sql.Row) -> Deadline:
    """That of a row with `deadline`, and `is_provisional` where it may be so."""
    return Deadline(item["deadline"], bool(item.get("is_provisional")))


def told(item: sql.Row, today: dt.date | None = None) -> sql.Row:
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
    years = sorted({year for date in found for year in unknown_years(issue_date, date)})
    return words().to_approver.format(count=len(found), years="、".join(map(str, years))) if found else ""


def calendar_needed(connection: Connection) -> str:
    """The sentence that asks for the calendars in which stored deadlines lie; empty where all are known."""
    waiting = [row for row in provisional(connection) if unknown_years(row["opened_date"], row["deadline"])]
    years = sorted({year for row in waiting for year in unknown_years(row["opened_date"], row["deadline"])})
    if not years:
        return ""
    return words().calendar_needed.format(count=len(waiting), years="、".join(map(str, years)), year=years[0])


def provisional(connection: Connection) -> list[sql.Row]:
    """Items whose deadline is 暂定."""
    return sql.fetch(connection, "items/select_provisional")


def unknown_years(first: dt.date, last: dt.date) -> list[int]:
    """The years from one day to another whose days off are not known."""
    return [year for year in range(first.year, last.year + 1) if not calendar_is_known(year)]


@functools.cache
def words() -> Words:
    return Words.model_validate(read_yaml(Path(__file__).parent / "deadlines.yaml"))
