"""A small street with assessed problems, written straight into the tables that the scoring writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, insert, select

from include.db import tables
from include.period import now

STREET = "330203001"
A, B = "330203001001", "330203001002"


def add_units(connection: Connection, *codes: str, **addresses: str) -> None:
    for code in codes:
        row = {
            "code": code,
            "valid_from": dt.date(2000, 1, 1),
            "name": f"第{code[-1]}社区",
            "street_code": STREET,
            "street": "云亭街道",
            "unit_type": "社区",
            "secretary_email": f"shuji{code[-1]}@example.org",
            "officer_email": "",
            "liaison_email": "baoshequ@example.org",
            "is_provisional_code": False,
        }
        connection.execute(insert(tables.unit).values(row | addresses))


def assess(connection: Connection, period: str, problems: dict[str, dict[str, int]], revision: int = 1) -> str:
    """An assessment of the street: unit → indicator → working days to rectify; its id."""
    key = f"half_year/{period}/{STREET}/r{revision}"
    connection.execute(
        insert(tables.assessment).values(
            id=key,
            scheme="half_year",
            scheme_version="2026",
            period=period,
            street_code=STREET,
            revision=revision,
            input_hash=f"{period}{revision}",
            is_official=True,
            assessed_at=now(),
        )
    )
    for unit_code, found in problems.items():
        connection.execute(
            insert(tables.score).values(
                assessment_id=key,
                unit_code=unit_code,
                unit_name=f"第{unit_code[-1]}社区",
                grade="良好",
                status="已报",
                days_late=0,
            )
        )
        for position, (indicator, days) in enumerate(found.items()):
            connection.execute(
                insert(tables.score_line).values(
                    assessment_id=key,
                    unit_code=unit_code,
                    indicator=indicator,
                    position=position,
                    outcome="未达标",
                    explanation="",
                    has_problem=days > 0,
                    problem=f"{indicator}不到位" if days else "",
                    deadline_working_days=days or None,
                )
            )
    return key


def hand_in(connection: Connection, unit_code: str, status: str, version: int = 1, **more: str) -> None:
    connection.execute(
        insert(tables.submission).values(
            sha256=f"{unit_code}{version}{status}",
            scheme="half_year",
            scheme_version="2026",
            form="main",
            period="2026H1",
            unit_code=unit_code,
            version=version,
            status=status,
            received_at=now(),
            **more,
        )
    )


def rows(connection: Connection, name: str, *order: str) -> list[dict[str, Any]]:
    table = tables.metadata.tables[name]
    return [dict(row) for row in connection.execute(select(table).order_by(*map(table.c.get, order))).mappings()]
