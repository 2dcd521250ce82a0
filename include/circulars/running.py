"""Who is named for the same in circulars one after the other: whose overdue items this one and those before it list."""

from __future__ import annotations

import json

from sqlalchemy import Connection

from include.circulars.circular import Circular
from include.db import sql
from include.period import Period
from include.registry.units import span_of

_ISSUED = ("通报", "更正通报")


def overdue_running(connection: Connection, circular: sql.Row, count: int, since: Period) -> dict[str, list[str]]:
    """The units that an issued circular and those of the periods before it, `count` of them, name for items long overdue: the ids of
    what this one lists of each, by code. Items and circulars of periods before `since` do not count."""
    model: Circular = json.loads(circular["model"])
    period = Period.parse(model["period"])
    rows = sql.fetch(connection, "circulars/select_carried", **span_of(model["street_code"]), on_date=period.end_date)
    found: dict[str, list[str]] = {}
    for row in rows:
        opened = Period.parse(row["opened_period"])
        if row["scheme"] == model["scheme"] and opened != period and opened.start_date >= since.start_date:
            found.setdefault(row["unit_code"], []).append(row["id"])
    names = {row["unit_code"]: row["unit_name"] for row in rows}
    named = {entry["unit"] for entry in model["overdue"]}
    for _ in range(count - 1):
        period = period.previous
        named &= _named_in(connection, model, period) if period.start_date >= since.start_date else set()
    return {code: ids for code, ids in found.items() if names[code] in named}


def _named_in(connection: Connection, model: Circular, period: Period) -> set[str]:
    """Whom the last circular of a period that was issued names so."""
    rows = sql.fetch(
        connection,
        "circulars/select_circulars",
        scheme=model["scheme"],
        period=str(period),
        street_code=model["street_code"],
    )
    issued = [row for row in rows if row["state"] == "issued" and row["kind"] in _ISSUED]
    return {entry["unit"] for entry in json.loads(issued[-1]["model"])["overdue"]} if issued else set()
