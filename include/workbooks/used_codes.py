"""Codes that hold for one act: by which content each was used up, and when."""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import Connection

from include.db import sql
from include.workbooks.codes import Subject


def use_up(connection: Connection, subject: Subject, sha256: str, at: dt.datetime) -> None:
    """The code of a subject served for what a content said, and serves for nothing else; again changes nothing."""
    sql.execute(
        connection, "workbooks/insert_used_code", id=_key(subject), about="/".join(subject), sha256=sha256, used_at=at
    )


def used_by(connection: Connection, subject: Subject) -> sql.Row | None:
    """sha256 and used_at; None where the code was not used yet."""
    return sql.fetch_one(connection, "workbooks/select_used_code", id=_key(subject))


def is_used_up(connection: Connection, subject: Subject) -> bool:
    return used_by(connection, subject) is not None


def _key(subject: Subject) -> str:
    return hashlib.sha256("\x1f".join(subject).encode()).hexdigest()
