"""Whose address it is, in a register of many units."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Connection, text

from include.db import sql
from include.registry.senders import is_known

TODAY = dt.date(2026, 7, 1)
# Of 20,000 units each second one has addresses; one liaison lead answers for five units; unit 8 left in 2025.
REGISTER = """
INSERT INTO unit (
    code, valid_from, valid_to, name, street_code, street, unit_type, households, secretary_email, officer_email,
    liaison_email, is_provisional_code
)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT
    CAST(100000000000 + i AS VARCHAR(12)), CAST('2020-01-01' AS {date}),
    CASE WHEN i = 8 THEN CAST('2025-12-31' AS {date}) END, '社区', '990000001', '', '社区', NULL,
    CASE WHEN i % 2 = 0 THEN 'S' || i || '@X.cn' ELSE '' END,
    CASE WHEN i % 2 = 0 THEN 'o' || i || '@x.cn' ELSE '' END,
    CASE WHEN i % 2 = 0 THEN 'l' || (i / 10) || '@x.cn' ELSE '' END,
    {true}
FROM n
"""
INDEXES = ("ix_unit_secretary_email", "ix_unit_officer_email", "ix_unit_liaison_email")


@pytest.fixture
def register(connection: Connection) -> Connection:
    is_sqlite = connection.dialect.name == "sqlite"
    connection.execute(text(REGISTER.format(date="TEXT" if is_sqlite else "DATE", true="1" if is_sqlite else "TRUE")))
    return connection


def test_an_address_is_known_whatever_its_case_while_its_unit_is(register: Connection) -> None:
    for address in ("s10@x.cn", "S10@x.CN", "o20000@x.cn", "l7@x.cn"):
        assert is_known(register, address, TODAY), address
    for address in ("s11@x.cn", "s8@x.cn", "nobody@x.cn", ""):
        assert not is_known(register, address, TODAY), address
    assert is_known(register, "s8@x.cn", dt.date(2025, 12, 31))


@pytest.mark.parametrize("is_analyzed", [False, True])
def test_a_sender_is_looked_up_by_indexes_and_the_register_never_walked(
    register: Connection, is_analyzed: bool
) -> None:
    if is_analyzed:
        register.execute(text("ANALYZE unit"))
    query = (sql.FOLDER / "registry/select_senders_units.sql").read_text(encoding="utf-8")
    explain = "EXPLAIN QUERY PLAN " if register.dialect.name == "sqlite" else "EXPLAIN "
    values = {"address": "nobody@x.cn", "on_date": TODAY.isoformat()}
    plan = "\n".join(str(row) for row in register.execute(text(explain + query), values))
    assert [index for index in INDEXES if index not in plan] == [], plan
    assert "SCAN unit" not in plan and "Seq Scan" not in plan and "pk_unit" not in plan, plan
