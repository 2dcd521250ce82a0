"""A file that arrived is listed with the system that its form names, and one that names none once: where it arrived."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.archive import contents
from include.db.engine import transaction
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.period import Period, parse_moment
from include.registry.units import Unit, registered_in
from include.reports.whose import Whose, time_of
from include.schemes.loader import load_scheme
from tests.export.conftest import FIRST, STREET, Record
from tests.history.story import inspection
from tests.intake.receive_street import prepare

JULY = "2026-07-15T10:00"
SYSTEMS = {"half_year": "2026H1", "in_service": "2026Q3", "activity_day": "2026H1"}


def _listed(connection: Connection, system: str, units: dict[str, Unit]) -> list[str]:
    scheme = load_scheme(system, Period.parse(SYSTEMS[system]))
    return sorted(row["name"] for row in Whose(connection, scheme, STREET, units).deliveries(scheme, *time_of(scheme)))


def test_a_file_is_listed_with_the_system_that_it_names_and_one_that_names_none_where_it_arrived(
    connection: Connection, record: Record
) -> None:
    record.delivery("核查表.xlsx", b"inspection", JULY, scheme="half_year", status="accepted")
    record.delivery("报到册.csv", b"ledger", JULY, scheme="in_service", status="refused", unit_code=FIRST)
    record.delivery("结账时来的.pdf", b"junk", JULY, scheme="activity_day", status="refused")
    record.delivery("平时来的.pdf", b"stray", JULY, status="refused")
    units = {unit.code: unit for unit in registered_in(connection, STREET, dt.date(2026, 6, 30))}
    assert {system: _listed(connection, system, units) for system in SYSTEMS} == {
        "half_year": ["平时来的.pdf", "核查表.xlsx"],
        "in_service": ["报到册.csv"],
        "activity_day": ["结账时来的.pdf"],
    }


def test_an_arrival_knows_its_system_by_its_form_and_a_stray_one_by_what_was_collected(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    monkeypatch.setenv("DUBAN_PERIOD", "in_service/2026Q3")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-22T10:00:00")
    with transaction() as connection:
        for name, content in (("核查表.xlsx", inspection()), ("照片.pdf", b"%PDF- nothing of ours")):
            record_delivery(
                connection, channel="page", name=name, sender="", received_at=parse_moment("2026-07-22T09:00:00", "test"),
                sha256=contents.store(content), size=len(content),
            )  # fmt: skip
    drain("test")
    with transaction() as connection:
        known = connection.exec_driver_sql("SELECT name, scheme FROM delivery ORDER BY name").all()
    assert {row[0]: row[1] for row in known} == {"核查表.xlsx": "half_year", "照片.pdf": "in_service"}
