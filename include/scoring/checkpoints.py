"""After a checkpoint quarter: one notice to each unit on what it will miss at the half year."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import Connection

from include.db.sql import fetch, fetch_one
from include.keys import AssessmentKey
from include.outbox.outbox import notify
from include.period import Period
from include.registry.units import units_of
from include.schemes.loader import load_scheme

_KIND = "checkpoint"


def announce_checkpoint(connection: Connection, assessment_id: str, due_at: dt.datetime) -> int:
    """Put the notices of a provisional assessment into the outbox; how many units it concerns.

    The assessment's revision is the notice's, so that a rerun with the same inputs announces nothing again; a new
    revision is announced to the units whose result it changed, and to those that were told nothing so far.
    """
    told_of = AssessmentKey.parse(assessment_id)
    period = Period.parse(told_of.period)
    scheme = load_scheme(told_of.scheme, period)
    names = {indicator.code: indicator.name for indicator in scheme.indicators}
    lines: dict[str, list[dict[str, str]]] = {}
    totals: dict[str, str] = {}
    for row in fetch(connection, "scoring/select_checkpoint_lines", assessment_id=assessment_id):
        code = row["unit_code"]
        totals[code] = "" if row["total"] is None else f"{row['total']:.2f}"
        name = names.get(row["indicator"], "")
        line = {"indicator": row["indicator"], "name": name, "explanation": row["explanation"]}
        lines.setdefault(code, []).append(line | {"problem": row["problem"]})
    units = [unit for unit in units_of(connection, told_of.street_code, period.end_date) if unit.code in lines]
    for unit in units:
        payload = {
            "scheme_name": scheme.name,
            "period_name": period.name,
            "unit_name": unit.name,
            "total": totals[unit.code],
            "lines": lines[unit.code],
        }
        key: dict[str, Any] = {"subject": f"{told_of.scheme}/{period}/{unit.code}", "revision": told_of.revision}
        told = fetch_one(connection, "scoring/select_last_told", kind=_KIND, **key)
        if told is None or json.loads(told["payload"]) != payload:
            notify(connection, _KIND, unit=unit, period=str(period), due_at=due_at, payload=payload, **key)
    return len(units)
