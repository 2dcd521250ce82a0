"""A database as a country fills it: every table with rows for so many units, made by the database itself.

The rows tell nobody anything but the planner: keys are of the shape and as many as in service, the rest is empty.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Integer, Numeric, String, Table

from include.db.tables import metadata
from include.db.types import Moment

UNIT, STREET = "110001176003", "110001176"  # one in the middle of 20,000
# n: the number of a unit, m: of a row, j: of a row within its unit; <…>: a SHA-256 of that number
_STREET = "CAST(110000000 + n / 17 AS TEXT)"
_UNIT = "CAST(110000000000 + n / 17 * 1000 + n % 17 AS TEXT)"
_SCHEME = "'s' || CAST(m % 12 AS TEXT)"
_PERIOD = "CAST(2026 - m % 10 AS TEXT) || 'H' || CAST(m / 10 % 2 + 1 AS TEXT)"
_ASSESSMENT = f"{_SCHEME} || '/' || {_PERIOD} || '/' || {_STREET} || '/1'"
_ADDRESS = f"'u' || {_UNIT} || '@example.org'"

# Rows a unit. Of those who closed, and of a street.
_ROWS = {
    "unit": 1, "unit_attribute": 2, "unit_link": 2, "submission": 3, "opened_form": 3, "delivery": 3, "inbox_sighting": 1,
    "notice": 5, "mail": 4, "asked_item": 4, "rectification_item": 4, "item_event": 8, "item_step": 4, "item_report": 2,
    "decision": 1, "evidence": 2, "finding": 2, "event": 6, "event_change": 6, "ledger_row": 10, "used_code": 1, "paper": 1,
    "brought_file": 1, "merged_value": 1, "run_log": 1, "table_hint": 1,
}  # fmt: skip
_OF_CLOSED = {
    "submission_value": 64,
    "score": 1,
    "score_line": 21,
    "score_value": 64,
    "score_sheet": 1,
    "restatement": 2,
    "told_checkpoint": 1,
}
_OF_STREETS = {"assessment": 3, "circular": 3, "document_number": 1, "question": 2, "referral": 1}
SMALL = {"registry_import"}  # a row an import

_BY_NAME = {
    "code": _UNIT, "unit_code": _UNIT, "filler_code": _UNIT, "street_code": _STREET, "scheme": _SCHEME,
    "period": _PERIOD, "opened_period": _PERIOD, "id": "<m>", "sha256": "<m>", "assessment_id": f"'s0/2026H1/' || {_STREET} || '/1'",
    "sequence": "m + 1", "position": "j", "version": "1 + j / 3", "recipient": _ADDRESS, "secretary_email": _ADDRESS,
    "officer_email": _ADDRESS, "liaison_email": _ADDRESS, "sender": _ADDRESS, "valid_from": "DATE('2026-01-01')",
    "revision": "1", "indicator": "'A' || j", "field": "'f' || j", "form": "'main'", "mail_id": "<m>", "circular_id": "'c/' || n || '/' || j",
    "item_id": "<m / 2>", "name": "'n' || j", "link": "'l' || j", "mail_sha256": "<m>", "event_id": "<m>", "row_key": "'k' || j",
    "ledger": "'three_haves.rows'", "carrier_sha256": "<n>", "row_number": "j", "number": "'n' || m", "kind": "'k'", "check_code": "'c' || j",
}  # fmt: skip
_OWN = {
    "submission.version": "1", "submission.returned_sha256": "CASE WHEN j = 0 AND n % 50 = 0 THEN <m> END", "submission.status": "CASE WHEN j = 0 AND n % 50 = 0 THEN 'returned' ELSE 'accepted' END",
    "submission_value.sha256": "<n * 3>", "assessment.id": _ASSESSMENT,
    "assessment.is_official": "TRUE", "circular.id": "'c/' || n || '/' || j", "circular.state": "CASE WHEN n % 1000 = 0 THEN 'draft' ELSE 'issued' END",
    "circular.document_number": "'号' || m", "referral.subject": "'s/' || n", "referral.batch": "'b' || (n / 17)", "document_number.prefix": "'p' || n",
    "document_number.sequence": "m", "question.sequence": "j + 1", "delivery.status": "CASE WHEN n % 5000 = 0 THEN 'waiting' ELSE 'accepted' END",
    "notice.state": "CASE WHEN n % 1000 = 0 THEN 'pending' ELSE 'sent' END", "notice.kind": "'k' || j", "notice.subject": f"'s/' || {_UNIT}",
    "mail.state": "CASE WHEN n % 1000 = 0 THEN 'pending' ELSE 'sent' END", "rectification_item.is_open": "m % 8 IN (0, 3)", "rectification_item.kind": "CASE WHEN j = 3 THEN 'gap' ELSE 'rectification' END",
    "rectification_item.indicator": "'A' || j", "item_event.kind": "'k' || j", "item_event.stage": "'s' || j", "item_event.sequence": "m % 2 + 1",
    "item_step.item_id": "<m>", "item_step.sequence": "1", "asked_item.item_id": "<m>", "asked_item.notice_id": "<m>", "event.number": "j",
    "event_change.sequence": "1", "unit_link.to_code": _UNIT, "opened_form.form": "'main'", "decision.sequence": "m + 1",
    "ledger_row.version": "1", "unit.kind": "'community'", "unit.name": "'社区' || n", "paper.circular_id": "'c/' || (n / 17 * 17) || '/0'",
    "finding.sha256": "<n>", "restatement.kind": "'k' || j", "item_report.item_id": "<m>", "event.street_code": _STREET,
    "circular.assessment_id": f"CASE WHEN j < 2 THEN {_ASSESSMENT} END", "circular.street_code": f"CASE WHEN j = 2 THEN {_STREET} END",
    "circular.period": f"CASE WHEN j = 2 THEN {_PERIOD} END", "circular.unit_code": f"CASE WHEN j = 2 THEN {_UNIT} END", "circular.kind": "'k' || j",
    "circular.approved_at": "MOMENT", "circular.asked_at": "MOMENT", "question.asked_in": "'a/' || m", "question.answer": "CASE WHEN n % 1000 = 0 THEN '' ELSE 'approval' END",
    "notice.mail_id": "CASE WHEN n % 1000 > 0 THEN <n * 4 + j % 4> END", "decision.kind": "'k' || (m % 8)", "decision.field": "'f' || m",
    "rectification_item.number": "'n' || m", "rectification_item.step": "CASE WHEN j = 3 THEN 'work' END",
    "rectification_item.holder": f"CASE WHEN j = 3 THEN {_UNIT} END", "rectification_item.origin_code": f"CASE WHEN m % 50 = 0 THEN {_UNIT} END", "item_step.holder": _UNIT, "item_step.ended_date": "CASE WHEN j > 0 THEN DATE('2026-05-01') END",
    "ledger_row.sealed": "CASE WHEN n % 100 = 0 THEN 'x' END", "delivery.unit_code": _UNIT, "unit_link.link": "'l' || (m % 10)",
    "circular.manifest_sha256": "<m>", "run_log.stage": "'st' || (m % 12)", "used_code.about": "'a' || m", "event.period": _PERIOD, "event.series": "'s'",
}  # fmt: skip


def fill(connection: Connection, units: int, closed: int) -> None:
    """`units` in the register, the first `closed` of them with values and scores; then the planner looks at all of it."""
    for name, table in metadata.tables.items():
        if name in _ROWS:
            _fill(connection, table, units, _ROWS[name])
        elif name in _OF_CLOSED:
            _fill(connection, table, closed, _OF_CLOSED[name])
        elif name in _OF_STREETS:
            _fill(connection, table, -(-units // 17), _OF_STREETS[name], step=17)
        else:
            assert name in SMALL, f"how many rows of {name} has a unit? (tests/db/country.py)"
    connection.exec_driver_sql("ANALYZE")


def _fill(connection: Connection, table: Table, of: int, rows: int, step: int = 1) -> None:
    dialect = connection.dialect.name
    columns = [column for column in table.columns if f"{table.name}.{column.name}" != "run_log.id"]
    names = ", ".join(f'"{column.name}"' for column in columns)
    said = ", ".join(_in_dialect(_value(table.name, column), dialect) for column in columns)
    last = of * rows - 1
    series = (
        f"WITH RECURSIVE series (m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM series WHERE m < {last})"
        if dialect == "sqlite"
        else f"WITH series (m) AS (SELECT generate_series(0, {last}))"
    )
    text = (
        f"INSERT INTO {table.name} ({names}) {series}, made AS (SELECT m, m / {rows} * {step} AS n, m % {rows} AS j FROM series) "
        f"SELECT {said} FROM made"
    )
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def _value(table: str, column: Column[Any]) -> str:
    own = _OWN.get(f"{table}.{column.name}")
    if own is None and not column.nullable:
        own = _BY_NAME.get(column.name)
    if own is not None or column.nullable:
        return own or "NULL"
    kind = column.type
    if isinstance(kind, Boolean):
        return "FALSE"
    if isinstance(kind, Moment):
        return "MOMENT"
    if isinstance(kind, Date):
        return "DATE('2026-07-01')"
    if isinstance(kind, Integer | BigInteger | Numeric):
        return "1"
    return "<m>" if isinstance(kind, String) and kind.length == 64 else "''"


def _in_dialect(value: str, dialect: str) -> str:
    if dialect == "sqlite":
        return re.sub("<(.*?)>", r"printf('%064d', \1)", value).replace("MOMENT", "'2026-07-01T00:00:00+00:00'")
    hashed = re.sub("<(.*?)>", r"LPAD(CAST(\1 AS TEXT), 64, '0')", value)
    return hashed.replace("MOMENT", "CAST('2026-07-01 00:00:00+00' AS TIMESTAMPTZ)")
