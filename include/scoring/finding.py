"""Assessments as they stand in the record: one by its id, the newest of each street."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql


def assessment_of(connection: Connection, assessment_id: str) -> sql.Row | None:
    """The row of an assessment; None where there is none."""
    return sql.fetch_one(connection, "scoring/select_assessment", assessment_id=assessment_id)


def newest_assessments(connection: Connection, scheme: str, period: str) -> list[sql.Row]:
    """The newest assessment of each street in a period, with its circular's state."""
    return sql.fetch(connection, "scoring/select_newest_assessments", scheme=scheme, period=period)


def closed_periods(connection: Connection) -> list[sql.Row]:
    """Every period of a system and a scope that has an official result."""
    return sql.fetch(connection, "scoring/select_closed")
