"""A document, drafted or issued, by the names that people and steps have for it."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError


def find_circular(connection: Connection, circular_id: str) -> sql.Row | None:
    """The row of a draft or issued document by its id or its document number; None where there is none."""
    return sql.fetch_one(connection, "documents/select_circular", circular_id=circular_id)


def get_circular(connection: Connection, circular_id: str) -> sql.Row:
    """A circular or letter by its id or its document number. Raises UserError where there is none."""
    row = find_circular(connection, circular_id)
    if row is None:
        raise UserError(
            f"没有编号或发文字号为“{circular_id}”的公文：请照文件上的发文字号填写，例如 云街党工委〔2026〕1号。"
        )
    return row
