"""Items of rectification, their history and evidence."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, String, Table, Text, UniqueConstraint, text

from include.db.tables.columns import column, metadata, only
from include.db.types import Moment

rectification_item = Table(
    "rectification_item",
    metadata,
    column("id", String(64), "SHA-256 over scheme, unit, indicator and opened_period", primary_key=True),
    column("scheme", Text, "scheme"),
    column(
        "kind",
        Text,
        "kind of item: rectification (known by scheme, unit, indicator and opened_period) or another of the system's item_kinds"
        " (by scheme, kind, unit, number and opened_period)",
        server_default="rectification",
    ),
    column(
        "number", Text, "事项编号 by which people name it; null of what is named by unit and indicator", nullable=True
    ),
    column(
        "step",
        Text,
        "环节 at which it stands, also after 销号; null where the kind had none or it has ended",
        nullable=True,
    ),
    column(
        "step_due_date",
        Date,
        "last day of the step, stored when it began; of one that waits the day to look again",
        nullable=True,
    ),
    column(
        "holder_scope", Text, "who takes the step: community, street, county, party_unit, inspectors", nullable=True
    ),
    column("holder", Text, "code of who takes the step: of the subject, the street or the county", nullable=True),
    column(
        "cells", Text, "JSON of what its row and its steps say of it, by column key; no personal column", nullable=True
    ),
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
        sqlite_where=text("is_open AND kind = 'rectification'"),
        postgresql_where=text("is_open AND kind = 'rectification'"),
    ),
    Index("ix_rectification_item_number", "scheme", "number"),
    Index("ix_rectification_item_unit", "unit_code", "scheme", "indicator"),
    only("ix_rectification_item_origin", "origin_code IS NOT NULL", "origin_code"),
    only("ix_rectification_item_holder", "holder IS NOT NULL", "holder"),
    comment="A problem to be put right; at most one open a scheme, unit and indicator.",
)

item_step = Table(
    "item_step",
    metadata,
    column("item_id", String(64), "item", primary_key=True),
    column("sequence", Integer, "1, 2 … in the order in which the item went through them", primary_key=True),
    column("step", Text, "环节"),
    column("holder_scope", Text, "who takes it"),
    column("holder", Text, "code of who takes it"),
    column("began_date", Date, "day from which its time runs"),
    column("due_date", Date, "its last day, stored when it began; another one only by 延期 or after a wait"),
    column("is_provisional", Boolean, "暂定: a year on the way has no calendar yet"),
    column("waits_since_date", Date, "长期关注 since: the clock stands; else null", nullable=True),
    column("look_again_date", Date, "day on which what waits is looked at again; else null", nullable=True),
    column("ended_date", Date, "完成日期, or the last day where nobody answered; null while it is on", nullable=True),
    column("outcome", Text, "结果; null while it is on", nullable=True),
    column("is_answered", Boolean, "false where it ended by itself, or a person put the item elsewhere", nullable=True),
    column("recorded_at", Moment, "when it was written down that it began"),
    column("ended_at", Moment, "when it was written down that it ended", nullable=True),
    column("sha256", String(64), "file that ended it", nullable=True),
    Index("ix_item_step_holder", "holder"),
    only("ix_item_step_current", "ended_date IS NULL", "item_id"),
    comment="The steps that an item has gone through; what counts as known at a moment goes by recorded_at and ended_at.",
)

item_report = Table(
    "item_report",
    metadata,
    column("scheme", Text, "system", primary_key=True),
    column("number", Text, "事项编号 as it was written", primary_key=True),
    column("step", Text, "环节", primary_key=True),
    column("sha256", String(64), "file that it came in", primary_key=True),
    column("row_number", Integer, "row of the file", primary_key=True),
    column("filler_code", String(32), "who handed it in"),
    column("done_date", Date, "完成日期"),
    column("outcome", Text, "结果"),
    column("cells", Text, "JSON of what the step fills in, by column key"),
    column("actor", Text, "who sent it"),
    column("received_at", Moment, "when it came"),
    column("item_id", String(64), "item whose step it ended; null while it waits for the step before", nullable=True),
    comment="Rows of 事项办理; one whose step has not been reached waits for the report on the step before.",
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
