"""Assessments with their scores, and what changed between revisions."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, Integer, Numeric, String, Table, Text, UniqueConstraint

from include.db.tables.columns import column, metadata
from include.db.types import Moment

assessment = Table(
    "assessment",
    metadata,
    column("id", String(96), "scheme/period/street_code/r<revision>", primary_key=True),
    column("scheme", Text, "scheme"),
    column("scheme_version", Text, "version in force in the period"),
    column("period", Text, "period scored"),
    column("street_code", String(12), "street"),
    column("revision", Integer, "1, 2 …; the same input_hash is the same revision"),
    column("input_hash", String(64), "SHA-256 over everything that decides the result"),
    column("hash_recipe", Integer, "recipe that input_hash is of: scoring/input_hash.py", server_default="1"),
    column("is_official", Boolean, "false: checkpoint, no rank, no circular"),
    column("assessed_at", Moment, "simulated or real time of the run that made it"),
    UniqueConstraint("scheme", "period", "street_code", "revision"),
    UniqueConstraint("scheme", "period", "street_code", "input_hash"),
    Index("ix_assessment_street", "street_code", "scheme", "period"),
    comment="One scoring of one street's period.",
)

score = Table(
    "score",
    metadata,
    column("assessment_id", String(96), "assessment", primary_key=True),
    column("unit_code", String(32), "unit", primary_key=True),
    column("unit_name", Text, "name in the period"),
    column("total", Numeric(9, 2), "final total, two decimals half up; null: 未报 or 退回未改", nullable=True),
    column("rank", Integer, "1, 1, 3; null as total, and at checkpoints", nullable=True),
    column("grade", Text, "等次 by total, or the class; empty as total, unless the scheme has a class for that"),
    column(
        "grade_reason",
        Text,
        "one Chinese sentence: what decided the class; empty where total alone does",
        server_default="",
    ),
    column("status", Text, "已报, 迟报, 未报, 退回未改"),
    column("days_late", Integer, "calendar days after the due date"),
    column("sha256", String(64), "the accepted version that was scored (first form of the scheme)", nullable=True),
    column("inputs", Text, "JSON of all that decided this result: what the input_hash covers of it", nullable=True),
    comment="A unit's result.",
)

score_line = Table(
    "score_line",
    metadata,
    column("assessment_id", String(96), "assessment", primary_key=True),
    column("unit_code", String(32), "unit", primary_key=True),
    column("indicator", Text, "code of the indicator, or X1, LATE, S0", primary_key=True),
    column("position", Integer, "order in the scheme"),
    column("points", Numeric(9, 2), "points, two decimals half up; null where 不适用", nullable=True),
    column("full", Numeric(9, 2), "full marks; null for bonus and lateness", nullable=True),
    column("outcome", Text, "达标, 未达标, 不适用"),
    column("explanation", Text, "one Chinese sentence: figure, rule, clause"),
    column("has_problem", Boolean, "the problem's condition holds"),
    column("problem", Text, "text for the circular; empty where none"),
    column("deadline_working_days", Integer, "working days to rectify; null where no problem", nullable=True),
    column(
        "details",
        Text,
        "JSON list of what its text names of this unit: missing papers; null where nothing",
        nullable=True,
    ),
    column("points_exact", Text, "the points as a fraction; null where two decimals say them", nullable=True),
    comment="A unit's points for one indicator, explained.",
)

score_value = Table(
    "score_value",
    metadata,
    column("assessment_id", String(96), "assessment", primary_key=True),
    column("unit_code", String(32), "unit", primary_key=True),
    column("field", Text, "field", primary_key=True),
    column("position", Integer, "order in the form"),
    column("field_label", Text, "label as in the form"),
    column("version", Integer, "version of the submission scored"),
    column("reported", Text, "as reported"),
    column("corrected", Text, "the inspectors' figure; empty where none"),
    column("used", Text, "what was scored"),
    column("source_cell", Text, "where it stood in the hand-in"),
    comment="Every figure that an assessment used, with its origin.",
)

score_sheet = Table(
    "score_sheet",
    metadata,
    column("assessment_id", String(96), "assessment", primary_key=True),
    column("form", String(64), "form that rates", primary_key=True),
    column("unit_code", String(32), "who filled it in", primary_key=True),
    column("version", Integer, "version of the submission that counted"),
    column("sha256", String(64), "the submission"),
    comment="Sheets that rate others and counted in an assessment; what they say is in submission_value.",
)

restatement = Table(
    "restatement",
    metadata,
    column("assessment_id", String(96), "the newer assessment", primary_key=True),
    column("unit_code", String(32), "unit; empty: what concerns the whole street", primary_key=True),
    column("kind", String(16), "cause, figure, points, problem, total, rank, grade, status", primary_key=True),
    column(
        "field", String(64), "field or indicator; of a cause hand_in, extension, review …; else empty", primary_key=True
    ),
    column("previous_id", String(96), "the assessment before"),
    column("position", Integer, "order within the kind"),
    column("form", Text, "form that holds the cell; empty where none"),
    column("label", Text, "label of the field, name of the indicator or of what moved"),
    column("source_cell", Text, "sheet!cell of the newer hand-in; empty where none"),
    column("old", Text, "before, as shown; empty: there was none"),
    column("new", Text, "after, as shown; empty: there is none"),
    column("moved", Numeric(9, 2), "points moved, for points and totals", nullable=True),
    column("cause", Text, "hand_in, correction, extension, review, registry, part, rules, others"),
    column("source", String(64), "SHA-256 of the hand-in, or the decision; empty where neither"),
    column("why", Text, "by whom and why, in Chinese"),
    Index("ix_restatement_source", "source"),
    comment="What differs between an assessment and the one before, and why; written with it, never changed.",
)

told_checkpoint = Table(
    "told_checkpoint",
    metadata,
    column("assessment_id", String(96), "the checkpoint's assessment", primary_key=True),
    column("unit_code", String(32), "unit", primary_key=True),
    column("told_at", Moment, "when the notice was put out"),
    column("notice_id", String(64), "the notice; it may have been purged since"),
    comment="Which units were told of which revision of a checkpoint's result: the next one is told to those it changes.",
)
