"""After a checkpoint quarter: one notice to each unit on what it will miss at the half year."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db.sql import fetch
from include.notices.outbox import notify
from include.period import Period
from include.registry.units import units_of
from include.schemes.loader import load_scheme


def announce_checkpoint(connection: Connection, assessment_id: str, due_at: dt.datetime) -> int:
    """Put the notices of a provisional assessment into the outbox; how many units it concerns.

    The assessment's revision is the notice's, so that a rerun with the same inputs announces nothing again.
    """
    scheme_key, period_text, street_code, revision = assessment_id.split("/")
    period = Period.parse(period_text)
    scheme = load_scheme(scheme_key, period)
    names = {indicator.code: indicator.name for indicator in scheme.indicators}
    lines: dict[str, list[dict[str, str]]] = {}
    totals: dict[str, str] = {}
    for row in fetch(connection, "notices/select_checkpoint_lines", assessment_id=assessment_id):
        code = row["unit_code"]
        totals[code] = "" if row["total"] is None else f"{row['total']:.2f}"
        name = names.get(row["indicator"], "")
        line = {"indicator": row["indicator"], "name": name, "explanation": row["explanation"]}
        lines.setdefault(code, []).append(line | {"problem": row["problem"]})
    units = [unit for unit in units_of(connection, street_code, period.end_date) if unit.code in lines]
    for unit in units:
        notify(
            connection,
            "checkpoint",
            subject=f"{scheme_key}/{period}/{unit.code}",
            unit=unit,
            revision=int(revision.removeprefix("r")),
            period=str(period),
            due_at=due_at,
            payload={
                "scheme_name": scheme.name,
                "period_name": period.name,
                "unit_name": unit.name,
                "total": totals[unit.code],
                "lines": lines[unit.code],
            },
        )
    return len(units)
