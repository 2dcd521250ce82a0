"""Which forms were opened, whoever was told of it: what a reminder brings again, and whether a system is in use.

A form is kept as it was put out. Opened again without telling anybody (a backfill), or the same once more, changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Connection

from include.db import sql
from include.outbox.outbox import Noticed
from include.registry.units import span_of
from include.schemes.model import Scheme
from include.schemes.system import System

Workbook = tuple[str, str]  # file name, SHA-256 in the archive
Filler = Literal["unit", "street", "inspectors"]


def keep_opened(
    connection: Connection, scheme: Scheme, noticed: Noticed, opened_at: dt.datetime, workbook: Workbook, *,
    unit_code: str, form: str, reader: str, street_code: str, filler: Filler,
) -> None:  # fmt: skip
    """A form was opened with a notice, which says whether anybody is told; the columns are those of opened_form."""
    if noticed.is_written:
        name, sha256 = workbook
        sql.execute(
            connection, "asking/insert_opened_form", scheme=scheme.scheme, period=str(scheme.period), unit_code=unit_code,
            form=form, reader=reader.strip().lower(), street_code=street_code, filler=filler, opened_at=opened_at,
            asked_at=None if noticed.is_skipped else opened_at, file_name=name, sha256=sha256,
        )  # fmt: skip


def copy_opened(connection: Connection, rows: list[sql.Row]) -> None:
    """Rows of another record as they are: which forms were opened cannot be computed again."""
    sql.execute_many(connection, "asking/insert_opened_form", rows)


def is_opened(connection: Connection, system: System) -> bool:
    """Whether forms of the period were opened: nobody is reminded of a system that the office does not use."""
    key = {"scheme": system.scheme, "period": str(system.period)}
    return sql.fetch_one(connection, "asking/select_any_opened", **key) is not None


def is_opened_in(connection: Connection, system: System, scope_code: str) -> bool:
    """Whether forms of the period were put out in a street or county."""
    key = {"scheme": system.scheme, "period": str(system.period), **span_of(scope_code)}
    return sql.fetch_one(connection, "asking/select_any_opened_in", **key) is not None


def workbooks_of(connection: Connection, scheme: Scheme, forms: Sequence[str], unit_code: str) -> list[Workbook]:
    """Those of the forms that the unit fills in, as they went out, in the order given."""
    key = {"scheme": scheme.scheme, "period": str(scheme.period), "unit_code": unit_code}
    opened = {row["form"]: row for row in sql.fetch(connection, "asking/select_opened_of_unit", **key)}
    return [(opened[form]["file_name"], opened[form]["sha256"]) for form in forms if form in opened]


def packets_of(connection: Connection, scheme: Scheme, unit_code: str) -> dict[str, Workbook]:
    """The packet in which a unit was sent a form of the period, by form: the newest; of a form that came by itself none."""
    key = {"scheme": scheme.scheme, "period": str(scheme.period), "unit_code": unit_code}
    found: dict[str, Workbook] = {}
    for row in sql.fetch(connection, "asking/select_packets_of", **key):
        for one in json.loads(row["attachments"]):
            found.setdefault(row["form"], (one["name"], one["sha256"]))
    return found


def returned_copy(connection: Connection, scheme: Scheme, forms: Sequence[str], unit_code: str) -> Workbook | None:
    """The marked workbook of one of the forms that went back to the unit last; None where none did."""
    key = {"scheme": scheme.scheme, "period": str(scheme.period), "unit_code": unit_code}
    for row in sql.fetch(connection, "asking/select_returned_copies", **key):
        if row["form"] in forms:
            return row["returned_name"], row["returned_sha256"]
    return None
