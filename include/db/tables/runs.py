"""What each run did."""

from __future__ import annotations

from sqlalchemy import Integer, Table, Text

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
    comment="What each run did.",
)
