"""What was accepted of a unit so far: the versions of a form, and the figures of a hand-in."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql
from include.schemes.model import Scheme


def accepted_versions(connection: Connection, scheme: Scheme, form: str, unit_code: str) -> list[sql.Row]:
    """Every accepted version of a unit's form, oldest first."""
    return sql.fetch(
        connection,
        "intake/select_accepted",
        scheme=scheme.scheme,
        form=form,
        period=str(scheme.period),
        unit_code=unit_code,
    )


def values_of(connection: Connection, sha256: str) -> dict[str, str | None]:
    """What a hand-in says, by field; None for a cell without a value."""
    return {row["field"]: row["value"] for row in sql.fetch(connection, "intake/select_values", sha256=sha256)}
