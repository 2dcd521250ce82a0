"""What arrives, what it became, and what was found wrong with it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, Numeric, String, Table, Text, UniqueConstraint

from include.db.tables.columns import column, metadata, only
from include.db.types import Moment

inbox_sighting = Table(
    "inbox_sighting",
    metadata,
    column("id", String(64), "SHA-256 over the file's place, number, size and times", primary_key=True),
    column("received_at", Moment, "when it was first seen there, whole: its time of receipt"),
    comment="Files of the inbox folder that are being taken; a row goes with its file.",
)

delivery = Table(
    "delivery",
    metadata,
    column("id", String(64), "SHA-256 over channel, name, sender, time of receipt and content", primary_key=True),
    column("sha256", String(64), "content, as archived"),
    column("bytes", BigInteger, "size of the content in bytes"),
    column("name", Text, "file name as received"),
    column("channel", Text, "inbox, mailbox or page"),
    column("sender", Text, "mail address or account; empty for the inbox"),
    column(
        "sender_trust",
        Text,
        "pass: the own mail server vouches for the sender (or it came by mail before that was asked); none: nothing is "
        "said; fail: it is not from whom it says; own: no mail",
    ),
    column("codes", Text, "what in its mail may be codes of ours, separated by blanks"),
    column("received_at", Moment, "time of receipt"),
    column("status", Text, "waiting, accepted, returned, refused, duplicate"),
    column("unit_code", String(32), "unit named inside the file", nullable=True),
    column("version", Integer, "version of the submission it became", nullable=True),
    column("message", Text, "the answer's first line, in Chinese"),
    column("seconds", Numeric(9, 3), "seconds from reading to answer", nullable=True),
    column("attempts", Integer, "times that its reading was begun and did not come to an end"),
    column("answered_at", Moment, "when it was first answered; null while it waits", nullable=True),
    column(
        "signed_off_period",
        Text,
        "period that was signed off when it came, so that it was only archived; null where none was",
        nullable=True,
    ),
    column(
        "packet",
        String(64),
        "arrival of the workbook of several forms that it was a sheet of; empty where it came by itself",
        server_default="",
    ),
    column(
        "scheme",
        Text,
        "system that its form names; of a file that names none the one that was collected when it came; null: of whom nothing is known",
        nullable=True,
    ),
    column(
        "streets",
        Text,
        "streets and counties of the person who handed it in on the page, by blanks: it counts for these alone; empty: for all",
        server_default="",
    ),
    Index(None, "sha256"),
    Index(None, "packet"),
    Index("ix_delivery_sender", "sender"),
    Index("ix_delivery_unit", "unit_code"),
    Index("ix_delivery_received", "received_at"),
    only("ix_delivery_waiting", "status = 'waiting'", "received_at"),
    only("ix_delivery_returned", "status = 'returned' AND signed_off_period IS NOT NULL", "signed_off_period"),
    comment="Every arrival of a file; the same content twice is two rows, the second a duplicate.",
)

used_code = Table(
    "used_code",
    metadata,
    column("id", String(64), "SHA-256 over what the code is for", primary_key=True),
    column("about", Text, "verification/<street>/<day>/<reader>"),
    column("sha256", String(64), "the content that used it up"),
    column("used_at", Moment, "when that was received"),
    comment="Codes that hold for one act and were used.",
)

brought_file = Table(
    "brought_file",
    metadata,
    column("sha256", String(64), "file of an arrival", primary_key=True),
    column("mail_sha256", String(64), "archived mail in which it came", primary_key=True),
    comment="Which mails hold what came in: a mail is closed with the sheet that it brought.",
)

submission = Table(
    "submission",
    metadata,
    column("sha256", String(64), "content, as archived", primary_key=True),
    column("scheme", Text, "scheme the form belongs to"),
    column("scheme_version", Text, "version of the scheme that the form was read by"),
    column("form", Text, "form of the scheme: main, inspection, self …"),
    column("period", Text, "period reported, e.g. 2026H1"),
    column("unit_code", String(32), "unit that reports"),
    column("version", Integer, "1, 2 … by order of arrival within scheme, form, period, unit"),
    column("status", Text, "accepted or returned"),
    column("received_at", Moment, "time of receipt of its first delivery"),
    column("returned_sha256", String(64), "the marked workbook that went back", nullable=True),
    column("returned_name", Text, "its file name", nullable=True),
    UniqueConstraint("scheme", "form", "period", "unit_code", "version"),
    Index(None, "unit_code", "period"),
    only("ix_submission_returned", "returned_sha256 IS NOT NULL", "returned_sha256"),
    comment="A hand-in that could be read as a form of ours; immutable.",
)

submission_value = Table(
    "submission_value",
    metadata,
    column("sha256", String(64), "submission", primary_key=True),
    column("field", Text, "key of the field in the scheme", primary_key=True),
    column("field_label", Text, "label as in the form"),
    column("reported", Text, "what the cell said, as text; empty: not filled in"),
    column("value", Text, "canonical text of the typed value; null: missing or unreadable", nullable=True),
    column("source_cell", Text, "sheet!cell, or 第n行 of a CSV; v<n>!… where the value was taken over from version n"),
    comment="What was reported, field by field.",
)

merged_value = Table(
    "merged_value",
    metadata,
    column("sha256", String(64), "submission that was merged", primary_key=True),
    column("field", Text, "key of the field in the scheme", primary_key=True),
    column("version", Integer, "version that the value was taken from"),
    column("own_reported", Text, "what the file's own cell said, as text"),
    column("own_value", Text, "canonical text of the file's own cell; null: empty", nullable=True),
    comment="Cells of an accepted version that stand as an earlier version reported them, beside what its file said.",
)

finding = Table(
    "finding",
    metadata,
    column("sha256", String(64), "submission", primary_key=True),
    column(
        "check_code",
        Text,
        "type:…, required:…, range:…, list:… of a field, or the code of a cross-check",
        primary_key=True,
    ),
    column("field", Text, "the field it marks"),
    column("severity", Text, "fail returns the form, warn accepts it with a note"),
    column("outcome", Text, "false, not_reported (of true and not_applicable there is nothing to tell)"),
    column("found", Text, "what stood there"),
    column("expected", Text, "what should stand there, in Chinese"),
    column("message", Text, "sheet, cell, field, found, expected and what to do, in Chinese"),
    comment="What a check found wrong with a hand-in, both sides of the comparison kept.",
)
