"""The register as it came in: every import kept with its file, so that any past state of the register can be had again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.errors import UserError
from include.period import now, start_of
from include.registry.register_files import RegisterFiles
from include.registry.units import FROM_FOLDER, ImportResult, import_units
from include.safe_text import typed_problems
from include.subject_kinds import subject_kinds

IMPORT, BASELINE = "import", "baseline"
_ALWAYS = dt.date(
    2000, 1, 1
)  # a register that was there before imports were recorded counts as having been there always
_LONGEST_NAME = 60
_DATES = ("valid_from", "valid_to")


def import_register(
    connection: Connection, path: Path, valid_from: dt.date, by: str, streets: Path | None = None
) -> ImportResult:
    """`import_units` of a CSV or a folder, and who did it when, with the files in the archive. An import that changed nothing leaves no record.

    A register that was there before imports were recorded is recorded first, as it stands. Raises UserError with every
    wrong line; nothing is written then.
    """
    if wrong := typed_problems("经办人", by, _LONGEST_NAME, lines=False):
        raise UserError(*wrong)
    unrecorded = all_units(connection) if _is_unrecorded(connection) else []
    files = RegisterFiles.at(path)
    result = import_units(connection, files, valid_from, streets)
    if not result.added and not result.changed and not result.facts:
        return result
    if unrecorded:
        baseline = {"sha256": contents.store(_as_json(unrecorded))}
        _record(connection, BASELINE, baseline, _ALWAYS, "", start_of(_ALWAYS))
    stored = {
        "sha256": contents.store(files.subjects.read_bytes()),
        "streets_sha256": contents.store(streets.read_bytes()) if streets else None,
        "attributes_sha256": contents.store(files.attributes.read_bytes()) if files.attributes else None,
        "links_sha256": contents.store(files.links.read_bytes()) if files.links else None,
    }
    _record(connection, FROM_FOLDER if files.is_folder else IMPORT, stored, valid_from, by, now())
    return result


def all_units(connection: Connection) -> list[sql.Row]:
    """The register row by row, every span of validity."""
    return sql.fetch(connection, "registry/select_units")


def copy_units(connection: Connection, rows: list[sql.Row]) -> None:
    """Write rows of the register as they are."""
    sql.execute_many(connection, "registry/insert_unit", rows)


def replay_import(connection: Connection, row: sql.Row) -> None:
    """The same import once more from the archive, with its record. Raises UserError where a file is lost."""
    if row["kind"] == BASELINE:
        units = json.loads(contents.load(row["sha256"]))
        copy_units(connection, [_as_registered(unit) for unit in units])
    else:
        with tempfile.TemporaryDirectory() as folder:
            subjects, streets, attributes, links = (
                _unpacked(Path(folder), row[name]) if row[name] else None
                for name in ("sha256", "streets_sha256", "attributes_sha256", "links_sha256")
            )
            assert subjects is not None
            files = RegisterFiles(subjects, attributes, links, row["kind"] == FROM_FOLDER)
            import_units(connection, files, row["valid_from"], streets)
    sql.execute(connection, "registry/insert_import", **row)


def _unpacked(folder: Path, sha256: str) -> Path:
    """A file of the archive as one that can be read by its path."""
    path = folder / sha256
    path.write_bytes(contents.load(sha256))
    return path


def _as_registered(unit: dict[str, Any]) -> sql.Row:
    """A row of a baseline; one that was stored before subjects had kinds is of the kind that the upgrade gave it."""
    dates = {name: dt.date.fromisoformat(unit[name]) if unit[name] else None for name in _DATES}
    return {"kind": subject_kinds().kind_of(unit["unit_type"], unit["name"])} | unit | dates


def _is_unrecorded(connection: Connection) -> bool:
    return bool((sql.fetch_one(connection, "registry/count_unrecorded") or {})["units"])


def _as_json(rows: list[sql.Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, default=dt.date.isoformat).encode()


def _record(
    connection: Connection,
    kind: str,
    stored: Mapping[str, str | None],
    valid_from: dt.date,
    by: str,
    imported_at: dt.datetime,
) -> None:
    """`stored`: the hashes of its files by column. Those of attributes and links are in the key where there are any."""
    of_folder = [stored[name] for name in ("attributes_sha256", "links_sha256") if stored.get(name)]
    named = [kind, stored["sha256"], stored.get("streets_sha256"), valid_from.isoformat(), imported_at.isoformat()]
    key = json.dumps(named + of_folder)
    nothing = dict.fromkeys(("streets_sha256", "attributes_sha256", "links_sha256"))
    sql.execute(
        connection, "registry/insert_import", id=hashlib.sha256(key.encode()).hexdigest(), kind=kind,
        **{**nothing, **stored}, valid_from=valid_from, imported_by=by.strip(), imported_at=imported_at,
    )  # fmt: skip
