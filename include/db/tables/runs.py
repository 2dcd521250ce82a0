"""What each run did."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String, Table, Text

from include.db.tables.columns import column, metadata
from include.db.types import Moment

run_log = Table(
    "run_log",
    metadata,
    column("id", Integer, "running number", primary_key=True, autoincrement=True),
    column("run_id", Text, "Airflow's run id, or the command"),
    column("stage", Text, "open, receive, assess, circular, chase, remind, send, export"),
    column("period", Text, "period; empty where none"),
    column("street_code", Text, "street; empty where several"),
    column("logged_at", Moment, "when"),
    column("outcome", Text, "done, nothing_new, refused …"),
    column(
        "account",
        Text,
        "login that started the run, or that answered; empty: the schedule, an event, a command",
        server_default="",
    ),
    column("detail", Text, "JSON: counts, seconds, revision"),
    Index("ix_run_log_period", "period"),
    Index("ix_run_log_stage", "stage"),
    comment="What each run did.",
)

table_hint = Table(
    "table_hint",
    metadata,
    column("scheme", Text, "system", primary_key=True),
    column("period", Text, "period that was looked at", primary_key=True),
    column("street_code", String(12), "street or county whose units the table has", primary_key=True),
    column("form", Text, "form of the system", primary_key=True),
    column("kind", Text, "what it is: zero, alike, mean_before … (include/validation/whole.yaml)", primary_key=True),
    column("field", Text, "field of the column; empty where it is about a unit's row", primary_key=True),
    column("unit_code", String(32), "unit that stands out; empty where it is about the column", primary_key=True),
    column("said", Text, "the hint in Chinese"),
    column("looked_at", Moment, "when the table was last looked at"),
    comment="What a Checkpoint over a period's whole table found last: hints to ops and inspectors, never a return.",
)
