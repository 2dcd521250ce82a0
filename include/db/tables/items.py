"""Items of rectification, their history and evidence."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, String, Table, Text, UniqueConstraint, text

from include.db.tables.columns import column, metadata
from include.db.types import Moment

rectification_item = Table(
    "rectification_item",
    metadata,
    column("id", String(64), "SHA-256 over scheme, unit, indicator and opened_period", primary_key=True),
    column("scheme", Text, "scheme"),
    column("unit_code", String(32), "unit that owns it"),
    column(
        "origin_code", String(32), "unit at which it was found, where another came after it; else null", nullable=True
    ),
    column("indicator", Text, "indicator or S0"),
    column("problem", Text, "the problem's text"),
    column(
        "details",
        Text,
        "JSON list of what its text names of this unit: missing papers; null where nothing",
        nullable=True,
    ),
    column("opened_period", Text, "period that found it"),
    column("opened_date", Date, "成文日期 of the circular that named it"),
    column("deadline", Date, "last day, stored at issue and never recomputed"),
    column(
        "is_provisional",
        Boolean,
        "暂定: the days off of a year on the way are not known; confirmed once, never to an earlier day",
    ),
    column(
        "working_days",
        Integer,
        "working days from opened_date to the deadline; null in what was opened before it was kept",
        nullable=True,
    ),
    column("state", Text, "待整改, 已反馈, 验收, 销号, 退回, 重新打开"),
    column("is_open", Boolean, "false once 销号"),
    column("owner", Text, "address of the 书记"),
    column("liaison", Text, "address of the 包社区服务组组长"),
    Index(
        "ux_rectification_item_open",
        "scheme",
        "unit_code",
        "indicator",
        unique=True,
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
    comment="A problem to be put right; at most one open a scheme, unit and indicator.",
)

item_event = Table(
    "item_event",
    metadata,
    column("item_id", String(64), "item", primary_key=True),
    column("sequence", Integer, "1, 2 …", primary_key=True),
    column(
        "kind",
        Text,
        "opened, carried, restated, reminded, urged, drafted, supervised, planned, answered, verified, returned, closed, "
        "reopened, extended, skipped",
    ),
    column("stage", Text, "stage of the escalation policy, where one; else the period or empty"),
    column("actor", Text, "who"),
    column("reason", Text, "why, in Chinese"),
    column("happened_at", Moment, "when"),
    column("sha256", String(64), "file that came with it", nullable=True),
    column("deadline", Date, "extended: the deadline that it gave; else null", nullable=True),
    UniqueConstraint("item_id", "kind", "stage"),
    comment="Every move of an item.",
)

evidence = Table(
    "evidence",
    metadata,
    column("carrier_sha256", String(64), "what it came with or belongs to: raw mail, workbook", primary_key=True),
    column("position", Integer, "1, 2 … in the order of receipt", primary_key=True),
    column("name", Text, "file name as received"),
    column("sha256", String(64), "content, as archived; never opened"),
    column("bytes", BigInteger, "size of the content in bytes"),
    comment="Photos and papers that came with an answer on items (item_event.sha256 = carrier_sha256) or with a form"
    " (submission.sha256).",
)
