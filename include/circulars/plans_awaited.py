"""整改方案 that letters about results ask for by return (`plan_working_days`): which are awaited, and which came."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from sqlalchemy import Connection

from include.circulars.outcomes import Outcome
from include.circulars.result_letters import letters_of
from include.db import sql
from include.items.deadlines import deadline
from include.items.plans import AwaitedPlan
from include.period import Period
from include.schemes.loader import find_scheme
from include.scoring.finding import closed_periods

_CHASED = dt.timedelta(days=120)  # after the letter; what nobody sent by then is for people


def awaited_plans(connection: Connection, on: dt.date) -> list[AwaitedPlan]:
    """Of every letter that asks for one and was issued not long ago, the newest to each unit about a result."""
    return [plan for closed in closed_periods(connection) for plan in _of(connection, closed, on)]


def _of(connection: Connection, closed: sql.Row, on: dt.date) -> Iterator[AwaitedPlan]:
    scheme = find_scheme(closed["scheme"], Period.parse(closed["period"]))
    if scheme is None or not any(one.plan_working_days for one in scheme.documents):
        return
    rows = [row for row in letters_of(connection, **closed) if row["state"] == "issued"]
    asking: list[tuple[sql.Row, Outcome]] = [
        (row, model)
        for row in rows
        if on - _CHASED <= row["issue_date"] <= on and (model := json.loads(row["model"]))["reply_working_days"]
    ]
    codes = sorted({model["unit_code"] for _, model in asking})
    if not codes:
        return
    found = sql.fetch(connection, "circulars/select_ledger_items", scheme=scheme.scheme, any_code=codes)
    items = {row["id"]: row for row in found}
    for row, model in asking:
        own = [items[item["id"]] for item in model["items"] if item["id"] in items]
        yield AwaitedPlan(
            row["id"], model["title"], row["kind"], row["document_number"], row["issue_date"],
            deadline(row["issue_date"], model["reply_working_days"]).date, scheme.scheme, closed["period"],
            model["street_code"], model["street"], model["unit_code"], tuple(one["id"] for one in own),
            any(one["planned_at"] for one in own) or not any(one["is_open"] for one in own),
        )  # fmt: skip
