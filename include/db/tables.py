"""The tables of the business database, each column with its meaning (docs/data-dictionary.md is made from here).

Moments are `Moment` (aware, UTC on disk); figures with two decimals are NUMERIC(9, 2); the exact text
of what was reported is kept as text. Keys are natural ones wherever the domain has them, so that
every write can be repeated.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    Numeric,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from include.db.types import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _column(name: str, kind: object, comment: str, **options: object) -> Column:  # type: ignore[type-arg]
    options.setdefault("nullable", False)
    return Column(name, kind, comment=comment, **options)  # type: ignore[arg-type]


unit = Table(
    "unit",
    metadata,
    _column("code", String(12), "12-digit statistics code; the project's own begin with 99", primary_key=True),
    _column("valid_from", Date, "first day on which this row holds", primary_key=True),
    _column("valid_to", Date, "last day on which this row holds; empty: still holds", nullable=True),
    _column("name", Text, "name of the community or village"),
    _column("street_code", String(12), "9-digit code of the street or township"),
    _column("street", Text, "name of the street; empty where the source has none"),
    _column("unit_type", Text, "社区, 村 …; empty where unknown"),
    _column("households", Integer, "households governed", nullable=True),
    _column("secretary_email", Text, "address of the 书记"),
    _column("officer_email", Text, "address of the 组织委员"),
    _column("liaison_email", Text, "address of the 包社区服务组组长"),
    _column("is_provisional_code", Boolean, "true: no code in the national register, one of the project's own"),
    Index(None, "street_code"),
    comment="Register of units, one row a unit and span of validity.",
)
# Who a mail is from is looked up by these; most units of a national register have no addresses.
for _address in ("secretary_email", "officer_email", "liaison_email"):
    _given = unit.c[_address] != text("''")
    Index(f"ix_unit_{_address}", func.lower(unit.c[_address]), sqlite_where=_given, postgresql_where=_given)

registry_import = Table(
    "registry_import",
    metadata,
    _column("id", String(64), "SHA-256 over the columns below", primary_key=True),
    _column("kind", Text, "import: a file; baseline: the register as it stood before imports were recorded"),
    _column("sha256", String(64), "the file, as archived"),
    _column("streets_sha256", String(64), "the file of the streets' names; null where none was given", nullable=True),
    _column("valid_from", Date, "first day on which what it says holds"),
    _column("imported_by", Text, "who; empty for a baseline"),
    _column(
        "imported_at", Moment, "when: the register as it was known at a past moment is made of the imports until then"
    ),
    _column("sequence", Integer, "running number: which import came first, whatever the clock said"),
    UniqueConstraint("sequence"),
    comment="Every import that changed the register, replayed by a rebuild.",
)

inbox_sighting = Table(
    "inbox_sighting",
    metadata,
    _column("id", String(64), "SHA-256 over the file's place, number, size and times", primary_key=True),
    _column("received_at", Moment, "when it was first seen there, whole: its time of receipt"),
    comment="Files of the inbox folder that are being taken; a row goes with its file.",
)

delivery = Table(
    "delivery",
    metadata,
    _column("id", String(64), "SHA-256 over channel, name, sender, time of receipt and content", primary_key=True),
    _column("sha256", String(64), "content, as archived"),
    _column("bytes", BigInteger, "size of the content in bytes"),
    _column("name", Text, "file name as received"),
    _column("channel", Text, "inbox, mailbox or page"),
    _column("sender", Text, "mail address or account; empty for the inbox"),
    _column(
        "sender_trust",
        Text,
        "pass: the own mail server vouches for the sender (or it came by mail before that was asked); none: nothing is "
        "said; fail: it is not from whom it says; own: no mail",
    ),
    _column("codes", Text, "what in its mail may be codes of ours, separated by blanks"),
    _column("received_at", Moment, "time of receipt"),
    _column("status", Text, "waiting, accepted, returned, refused, duplicate"),
    _column("unit_code", String(12), "unit named inside the file", nullable=True),
    _column("version", Integer, "version of the submission it became", nullable=True),
    _column("message", Text, "the answer's first line, in Chinese"),
    _column("seconds", Numeric(9, 3), "seconds from reading to answer", nullable=True),
    _column("attempts", Integer, "times that its reading was begun and did not come to an end"),
    _column("answered_at", Moment, "when it was first answered; null while it waits", nullable=True),
    Index(None, "sha256"),
    comment="Every arrival of a file; the same content twice is two rows, the second a duplicate.",
)

used_code = Table(
    "used_code",
    metadata,
    _column("id", String(64), "SHA-256 over what the code is for", primary_key=True),
    _column("about", Text, "verification/<street>/<day>/<reader>"),
    _column("sha256", String(64), "the content that used it up"),
    _column("used_at", Moment, "when that was received"),
    comment="Codes that hold for one act and were used.",
)

submission = Table(
    "submission",
    metadata,
    _column("sha256", String(64), "content, as archived", primary_key=True),
    _column("scheme", Text, "scheme the form belongs to"),
    _column("scheme_version", Text, "version of the scheme that the form was read by"),
    _column("form", Text, "form of the scheme: main, inspection, self …"),
    _column("period", Text, "period reported, e.g. 2026H1"),
    _column("unit_code", String(12), "unit that reports"),
    _column("version", Integer, "1, 2 … by order of arrival within scheme, form, period, unit"),
    _column("status", Text, "accepted or returned"),
    _column("received_at", Moment, "time of receipt of its first delivery"),
    _column("returned_sha256", String(64), "the marked workbook that went back", nullable=True),
    UniqueConstraint("scheme", "form", "period", "unit_code", "version"),
    Index(None, "unit_code", "period"),
    comment="A hand-in that could be read as a form of ours; immutable.",
)

submission_value = Table(
    "submission_value",
    metadata,
    _column("sha256", String(64), "submission", primary_key=True),
    _column("field", Text, "key of the field in the scheme", primary_key=True),
    _column("field_label", Text, "label as in the form"),
    _column("reported", Text, "what the cell said, as text; empty: not filled in"),
    _column("value", Text, "canonical text of the typed value; null: missing or unreadable", nullable=True),
    _column("source_cell", Text, "sheet!cell, or 第n行 of a CSV; v<n>!… where the value was taken over from version n"),
    comment="What was reported, field by field.",
)

merged_value = Table(
    "merged_value",
    metadata,
    _column("sha256", String(64), "submission that was merged", primary_key=True),
    _column("field", Text, "key of the field in the scheme", primary_key=True),
    _column("version", Integer, "version that the value was taken from"),
    _column("own_reported", Text, "what the file's own cell said, as text"),
    _column("own_value", Text, "canonical text of the file's own cell; null: empty", nullable=True),
    comment="Cells of an accepted version that stand as an earlier version reported them, beside what its file said.",
)

finding = Table(
    "finding",
    metadata,
    _column("sha256", String(64), "submission", primary_key=True),
    _column(
        "check_code",
        Text,
        "type:…, required:…, range:…, list:… of a field, or the code of a cross-check",
        primary_key=True,
    ),
    _column("field", Text, "the field it marks"),
    _column("severity", Text, "fail returns the form, warn accepts it with a note"),
    _column("outcome", Text, "false, not_reported (of true and not_applicable there is nothing to tell)"),
    _column("found", Text, "what stood there"),
    _column("expected", Text, "what should stand there, in Chinese"),
    _column("message", Text, "sheet, cell, field, found, expected and what to do, in Chinese"),
    comment="What a check found wrong with a hand-in, both sides of the comparison kept.",
)

decision = Table(
    "decision",
    metadata,
    _column(
        "id", String(64), "SHA-256 over the columns below, so that the same act twice is one row", primary_key=True
    ),
    _column(
        "kind",
        Text,
        "correction, extension, drafting, approval, rejection, resubmission, review_request, review (granted), review_refused, withdrawal …",
    ),
    _column("scheme", Text, "scheme"),
    _column("period", Text, "period"),
    _column("unit_code", String(12), "unit; empty where the whole street is meant"),
    _column("field", Text, "field or indicator; empty where none"),
    _column("value", Text, "the corrected figure, the new date … as text"),
    _column("reason", Text, "why, in Chinese"),
    _column("decided_by", Text, "who: the name signed with, the inspector named in the file, else the account"),
    _column("decided_at", Moment, "when"),
    _column("sha256", String(64), "the file that carried it, where one did", nullable=True),
    _column("sequence", Integer, "running number: which act came first, whatever the clock said"),
    _column("account", Text, "login under which it was done; empty where a file or mail carried it", server_default=""),
    Index(None, "scheme", "period"),
    Index(None, "kind", "field"),
    UniqueConstraint("sequence"),
    comment="Acts of people: with raw files and schemes, all that is needed to rebuild the rest.",
)

Sequence("decision_sequence", metadata=metadata)  # on PostgreSQL; SQLite has one writer, who counts

question = Table(
    "question",
    metadata,
    _column("circular_id", String(128), "the document that is to be signed", primary_key=True),
    _column("sequence", Integer, "1, 2 … each time that it was asked", primary_key=True),
    _column("model_hash", String(64), "the text that was asked about (circular.model_hash of then)"),
    _column("asked_at", Moment, "when"),
    _column("asked_in", Text, "where it waits for its answer: workflow/run/try"),
    _column("answered_at", Moment, "when it was answered; null: not yet", nullable=True),
    _column("answer", Text, "approval or rejection; empty: not yet"),
    _column("account", Text, "login that answered, as Airflow recorded it"),
    _column("name", Text, "name signed with; the login where none was given"),
    _column("note", Text, "what was said with the answer, of a rejection why"),
    _column("how", Text, "airflow: its page or API; unrecorded: signed before answers were kept here"),
    Index(None, "asked_in"),
    comment="Every time that the committee was asked to sign, and its answer, which is written once."
    " A document is issued on the answer in this table and on nothing else.",
)

assessment = Table(
    "assessment",
    metadata,
    _column("id", String(96), "scheme/period/street_code/r<revision>", primary_key=True),
    _column("scheme", Text, "scheme"),
    _column("scheme_version", Text, "version in force in the period"),
    _column("period", Text, "period scored"),
    _column("street_code", String(12), "street"),
    _column("revision", Integer, "1, 2 …; the same input_hash is the same revision"),
    _column("input_hash", String(64), "SHA-256 over everything that decides the result"),
    _column("hash_recipe", Integer, "recipe that input_hash is of: scoring/input_hash.py", server_default="1"),
    _column("is_official", Boolean, "false: checkpoint, no rank, no circular"),
    _column("assessed_at", Moment, "simulated or real time of the run that made it"),
    UniqueConstraint("scheme", "period", "street_code", "revision"),
    UniqueConstraint("scheme", "period", "street_code", "input_hash"),
    comment="One scoring of one street's period.",
)

score = Table(
    "score",
    metadata,
    _column("assessment_id", String(96), "assessment", primary_key=True),
    _column("unit_code", String(12), "unit", primary_key=True),
    _column("unit_name", Text, "name in the period"),
    _column("total", Numeric(9, 2), "final total, two decimals half up; null: 未报 or 退回未改", nullable=True),
    _column("rank", Integer, "1, 1, 3; null as total, and at checkpoints", nullable=True),
    _column("grade", Text, "等次; empty as total"),
    _column("status", Text, "已报, 迟报, 未报, 退回未改"),
    _column("days_late", Integer, "calendar days after the due date"),
    _column("sha256", String(64), "the accepted version that was scored (first form of the scheme)", nullable=True),
    _column("inputs", Text, "JSON of all that decided this result: what the input_hash covers of it", nullable=True),
    comment="A unit's result.",
)

score_line = Table(
    "score_line",
    metadata,
    _column("assessment_id", String(96), "assessment", primary_key=True),
    _column("unit_code", String(12), "unit", primary_key=True),
    _column("indicator", Text, "code of the indicator, or X1, LATE, S0", primary_key=True),
    _column("position", Integer, "order in the scheme"),
    _column("points", Numeric(9, 2), "points, two decimals half up; null where 不适用", nullable=True),
    _column("full", Numeric(9, 2), "full marks; null for bonus and lateness", nullable=True),
    _column("outcome", Text, "达标, 未达标, 不适用"),
    _column("explanation", Text, "one Chinese sentence: figure, rule, clause"),
    _column("has_problem", Boolean, "the problem's condition holds"),
    _column("problem", Text, "text for the circular; empty where none"),
    _column("deadline_working_days", Integer, "working days to rectify; null where no problem", nullable=True),
    comment="A unit's points for one indicator, explained.",
)

score_value = Table(
    "score_value",
    metadata,
    _column("assessment_id", String(96), "assessment", primary_key=True),
    _column("unit_code", String(12), "unit", primary_key=True),
    _column("field", Text, "field", primary_key=True),
    _column("position", Integer, "order in the form"),
    _column("field_label", Text, "label as in the form"),
    _column("version", Integer, "version of the submission scored"),
    _column("reported", Text, "as reported"),
    _column("corrected", Text, "the inspectors' figure; empty where none"),
    _column("used", Text, "what was scored"),
    _column("source_cell", Text, "where it stood in the hand-in"),
    comment="Every figure that an assessment used, with its origin.",
)

restatement = Table(
    "restatement",
    metadata,
    _column("assessment_id", String(96), "the newer assessment", primary_key=True),
    _column("unit_code", String(12), "unit; empty: what concerns the whole street", primary_key=True),
    _column("kind", String(16), "cause, figure, points, problem, total, rank, grade, status", primary_key=True),
    _column(
        "field", String(64), "field or indicator; of a cause hand_in, extension, review …; else empty", primary_key=True
    ),
    _column("previous_id", String(96), "the assessment before"),
    _column("position", Integer, "order within the kind"),
    _column("form", Text, "form that holds the cell; empty where none"),
    _column("label", Text, "label of the field, name of the indicator or of what moved"),
    _column("source_cell", Text, "sheet!cell of the newer hand-in; empty where none"),
    _column("old", Text, "before, as shown; empty: there was none"),
    _column("new", Text, "after, as shown; empty: there is none"),
    _column("moved", Numeric(9, 2), "points moved, for points and totals", nullable=True),
    _column("cause", Text, "hand_in, correction, extension, review, registry, part, rules, others"),
    _column("source", String(64), "SHA-256 of the hand-in, or the decision; empty where neither"),
    _column("why", Text, "by whom and why, in Chinese"),
    comment="What differs between an assessment and the one before, and why; written with it, never changed.",
)

circular = Table(
    "circular",
    metadata,
    _column("id", String(128), "assessment id/<kind>", primary_key=True),
    _column("assessment_id", String(96), "assessment", nullable=True),
    _column("kind", Text, "通报, 更正通报"),
    _column(
        "street_code",
        String(12),
        "street that a letter (督办通知单, 整改通知书, 联席会议通知) is from: its assessment is null, its id "
        "<kind>/<unit or street>/<day or meeting>/<count>; null for a circular",
        nullable=True,
    ),
    _column("unit_code", String(12), "community that a letter is to; null: all of the street", nullable=True),
    _column("period", Text, "period that a letter counts to; null for a circular", nullable=True),
    _column("state", Text, "draft, approved, issued, withdrawn"),
    _column("model_hash", String(64), "SHA-256 of the draft's model: what a person approves"),
    _column("model", Text, "the draft's model as JSON"),
    _column(
        "asked_at",
        Moment,
        "since when this text waits for a person; null: nobody was asked, or it was sent back",
        nullable=True,
    ),
    _column("document_number", Text, "发文字号; empty while a draft"),
    _column("issue_date", Date, "成文日期", nullable=True),
    _column("approved_by", Text, "who approved; empty while a draft"),
    _column(
        "account", Text, "login that approved; empty while a draft, and where none was recorded", server_default=""
    ),
    _column("approved_at", Moment, "when", nullable=True),
    _column("docx_sha256", String(64), "archived Word file", nullable=True),
    _column("pdf_sha256", String(64), "archived PDF; null where no font was to be had", nullable=True),
    _column("html_sha256", String(64), "archived HTML", nullable=True),
    _column(
        "manifest_sha256", String(64), "archived list of all that was issued with it; null while a draft", nullable=True
    ),
    comment="A circular from draft to issue.",
)

document_number = Table(
    "document_number",
    metadata,
    _column("prefix", Text, "the committee's 发文机关代字, e.g. 云街党工委", primary_key=True),
    _column("year", Integer, "year of issue", primary_key=True),
    _column("sequence", Integer, "1, 2 …, no gap, no reuse", primary_key=True),
    _column("circular_id", String(128), "the document that holds it", unique=True),
    _column("is_void", Boolean, "作废: withdrawn, the number stays taken"),
    comment="Register of document numbers.",
)

rectification_item = Table(
    "rectification_item",
    metadata,
    _column("id", String(64), "SHA-256 over scheme, unit, indicator and opened_period", primary_key=True),
    _column("scheme", Text, "scheme"),
    _column("unit_code", String(12), "unit that owns it"),
    _column("indicator", Text, "indicator or S0"),
    _column("problem", Text, "the problem's text"),
    _column("opened_period", Text, "period that found it"),
    _column("opened_date", Date, "成文日期 of the circular that named it"),
    _column("deadline", Date, "last day, stored at issue and never recomputed"),
    _column(
        "is_provisional",
        Boolean,
        "暂定: the days off of a year on the way are not known; confirmed once, never to an earlier day",
    ),
    _column(
        "working_days",
        Integer,
        "working days from opened_date to the deadline; null in what was opened before it was kept",
        nullable=True,
    ),
    _column("state", Text, "待整改, 已反馈, 验收, 销号, 退回, 重新打开"),
    _column("is_open", Boolean, "false once 销号"),
    _column("owner", Text, "address of the 书记"),
    _column("liaison", Text, "address of the 包社区服务组组长"),
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
    _column("item_id", String(64), "item", primary_key=True),
    _column("sequence", Integer, "1, 2 …", primary_key=True),
    _column(
        "kind",
        Text,
        "opened, carried, restated, reminded, urged, drafted, supervised, planned, answered, verified, returned, closed, "
        "reopened, extended, skipped",
    ),
    _column("stage", Text, "stage of the escalation policy, where one; else the period or empty"),
    _column("actor", Text, "who"),
    _column("reason", Text, "why, in Chinese"),
    _column("happened_at", Moment, "when"),
    _column("sha256", String(64), "file that came with it", nullable=True),
    UniqueConstraint("item_id", "kind", "stage"),
    comment="Every move of an item.",
)

evidence = Table(
    "evidence",
    metadata,
    _column("carrier_sha256", String(64), "what it came with or belongs to: raw mail, workbook", primary_key=True),
    _column("position", Integer, "1, 2 … in the order of receipt", primary_key=True),
    _column("name", Text, "file name as received"),
    _column("sha256", String(64), "content, as archived; never opened"),
    _column("bytes", BigInteger, "size of the content in bytes"),
    comment="Photos and papers that came with an answer on items (item_event.sha256 = carrier_sha256) or with a form"
    " (submission.sha256).",
)

notice = Table(
    "notice",
    metadata,
    _column("id", String(64), "SHA-256 over kind, subject, stage, recipient, revision", primary_key=True),
    _column("kind", Text, "template folder under include/templates/mail"),
    _column("subject", Text, "what it is about: delivery id, scheme/period/unit, item id …"),
    _column("stage", Text, "T-7, late:2026-07-21, 催办 …; empty where none"),
    _column("recipient", Text, "address; empty where the registry has none"),
    _column("revision", Integer, "revision of the assessment, 0 where none"),
    _column("unit_code", String(12), "unit it concerns; empty for the committee's"),
    _column("period", Text, "period it concerns"),
    _column("due_at", Moment, "when it fell due"),
    _column("copy_to", Text, "addresses copied, comma separated"),
    _column("payload", Text, "JSON for the template"),
    _column("attachments", Text, "JSON list of {name, sha256}"),
    _column("state", Text, "pending, sending, sent, failed, unknown, skipped"),
    _column("reason", Text, "why not sent, in Chinese; empty where sent"),
    _column(
        "signed", Text, "JSON: office, name, telephone of those who write; null where none is known", nullable=True
    ),
    _column("mail_id", String(64), "the mail that carried it", nullable=True),
    UniqueConstraint("kind", "subject", "stage", "recipient", "revision"),
    Index(None, "state", "recipient"),
    Index(None, "mail_id"),
    comment="What is due to whom; written before anything is sent.",
)

mail = Table(
    "mail",
    metadata,
    _column("id", String(64), "SHA-256 over the ids of its notices; with its code its Message-ID", primary_key=True),
    _column("recipient", Text, "To"),
    _column("copy_to", Text, "Cc, comma separated"),
    _column("subject_line", Text, "Subject"),
    _column(
        "digest", Text, "<group>/<day> of a digest, one a recipient and day; null: a mail of its own", nullable=True
    ),
    _column("due_at", Moment, "when its newest notice fell due; its Date"),
    _column("sha256", String(64), "archived .eml as handed over"),
    _column("state", Text, "pending, sending, sent, failed, unknown, skipped (told otherwise)"),
    _column("attempts", Integer, "tries so far"),
    _column("claimed_by", Text, "sender process that holds it; empty where none"),
    _column("claimed_at", Moment, "since when, by the real clock", nullable=True),
    _column(
        "handed_at", Moment, "set before the text goes to the server: from here on a crash is unknown", nullable=True
    ),
    _column("next_attempt_at", Moment, "not before", nullable=True),
    _column("sent_at", Moment, "when the server took it", nullable=True),
    _column("error", Text, "last answer of the server"),
    UniqueConstraint("recipient", "digest"),
    Index(None, "state"),
    comment="What is sent: one mail carries one or more notices.",
)

run_log = Table(
    "run_log",
    metadata,
    _column("id", Integer, "running number", primary_key=True, autoincrement=True),
    _column("run_id", Text, "Airflow's run id, or the command"),
    _column("stage", Text, "open, receive, assess, circular, chase, remind, send, export"),
    _column("period", Text, "period; empty where none"),
    _column("street_code", Text, "street; empty where several"),
    _column("logged_at", Moment, "when"),
    _column("outcome", Text, "done, nothing_new, refused …"),
    _column(
        "account",
        Text,
        "login that started the run, or that answered; empty: the schedule, an event, a command",
        server_default="",
    ),
    _column("detail", Text, "JSON: counts, seconds, revision"),
    comment="What each run did.",
)
