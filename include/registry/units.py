"""The register of units: imported from CSV, kept by spans of validity, read as of a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.period import chinese_date
from include.registry.facts import end_succeeded, import_facts
from include.registry.register_files import RegisterFiles, read_register
from include.registry.rows import COLUMNS, COUNTY_DIGITS, SUBJECT_COLUMNS
from include.subject_kinds import subject_kinds

FROM_FOLDER = "folder"
_LONGEST_STREET_CODE = 12
_ROWS_A_STATEMENT = 20_000


@dataclass(frozen=True)
class Unit:
    """A subject (a community, a village, a unit in residence …) as the register knew it on one day.

    `households` is None where unknown; `kind` one of systems/_shared/subject_kinds.yaml, empty where none fits.
    """

    code: str
    name: str
    street_code: str
    street: str
    unit_type: str
    households: int | None
    secretary_email: str
    officer_email: str
    liaison_email: str
    is_provisional_code: bool
    kind: str = ""


@dataclass(frozen=True)
class ImportResult:
    """How many units an import added, changed and found as they were, and how many attributes and links it wrote."""

    added: int
    changed: int
    unchanged: int
    facts: int = 0


def import_units(
    connection: Connection, register: Path | RegisterFiles, valid_from: dt.date, streets: Path | None = None
) -> ImportResult:
    """Load a register (CSV, CSV in gzip, or a folder) in the caller's transaction; `streets` gives the streets' names.

    A unit that differs from its row in force on `valid_from` gets a new row from that day, and the old one ends on the
    day before; one that is the same is not written. Units that the file does not name stay as they are; one that has a
    successor ends. Raises UserError with every wrong line, the first 50 of a file by number.
    """
    files = RegisterFiles.at(register) if isinstance(register, Path) else register
    found = read_register(files, valid_from, streets)
    results = [_import_rows(connection, rows, day) for day, rows in sorted(found.rows.items())]
    facts = import_facts(connection, found.attributes, found.links) if files.is_folder else 0
    end_succeeded(connection)
    return ImportResult(
        sum(one.added for one in results),
        sum(one.changed for one in results),
        sum(one.unchanged for one in results),
        facts,
    )


def _import_rows(connection: Connection, units: list[list[object]], valid_from: dt.date) -> ImportResult:
    """Units that hold from one day on. Who had ended by then stays ended."""
    sql.execute(connection, "registry/drop_staging")
    sql.execute(connection, "registry/create_staging")
    for start in range(0, len(units), _ROWS_A_STATEMENT):
        rows = json.dumps(units[start : start + _ROWS_A_STATEMENT], ensure_ascii=False)
        sql.execute(connection, "registry/stage_units", rows=rows)
    ended = {"successor_link": subject_kinds().successor_link, "valid_from": valid_from}
    unchanged = sql.execute(connection, "registry/drop_ended", **ended)
    unchanged += sql.execute(connection, "registry/drop_unchanged", valid_from=valid_from)
    changed = (sql.fetch_one(connection, "registry/count_changed", valid_from=valid_from) or {"changed": 0})["changed"]
    written = sql.execute(connection, "registry/insert_staged", valid_from=valid_from)
    sql.execute(
        connection, "registry/close_replaced", valid_from=valid_from, closed_date=valid_from - dt.timedelta(days=1)
    )
    sql.execute(connection, "registry/drop_staging")
    return ImportResult(written - changed, changed, unchanged)


def units_of(connection: Connection, street_code: str, on: dt.date) -> list[Unit]:
    """The communities and villages of a street on a day, by code."""
    return subjects_of(connection, street_code, on, subject_kinds().default)


def subjects_of(connection: Connection, street_code: str, on: dt.date, kinds: Sequence[str]) -> list[Unit]:
    """The subjects of some kinds in a street, or a county by its six digits, on a day, by code."""
    rows = sql.fetch(connection, "registry/select_subjects", **span_of(street_code), on_date=on, any_kind=kinds)
    return [Unit(**row) for row in rows]


def registered_in(connection: Connection, street_code: str, on: dt.date) -> list[Unit]:
    """Everybody of whatever kind who is registered in a street, or a county, on a day, by code."""
    return [
        Unit(**row) for row in sql.fetch(connection, "registry/select_registered", **span_of(street_code), on_date=on)
    ]


def is_county(scope_code: str) -> bool:
    """Whether a code of those who are ranked together is a county's, and not a street's."""
    return len(scope_code) == COUNTY_DIGITS


def span_of(scope_code: str) -> dict[str, str]:
    """The streets of a street's or a county's code, as the statements take them: from the first to the last."""
    last = scope_code.ljust(_LONGEST_STREET_CODE, "9") if is_county(scope_code) else scope_code
    return {"first_street": scope_code, "last_street": last}


def find_unit(connection: Connection, code: str, on: dt.date) -> Unit | None:
    """The unit with this code on a day, or None."""
    row = sql.fetch_one(connection, "registry/select_unit", code=code, on_date=on)
    return Unit(**row) if row else None


def registered(connection: Connection, codes: Sequence[str], on: dt.date) -> set[str]:
    """Which of the codes a subject has on a day."""
    rows = sql.fetch(connection, "registry/select_known_codes", any_code=list(codes), on_date=on) if codes else []
    return {row["code"] for row in rows}


def code_of(connection: Connection, text: str, on: dt.date) -> str:
    """The code of the unit that a person means by its code or its name on a day; a code is not looked up.

    Raises UserError where no unit has that name, or several have.
    """
    wanted = text.strip()
    if wanted.isascii():
        return wanted
    found = sql.fetch(connection, "registry/select_units_by_name", unit_name=wanted, on_date=on)
    if not found:
        raise UserError(f"登记册里没有名为“{wanted}”、{chinese_date(on)}在册的单位：请照登记册填写名称，或填编码。")
    if len(found) > 1:
        known = "、".join(f"{row['street']} {row['code']}" for row in found)
        raise UserError(f"登记册里有 {len(found)} 个“{wanted}”（{known}）：请改填编码。")
    return str(found[0]["code"])


def street_codes(connection: Connection, on: dt.date, kinds: Sequence[str] = ()) -> list[str]:
    """Codes of all streets that have a community or a village, or a subject of further `kinds`, on a day, in order."""
    rows = sql.fetch(connection, "registry/select_streets", on_date=on, any_kind=[*subject_kinds().default, *kinds])
    return [row["street_code"] for row in rows]


def street_name(connection: Connection, street_code: str, on: dt.date) -> str | None:
    """What the register calls a street on a day (may be empty); None where it has no such street then."""
    row = sql.fetch_one(connection, "registry/select_street_name", street_code=street_code, on_date=on) or {}
    return row.get("street")


def only_street(connection: Connection) -> str | None:
    """The code of the one street that the register has; None where it has several, or none."""
    row = sql.fetch_one(connection, "registry/select_street_range", any_kind=subject_kinds().default) or {}
    return row["first_code"] if row.get("first_code") == row.get("last_code") else None


def is_from_folder(connection: Connection) -> bool:
    """Whether the register came as a folder, and so with kinds."""
    return sql.fetch_one(connection, "registry/select_folder_import", kind=FROM_FOLDER) is not None


def export_columns(connection: Connection) -> tuple[str, ...]:
    """The columns of registry.csv: from a folder the kind is the tenth."""
    return SUBJECT_COLUMNS if is_from_folder(connection) else COLUMNS


def export_rows(connection: Connection, street_code: str, on: dt.date) -> list[sql.Row]:
    """The street's (the county's) subjects as rows of registry.csv, which import_units reads back unchanged."""
    rows = sql.fetch(connection, "registry/select_registered", **span_of(street_code), on_date=on)
    return [{column: "" if row[column] is None else row[column] for column in SUBJECT_COLUMNS} for row in rows]
