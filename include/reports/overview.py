"""All items at a glance: by unit, by indicator, by liaison."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sqlalchemy import Connection

from include.db import sql
from include.items.items import ACTOR
from include.items.states import states
from include.items.stepping import kind_of
from include.period import Period, in_zone
from include.schemes.loader import written_title

By = Literal["unit", "indicator", "liaison"]
_HEADINGS: dict[By, tuple[str, str]] = {
    "unit": ("单位编码", "单位"),
    "indicator": ("指标", "问题"),
    "liaison": ("包社区服务组组长", "社区数"),
}


def overview(connection: Connection, by: By, on: dt.date, street_code: str = "") -> list[sql.Row]:
    """One row a unit, indicator or liaison and a last row 合计, with Chinese headings, as of a day.

    Columns after the first two: 事项, 未销号, 逾期 (open, past the deadline and not answered within it), 待核验
    (answered), 已销号, 按期销号, 按期销号率 (of those that a person closed, by the day on which the community answered with
    what was accepted in the end: a slow inspector makes nobody late; empty where none). An item that a review refuted
    counts as 已销号 only. Where an item goes by steps (found in 2027H1 or later), the inspectors' own two follow: 核验逾期 (answered, and
    past the last day for looking) and 按期核验率 (of the times they looked).
    """
    items = sql.fetch(connection, "reports/select_overview", on_date=on, street_code=street_code, machine=ACTOR)
    groups: dict[str, list[sql.Row]] = defaultdict(list)
    for item in items:
        groups[_key(item, by)].append(item)
    first, second = _HEADINGS[by]
    counts = _counts_of_looks if any(item["has_steps"] for item in items) else _counts
    rows = [{first: key, second: _name(by, groups[key]), **counts(groups[key], on)} for key in sorted(groups)]
    return [*rows, {first: "合计", second: "", **counts(items, on)}]


_OF_KINDS = {
    "事项": "items",
    "未销号": "open_items",
    "逾期": "overdue_items",
    "长期关注": "waiting_items",
    "已销号": "closed_items",
}


def overview_of_kinds(connection: Connection, on: dt.date, street_code: str = "") -> list[sql.Row]:
    """Items of every kind beside rectification: one row a system, kind and unit, and a row 合计 a kind below them; none where
    there are none.

    逾期: past the last day of the step at which they stand, whoever holds it; what waits (长期关注) is not.
    """
    groups: dict[tuple[str, str], list[sql.Row]] = defaultdict(list)
    for row in sql.fetch(connection, "reports/select_kind_overview", on_date=on, street_code=street_code):
        groups[row["scheme"], row["kind"]].append(row)
    told = []
    for (scheme, _), rows in groups.items():
        newest = max(rows, key=lambda row: Period.parse(row["opened_period"]))
        head = {
            "制度": written_title(scheme),
            "事项种类": kind_of(scheme, newest["opened_period"], newest["kind"]).name,
        }
        for row in rows:
            counts = {name: row[column] for name, column in _OF_KINDS.items()}
            told.append({**head, "单位编码": row["unit_code"], "单位": row["unit_name"] or "", **counts})
        whole = {name: sum(row[column] for row in rows) for name, column in _OF_KINDS.items()}
        told.append({**head, "单位编码": "合计", "单位": "", **whole})
    return told


def _key(item: sql.Row, by: By) -> str:
    if by == "unit":
        return str(item["unit_code"])
    if by == "indicator":
        return f"{item['scheme']}/{item['indicator']}"
    return item["liaison"] or "（未登记）"


def _name(by: By, items: list[sql.Row]) -> str:
    if by == "unit":
        return items[0]["unit_name"] or ""
    if by == "liaison":
        return str(len({item["unit_code"] for item in items}))
    return str(items[0]["problem"])


def _counts(items: list[sql.Row], on: dt.date) -> sql.Row:
    open_items = [item for item in items if item["is_open"]]
    closed = [item for item in items if not item["is_open"]]
    done = [item for item in closed if item["closed_at"] is not None]
    on_time = sum(_is_answered_in_time(item) for item in done)
    return {
        "事项": len(items),
        "未销号": len(open_items),
        "逾期": sum(is_overdue(item, on) for item in open_items),
        "待核验": sum(is_waiting(item) for item in open_items),
        "已销号": len(closed),
        "按期销号": on_time,
        "按期销号率": _share(on_time, len(done)),
    }


def _counts_of_looks(items: list[sql.Row], on: dt.date) -> sql.Row:
    """With what the inspectors did beside: their days and the communities' are never mixed."""
    in_time, looks = (sum(int(item[name]) for item in items) for name in ("looks_in_time", "looks"))
    return {
        **_counts(items, on),
        "核验逾期": sum(bool(item["is_look_late"]) for item in items),
        "按期核验率": _share(in_time, looks),
    }


def _share(part: int, whole: int) -> str:
    """In per cent, one decimal half up; empty of nothing."""
    return f"{(Decimal(100 * part) / whole).quantize(Decimal('0.1'), ROUND_HALF_UP)}%" if whole else ""


def is_overdue(item: sql.Row, on: dt.date) -> bool:
    """Of an open one: past its last day, and not answered by then. Who answered in time is not, however slow the inspectors are."""
    return bool(item["deadline"] < on and not (is_waiting(item) and _is_answered_in_time(item)))


def is_waiting(item: sql.Row) -> bool:
    """Whether the inspectors are to look."""
    return item["state"] in states().waiting_for_inspectors


def _is_answered_in_time(item: sql.Row) -> bool:
    """By the community's last answer; what was closed without one counts by the day of closing."""
    answered_at = item["answered_at"] or item.get("closed_at")
    return answered_at is not None and in_zone(answered_at).date() <= item["deadline"]
