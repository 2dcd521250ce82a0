"""Villages of two types and an invented system that judges each type by fields of its own (tests/data/pilot.yaml)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import Connection

from include.db import tables
from include.period import Period, parse_moment
from include.registry.units import import_units

PILOT = (Path(__file__).parent / "data/pilot.yaml").read_text(encoding="utf-8")
H1 = Period.parse("2026H1")
STREET = "990000001"
A, B, C, D, E = (f"{STREET}00{n}" for n in range(1, 6))
TYPES = {A: "工业型", B: "工业型", C: "集镇型", D: "生态型"}


def register_villages(connection: Connection, folder: Path) -> None:
    """A and B of one type, C of another, D of a third that takes no part, and E, a community, neither."""
    folder.mkdir()
    names = "".join(f"{code},第{code[-1]}村,{STREET},云街镇,村\n" for code in (A, B, C, D))
    names += f"{E},第5社区,{STREET},云街镇,社区\n"
    (folder / "subjects.csv").write_text("code,name,street_code,street,kind\n" + names, encoding="utf-8")
    lines = "".join(f"{code},试点类型,{kind},2026-01-01,\n" for code, kind in TYPES.items())
    (folder / "attributes.csv").write_text("code,name,value,valid_from,valid_to\n" + lines, encoding="utf-8")
    import_units(connection, folder, dt.date(2000, 1, 1))


def hands_in(connection: Connection, code: str, **figures: str) -> None:
    key = {"sha256": f"{code}", "unit_code": code, "received_at": parse_moment("2026-07-10T10:00:00", "test")}
    connection.execute(
        tables.submission.insert().values(
            scheme="pilot", scheme_version="2026", form="main", period="2026H1", version=1, status="accepted", **key
        )
    )
    for field, value in figures.items():
        connection.execute(
            tables.submission_value.insert().values(
                sha256=code, field=field, field_label=field, reported=value, value=value, source_cell=""
            )
        )
