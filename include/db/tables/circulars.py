"""Circulars, letters and their numbers."""

from __future__ import annotations

from sqlalchemy import Boolean, Date, Index, Integer, String, Table, Text

from include.db.tables.columns import column, metadata, only
from include.db.types import Moment

circular = Table(
    "circular",
    metadata,
    column("id", String(128), "assessment id/<kind>", primary_key=True),
    column("assessment_id", String(96), "assessment", nullable=True),
    column("kind", Text, "通报, 更正通报"),
    column(
        "street_code",
        String(12),
        "street that a letter (督办通知单, 整改通知书, 联席会议通知) is from: its assessment is null, its id "
        "<kind>/<unit or street>/<day or meeting>/<count>; null for a circular",
        nullable=True,
    ),
    column("unit_code", String(32), "community that a letter is to; null: all of the street", nullable=True),
    column("period", Text, "period that a letter counts to; null for a circular", nullable=True),
    column("state", Text, "draft, approved, issued, withdrawn"),
    column("model_hash", String(64), "SHA-256 of the draft's model: what a person approves"),
    column("model", Text, "the draft's model as JSON"),
    column(
        "asked_at",
        Moment,
        "since when this text waits for a person; null: nobody was asked, or it was sent back",
        nullable=True,
    ),
    column("document_number", Text, "发文字号; empty while a draft"),
    column("issue_date", Date, "成文日期", nullable=True),
    column("approved_by", Text, "who approved; empty while a draft"),
    column("account", Text, "login that approved; empty while a draft, and where none was recorded", server_default=""),
    column("approved_at", Moment, "when", nullable=True),
    column("docx_sha256", String(64), "archived Word file", nullable=True),
    column("pdf_sha256", String(64), "archived PDF; null where no font was to be had", nullable=True),
    column("html_sha256", String(64), "archived HTML", nullable=True),
    column(
        "manifest_sha256", String(64), "archived list of all that was issued with it; null while a draft", nullable=True
    ),
    Index(None, "street_code", "period"),
    Index("ix_circular_assessment", "assessment_id"),
    Index("ix_circular_number", "document_number"),
    only("ix_circular_unit", "unit_code IS NOT NULL", "unit_code"),
    only("ix_circular_draft", "state = 'draft'", "kind", "street_code"),
    comment="A circular from draft to issue.",
)

paper = Table(
    "paper",
    metadata,
    column("id", String(160), "<circular>/<kind>/<unit>, or <scheme>/<period>/<kind>/<unit>/<count>", primary_key=True),
    column(
        "circular_id",
        String(128),
        "circular that it left with; null: made when its form's window had ended",
        nullable=True,
    ),
    column("scheme", Text, "scheme"),
    column("period", Text, "period that it counts to"),
    column("street_code", String(12), "street or county that it is from"),
    column("unit_code", String(32), "subject that it is to"),
    column("kind", Text, "责任书, 台账, 表扬榜 …"),
    column("title", Text, "title"),
    column("model_hash", String(64), "SHA-256 of what it states"),
    column("docx_sha256", String(64), "archived Word file"),
    column("pdf_sha256", String(64), "archived PDF; null where no font was to be had", nullable=True),
    column("made_at", Moment, "when"),
    Index(None, "street_code", "period"),
    Index(None, "circular_id"),
    comment="Papers without a number, one a subject: they go along with a circular, or follow a form.",
)

document_number = Table(
    "document_number",
    metadata,
    column("prefix", Text, "the committee's 发文机关代字, e.g. 云街党工委", primary_key=True),
    column("year", Integer, "year of issue", primary_key=True),
    column("sequence", Integer, "1, 2 …, no gap, no reuse", primary_key=True),
    column("circular_id", String(128), "the document that holds it", unique=True),
    column("is_void", Boolean, "作废: withdrawn, the number stays taken"),
    comment="Register of document numbers.",
)
