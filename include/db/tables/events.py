"""Events of series, and what became of each."""

from __future__ import annotations

from sqlalchemy import Boolean, Date, Index, Integer, String, Table, Text

from include.db.tables.columns import column, metadata
from include.db.types import Moment

event = Table(
    "event",
    metadata,
    column("id", String(160), "<scheme>.<series>/<unit>/<period>/<number>", primary_key=True),
    column("scheme", Text, "scheme whose series it is of"),
    column("series", Text, "series"),
    column("unit_code", String(32), "who holds it: a unit, a street by its 9 digits, a county by its 6"),
    column("street_code", String(12), "street of the unit, itself of a street or county"),
    column("period", Text, "period that it belongs to, whatever day it is held on"),
    column("number", Integer, "1, 2 … of those of the period, by the day"),
    column("nominal_date", Date, "day by the rule alone; null where any day will do", nullable=True),
    column("planned_date", Date, "day that was told, moved off days off or by a person; null as before", nullable=True),
    column("is_moved", Boolean, "a person moved it: the calendar moves it no more"),
    column("state", Text, "已排定, 已通知, 已召开 or 已开展, 未报, 未召开 or 未开展, 补报, 取消"),
    column("planned_at", Moment, "when it was planned"),
    column("announced_at", Moment, "when somebody was first told of it", nullable=True),
    column("reported_at", Moment, "receipt of the first sheet that was accepted", nullable=True),
    column("held_date", Date, "day on which it was held, by the newest sheet", nullable=True),
    column("expected", Integer, "who was to come, by the newest sheet", nullable=True),
    column("present", Integer, "who came, by the newest sheet", nullable=True),
    column("sha256", String(64), "the newest sheet, as archived", nullable=True),
    Index("ix_event_scheme_event_period", "scheme", "period"),
    Index("ix_event_street_code_event_state", "street_code", "state"),
    comment="One event of a series: planned, told of, held or not. Its sheet's row is in ledger_row.",
)

event_change = Table(
    "event_change",
    metadata,
    column("event_id", String(160), "event", primary_key=True),
    column("sequence", Integer, "1, 2 …", primary_key=True),
    column("state", Text, "state from then on"),
    column("planned_date", Date, "day planned from then on", nullable=True),
    column("held_date", Date, "day on which it was held, as known from then on", nullable=True),
    column("expected", Integer, "who was to come, likewise", nullable=True),
    column("present", Integer, "who came, likewise", nullable=True),
    column("actor", Text, "who: 系统, or the login of a person"),
    column("reason", Text, "why, in Chinese; empty where the state says it"),
    column("happened_at", Moment, "when"),
    column("sha256", String(64), "its newest sheet, likewise", nullable=True),
    comment="Every move of an event: what it was at any moment is read from here.",
)
