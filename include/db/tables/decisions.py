"""What people decide, and the questions put to the committee."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, Integer, Sequence, String, Table, Text, UniqueConstraint

from include.db.tables.columns import column, metadata
from include.db.types import Moment

decision = Table(
    "decision",
    metadata,
    column("id", String(64), "SHA-256 over the columns below, so that the same act twice is one row", primary_key=True),
    column(
        "kind",
        Text,
        "correction, extension, drafting, approval, rejection, resubmission, review_request, review (granted), review_refused, withdrawal …",
    ),
    column("scheme", Text, "scheme"),
    column("period", Text, "period"),
    column("unit_code", String(32), "unit; empty where the whole street is meant"),
    column("field", Text, "field or indicator; empty where none"),
    column("value", Text, "the corrected figure, the new date … as text"),
    column("reason", Text, "why, in Chinese"),
    column("decided_by", Text, "who: the name signed with, the inspector named in the file, else the account"),
    column("decided_at", Moment, "when"),
    column("sha256", String(64), "the file that carried it, where one did", nullable=True),
    column("sequence", Integer, "running number: which act came first, whatever the clock said"),
    column("account", Text, "login under which it was done; empty where a file or mail carried it", server_default=""),
    Index(None, "scheme", "period"),
    Index(None, "kind", "field"),
    UniqueConstraint("sequence"),
    comment="Acts of people: with raw files and schemes, all that is needed to rebuild the rest.",
)

Sequence("decision_sequence", metadata=metadata)  # on PostgreSQL; SQLite has one writer, who counts

question = Table(
    "question",
    metadata,
    column("circular_id", String(128), "the document that is to be signed", primary_key=True),
    column("sequence", Integer, "1, 2 … each time that it was asked", primary_key=True),
    column("model_hash", String(64), "the text that was asked about (circular.model_hash of then)"),
    column("asked_at", Moment, "when"),
    column("asked_in", Text, "where it waits for its answer: workflow/run/step/index/try"),
    column("office", String(12), "street whose committee is asked", server_default=""),
    column("batch", Text, "the batch it was asked in (referral.batch); empty where none was", server_default=""),
    column("answered_at", Moment, "when it was answered; null: not yet", nullable=True),
    column("answer", Text, "approval or rejection; empty: not yet"),
    column("account", Text, "login that answered: as Airflow recorded it, or of who holds the address"),
    column("name", Text, "name signed with; the login where none was given"),
    column("note", Text, "what was said with the answer, of a rejection why"),
    column(
        "how",
        Text,
        "airflow: its page or API; mail/… and the archived reply's SHA-256; unrecorded: signed before answers were kept here",
    ),
    Index(None, "asked_in"),
    comment="Every time that the committee was asked to sign, and its answer, which is written once."
    " A document is issued on the answer in this table and on nothing else.",
)

referral = Table(
    "referral",
    metadata,
    column("subject", String(128), "what is to be decided on: an assessment, or a letter's draft", primary_key=True),
    column("batch", Text, "topic/office/n: what one run puts to one office, and the run's partition key"),
    column("referred_at", Moment, "when"),
    column("silent_because", Text, "why nobody is told by mail that the draft waits; empty: told"),
    column("run_id", Text, "run that is at work on it; empty: none yet"),
    column("is_settled", Boolean, "the run found nothing to decide on"),
    Index(None, "batch"),
    comment="What is to be put to a committee, and which run does so; the newest time that it was.",
)
