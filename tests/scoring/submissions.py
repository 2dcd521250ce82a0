"""A hand-in as it is kept once it was accepted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from sqlalchemy import Connection

from include.db import sql
from include.schemes.model import Scheme


def hand_in(
    connection: Connection,
    scheme: Scheme,
    form: str,
    code: str,
    values: Mapping[str, str | None],
    received_at: dt.datetime,
) -> None:
    """The first version of a form, with values by field."""
    sha256 = f"{scheme.period}{form}{code}".encode().hex().ljust(64, "0")[:64]
    sql.execute(
        connection, "intake/insert_submission", sha256=sha256, scheme=scheme.scheme, scheme_version=scheme.version, form=form,
        period=str(scheme.period), unit_code=code, version=1, status="accepted", received_at=received_at, returned_sha256=None,
        returned_name=None,
    )  # fmt: skip
    cells = [[field, field, value or "", value, ""] for field, value in values.items()]
    sql.execute(connection, "intake/insert_submission_values", sha256=sha256, cells=json.dumps(cells))
