"""A street of two communities, and hand-ins of theirs: real workbooks written by our own forms."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from include.db.engine import transaction
from include.period import Period, parse_moment
from include.registry.units import Unit, import_units
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.forms import write_form

STREET = "990000001"
PERIOD = Period.parse("2026H1")
FIRST = Unit("990000001001", "杏花社区", STREET, "云街街道", "社区", 2310, "s1@x.cn", "o1@x.cn", "l1@x.cn", True)
SECOND = Unit("990000001002", "柳堤社区", STREET, "云街街道", "社区", 1800, "s2@x.cn", "o2@x.cn", "l2@x.cn", True)
REGISTER = "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email\n" + "".join(
    f"{u.code},{u.name},{u.street_code},{u.street},{u.unit_type},{u.households},"
    f"{u.secretary_email},{u.officer_email},{u.liaison_email}\n"
    for u in (FIRST, SECOND)
)
USUAL = {"count": "2", "yuan": "100", "yes_no": "是", "choice": "有", "text": "重阳敬老"}


def scheme_of(period: str = "2026H1") -> Scheme:
    return load_scheme("half_year", Period.parse(period))


def figures(period: str = "2026H1", **changes: str) -> dict[str, str]:
    """Every figure 2 but four members, every answer 是, every paper 有; `changes` by field."""
    usual = {cell.key: "" if cell.is_optional else USUAL[cell.type] for cell in scheme_of(period).cells_of("main")}
    return {**usual, "members": "4", **changes}


@functools.lru_cache(maxsize=64)
def workbook(unit: Unit = FIRST, period: str = "2026H1", **changes: str) -> bytes:
    return write_form(scheme_of(period), "main", unit, {}, figures(period, **changes))


def stranger() -> Unit:
    return replace(FIRST, code="990000001999", name="无名社区")


def prepare(world: Path) -> None:
    """The register in the database."""
    path = world / "registry.csv"
    path.write_text(REGISTER, encoding="utf-8")
    with transaction() as connection:
        import_units(connection, path, dt.date(2000, 1, 1))


def drop(world: Path, name: str, content: bytes, received: str = "") -> Path:
    """Put a file into the inbox, changed last at `received`."""
    path = world / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    if received:
        seconds = parse_moment(received, "test").timestamp()
        os.utime(path, (seconds, seconds))
    return path


def rows(query: str) -> list[dict[str, object]]:
    with transaction() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def deliveries() -> list[dict[str, object]]:
    return rows("SELECT name, status, unit_code, version, message FROM delivery ORDER BY received_at, name")


def statuses() -> dict[object, object]:
    return {row["name"]: row["status"] for row in deliveries()}


def notices(kind: str) -> list[Mapping[str, object]]:
    found = rows(f"SELECT recipient, payload, attachments, state FROM notice WHERE kind = '{kind}' ORDER BY due_at, id")
    read = [
        {**row, "payload": json.loads(str(row["payload"])), "attachments": json.loads(str(row["attachments"]))}
        for row in found
    ]
    return sorted(read, key=lambda row: str(row["payload"].get("received_at", "")))  # in the order of what they answer


def count(table: str) -> int:
    return int(str(rows(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"]))
