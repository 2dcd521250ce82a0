"""Ledgers: the rows of every accepted sheet of free rows, with what held when and what was known when."""

from __future__ import annotations

from sqlalchemy import Date, Index, Integer, String, Table, Text

from include.db.tables.columns import column, metadata
from include.db.types import Moment

ledger_row = Table(
    "ledger_row",
    metadata,
    column("ledger", String(128), "<system>.<form>", primary_key=True),
    column("filler_code", String(32), "subject, street, county or department that handed it in", primary_key=True),
    column("row_key", String(500), "what tells it from the filler's other rows", primary_key=True),
    column("version", Integer, "1, 2 … of what is known of the row", primary_key=True),
    column("street_code", String(12), "street or county of the filler"),
    column("period", Text, "period of the sheet"),
    column("sha256", String(64), "hand-in that says it"),
    column("row_number", Integer, "line of the sheet on which it stands"),
    column("cells", Text, "JSON: canonical texts by column; what is not filled in is left out"),
    column("sealed", Text, "ciphertext of its personal columns; null where it has none", nullable=True),
    column("valid_from", Date, "first day on which it holds"),
    column("valid_to", Date, "day from which it holds no more; null: it holds", nullable=True),
    column("known_from", Moment, "when it was received"),
    column("known_until", Moment, "when something else came to be known in its place; null: it stands", nullable=True),
    Index(None, "ledger", "street_code"),
    Index(None, "sha256"),
    comment="Rows of ledgers, never overwritten: read as of a day and as known at a moment.",
)
