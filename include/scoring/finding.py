"""Assessments as they stand in the record: one by its id, the newest of each street."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db.sql import Row, fetch, fetch_one


def assessment_of(connection: Connection, assessment_id: str) -> Row | None:
    """The row of an assessment; None where there is none."""
    return fetch_one(connection, "scoring/select_assessment", assessment_id=assessment_id)


def newest_assessments(connection: Connection, scheme: str, period: str) -> list[Row]:
    """The newest assessment of each street in a period, with its circular's state."""
    return fetch(connection, "scoring/select_newest_assessments", scheme=scheme, period=period)


def closed_periods(connection: Connection) -> list[Row]:
    """Every period of a system and a scope that has an official result."""
    return fetch(connection, "scoring/select_closed")
