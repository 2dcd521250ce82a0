"""The register as it came in: every import kept with its file, so that any past state of the register can be had again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

from sqlalchemy import Connection

from include.archive import contents
from include.db.sql import Row, execute, execute_many, fetch, fetch_one
from include.errors import UserError
from include.period import now, start_of
from include.registry.units import ImportResult, import_units
from include.safe_text import typed_problems

IMPORT, BASELINE = "import", "baseline"
_ALWAYS = dt.date(
    2000, 1, 1
)  # a register that was there before imports were recorded counts as having been there always
_LONGEST_NAME = 60
_DATES = ("valid_from", "valid_to")


def import_register(
    connection: Connection, path: Path, valid_from: dt.date, by: str, streets: Path | None = None
) -> ImportResult:
    """`import_units`, and who did it when, with the files in the archive. An import that changed nothing leaves no record.

    A register that was there before imports were recorded is recorded first, as it stands. Raises UserError with every
    wrong line; nothing is written then.
    """
    if wrong := typed_problems("经办人", by, _LONGEST_NAME, lines=False):
        raise UserError(*wrong)
    unrecorded = all_units(connection) if _is_unrecorded(connection) else []
    result = import_units(connection, path, valid_from, streets)
    if not result.added and not result.changed:
        return result
    if unrecorded:
        _record(connection, BASELINE, contents.store(_as_json(unrecorded)), None, _ALWAYS, "", start_of(_ALWAYS))
    streets_sha256 = contents.store(streets.read_bytes()) if streets else None
    _record(connection, IMPORT, contents.store(path.read_bytes()), streets_sha256, valid_from, by, now())
    return result


def all_units(connection: Connection) -> list[Row]:
    """The register row by row, every span of validity."""
    return fetch(connection, "registry/select_units")


def copy_units(connection: Connection, rows: list[Row]) -> None:
    """Write rows of the register as they are."""
    execute_many(connection, "registry/insert_unit", rows)


def replay_import(connection: Connection, row: Row) -> None:
    """The same import once more from the archive, with its record. Raises UserError where a file is lost."""
    if row["kind"] == BASELINE:
        units = json.loads(contents.load(row["sha256"]))
        dates = {name: [dt.date.fromisoformat(unit[name]) if unit[name] else None for unit in units] for name in _DATES}
        rows = [unit | {name: dates[name][place] for name in _DATES} for place, unit in enumerate(units)]
        copy_units(connection, rows)
    else:
        streets = contents.path_of(row["streets_sha256"]) if row["streets_sha256"] else None
        import_units(connection, contents.path_of(row["sha256"]), row["valid_from"], streets)
    execute(connection, "registry/insert_import", **row)


def _is_unrecorded(connection: Connection) -> bool:
    return bool((fetch_one(connection, "registry/count_unrecorded") or {})["units"])


def _as_json(rows: list[Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, default=dt.date.isoformat).encode()


def _record(
    connection: Connection,
    kind: str,
    sha256: str,
    streets_sha256: str | None,
    valid_from: dt.date,
    by: str,
    imported_at: dt.datetime,
) -> None:
    key = json.dumps([kind, sha256, streets_sha256, valid_from.isoformat(), imported_at.isoformat()])
    execute(
        connection, "registry/insert_import", id=hashlib.sha256(key.encode()).hexdigest(), kind=kind, sha256=sha256,
        streets_sha256=streets_sha256, valid_from=valid_from, imported_by=by.strip(), imported_at=imported_at,
    )  # fmt: skip
