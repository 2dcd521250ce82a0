"""What was opened to be filled in, and who was asked for it."""

from __future__ import annotations

from sqlalchemy import String, Table, Text

from include.db.tables.columns import column, metadata
from include.db.types import Moment

opened_form = Table(
    "opened_form",
    metadata,
    column("scheme", Text, "scheme the form belongs to", primary_key=True),
    column("period", Text, "period to be reported", primary_key=True),
    column("unit_code", String(32), "unit that it is about; of the inspectors' workbook the street", primary_key=True),
    column(
        "form",
        Text,
        "form of the scheme; inspection: the inspectors' workbook, inspection/<forms> that of forms with days of their own",
        primary_key=True,
    ),
    column("reader", Text, "inspector whose workbook it is; else empty", primary_key=True),
    column("street_code", String(12), "street of the unit in the period"),
    column("filler", Text, "who fills it in: unit, street or inspectors"),
    column("opened_at", Moment, "when it was first opened"),
    column("asked_at", Moment, "when it was put out to who fills it in; null: nobody was told", nullable=True),
    column("file_name", Text, "name of the workbook"),
    column("sha256", String(64), "the workbook, as archived"),
    comment="Which forms of a period were opened; what became of the mails that brought them is the outbox's.",
)
