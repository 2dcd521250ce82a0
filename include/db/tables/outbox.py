"""What is to be told to whom, and the mails that carry it."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String, Table, Text, UniqueConstraint

from include.db.tables.columns import column, metadata, only
from include.db.types import Moment

notice = Table(
    "notice",
    metadata,
    column("id", String(64), "SHA-256 over kind, subject, stage, recipient, revision", primary_key=True),
    column("kind", Text, "template folder under include/templates/mail"),
    column("subject", Text, "what it is about: delivery id, scheme/period/unit, item id …"),
    column("stage", Text, "T-7, late:2026-07-21, 催办 …; empty where none"),
    column("recipient", Text, "address; empty where the registry has none"),
    column("revision", Integer, "revision of the assessment, 0 where none"),
    column("unit_code", String(32), "unit it concerns; empty for the committee's"),
    column("street_code", String(12), "street it concerns; empty where none is known", server_default=""),
    column("scheme", Text, "system it concerns; empty where none, or several", server_default=""),
    column("period", Text, "period it concerns"),
    column("due_at", Moment, "when it fell due"),
    column("copy_to", Text, "addresses copied, comma separated"),
    column("payload", Text, "JSON for the template"),
    column("attachments", Text, "JSON list of {name, sha256}"),
    column("state", Text, "pending, sending, sent, failed, unknown, skipped"),
    column("reason", Text, "why not sent, in Chinese; empty where sent"),
    column("signed", Text, "JSON: office, name, telephone of those who write; null where none is known", nullable=True),
    column("mail_id", String(64), "the mail that carried it", nullable=True),
    column(
        "bundle", String(64), "arrival of the packet whose answers share one mail; empty: none does", server_default=""
    ),
    UniqueConstraint("kind", "subject", "stage", "recipient", "revision"),
    Index(None, "state", "recipient"),
    Index(None, "mail_id"),
    Index("ix_notice_period", "period", "unit_code"),
    Index("ix_notice_unit", "unit_code"),
    Index("ix_notice_street", "street_code"),
    Index("ix_notice_subject", "subject"),
    only("ix_notice_pending", "state = 'pending'", "recipient"),
    only("ix_notice_open", "state IN ('pending', 'unknown')", "mail_id"),
    comment="What is due to whom; written before anything is sent.",
)

asked_item = Table(
    "asked_item",
    metadata,
    column("notice_id", String(64), "the notice that asks", primary_key=True),
    column("position", Integer, "1, 2 … in the order in which it lists them", primary_key=True),
    column("item_id", String(64), "item of rectification"),
    column("indicator", Text, "its indicator"),
    column("problem", Text, "the problem as it was told"),
    column("deadline_told", Text, "the deadline as it was told: ISO, or in words where it is 暂定"),
    column(
        "answer_sequence",
        Integer,
        "the answer that the inspectors are to verify (item_event.sequence); null where the unit is asked",
        nullable=True,
    ),
    comment="Which items a notice asked about: by them a reply to its mail is read.",
)

mail = Table(
    "mail",
    metadata,
    column("id", String(64), "SHA-256 over the ids of its notices; with its code its Message-ID", primary_key=True),
    column("recipient", Text, "To"),
    column("copy_to", Text, "Cc, comma separated"),
    column("subject_line", Text, "Subject"),
    column(
        "digest", Text, "<group>/<day> of a digest, one a recipient and day; null: a mail of its own", nullable=True
    ),
    column("due_at", Moment, "when its newest notice fell due; its Date"),
    column("sha256", String(64), "archived .eml as handed over"),
    column("state", Text, "pending, sending, sent, failed, unknown, skipped (told otherwise)"),
    column("attempts", Integer, "tries so far"),
    column("claimed_by", Text, "sender process that holds it; empty where none"),
    column("claimed_at", Moment, "since when, by the real clock", nullable=True),
    column(
        "handed_at", Moment, "set before the text goes to the server: from here on a crash is unknown", nullable=True
    ),
    column("next_attempt_at", Moment, "not before", nullable=True),
    column("sent_at", Moment, "when the server took it", nullable=True),
    column("error", Text, "last answer of the server"),
    UniqueConstraint("recipient", "digest"),
    Index(None, "state"),
    Index("ix_mail_content", "sha256"),
    only("ix_mail_pending", "state = 'pending'", "due_at"),
    only("ix_mail_sending", "state = 'sending'", "claimed_by"),
    only("ix_mail_unsettled", "state IN ('unknown', 'failed')", "due_at"),
    comment="What is sent: one mail carries one or more notices.",
)
