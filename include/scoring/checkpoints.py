"""After a checkpoint quarter: one notice to each unit on what it will miss at the half year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from include.db import sql
from include.keys import AssessmentKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import Checkpoint
from include.period import Period
from include.registry.taking_part import taking_part
from include.schemes.loader import load_scheme

_KIND = "checkpoint"


@dataclass
class _Result:
    """What a unit is told: its total with two decimals (empty where it has none), and of each indicator why and what is wrong."""

    total: str
    lines: list[dict[str, str]] = field(default_factory=list)


def announce_checkpoint(connection: Connection, assessment_id: str, due_at: dt.datetime) -> int:
    """Put the notices of a provisional assessment into the outbox; how many units it concerns.

    A rerun with the same inputs announces nothing again; a new revision is announced to the units whose result it changed,
    and to those that were told nothing so far.
    """
    key = AssessmentKey.parse(assessment_id)
    period = Period.parse(key.period)
    scheme = load_scheme(key.scheme, period)
    names = {indicator.code: indicator.name for indicator in scheme.indicators}
    results = _results(connection, assessment_id)
    told = _told_before(connection, key)
    units = [unit for unit in taking_part(connection, scheme, key.street_code) if unit.code in results]
    for unit in units:
        result = results[unit.code]
        if told.get(unit.code) == result:
            continue
        noticed = notify(
            connection,
            Notice(
                _KIND,
                subject=f"{key.scheme}/{period}/{unit.code}",
                revision=key.revision,
                unit=unit,
                scheme=key.scheme,
                period=str(period),
                due_at=due_at,
                words=Checkpoint(
                    {
                        "scheme_name": scheme.name,
                        "period_name": period.name,
                        "unit_name": unit.name,
                        "total": result.total,
                        "lines": [{**line, "name": names.get(line["indicator"], "")} for line in result.lines],
                    }
                ),
            ),
        )
        if not noticed.is_skipped:
            row = {"assessment_id": assessment_id, "unit_code": unit.code, "told_at": due_at, "notice_id": noticed.id}
            sql.execute(connection, "scoring/insert_told", **row)
    return len(units)


def copy_told(connection: Connection, rows: list[sql.Row]) -> None:
    """Rows of another record as they are: whether a mail told a unit cannot be computed again."""
    sql.execute_many(connection, "scoring/insert_told", rows)


def _told_before(connection: Connection, key: AssessmentKey) -> dict[str, _Result]:
    """What each unit was told last, of this revision or an earlier one, or is about to be; without those told nothing."""
    own = {"scheme": key.scheme, "period": key.period, "street_code": key.street_code, "revision": key.revision}
    last = {row["unit_code"]: row["revision"] for row in sql.fetch(connection, "scoring/select_told", **own)}
    results = {number: _results(connection, str(replace(key, revision=number))) for number in set(last.values())}
    return {code: results[number][code] for code, number in last.items()}


def _results(connection: Connection, assessment_id: str) -> dict[str, _Result]:
    results: dict[str, _Result] = {}
    for row in sql.fetch(connection, "scoring/select_checkpoint_lines", assessment_id=assessment_id):
        total = "" if row["total"] is None else f"{row['total']:.2f}"
        line = {name: row[name] for name in ("indicator", "explanation", "problem")}
        results.setdefault(row["unit_code"], _Result(total)).lines.append(line)
    return results
