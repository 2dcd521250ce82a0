"""drafts of one office that come together are asked about in one run; each question says which office and batch"""

from __future__ import annotations

import json

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment


revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_OFFICE = """
UPDATE question
SET office = COALESCE((
    SELECT COALESCE(c.street_code, a.street_code)
    FROM circular c
    LEFT JOIN assessment a ON a.id = c.assessment_id
    WHERE c.id = question.circular_id
), '')
"""
_WAITING = """
INSERT INTO referral (subject, batch, referred_at, silent_because, run_id, is_settled)
SELECT COALESCE(assessment_id, id), COALESCE(assessment_id, id), MAX(asked_at), '', '', FALSE
FROM circular
WHERE state = 'draft' AND asked_at IS NOT NULL
GROUP BY COALESCE(assessment_id, id)
"""
_NOTHING_NEW = """
SELECT logged_at, detail FROM run_log WHERE stage = 'draft' AND outcome = 'nothing_new' ORDER BY id
"""
_SETTLED = """
INSERT INTO referral (subject, batch, referred_at, silent_because, run_id, is_settled)
VALUES (:subject, :subject, :referred_at, '', '', TRUE)
ON CONFLICT (subject) DO NOTHING
"""


def upgrade() -> None:
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "office",
                sa.String(length=12),
                server_default="",
                nullable=False,
                comment="street whose committee is asked",
            )
        )
        batch_op.add_column(
            sa.Column(
                "batch",
                sa.Text(),
                server_default="",
                nullable=False,
                comment="the batch it was asked in (referral.batch); empty where none was",
            )
        )
        batch_op.alter_column(
            "asked_in",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment="where it waits for its answer: workflow/run/step/index/try",
            existing_comment="where it waits for its answer: workflow/run/try",
        )
    op.create_table(
        "referral",
        sa.Column(
            "subject",
            sa.String(length=128),
            nullable=False,
            comment="what is to be decided on: an assessment, or a letter's draft",
        ),
        sa.Column(
            "batch",
            sa.Text(),
            nullable=False,
            comment="topic/office/n: what one run puts to one office, and the run's partition key",
        ),
        sa.Column("referred_at", Moment(timezone=True), nullable=False, comment="when"),
        sa.Column(
            "silent_because",
            sa.Text(),
            nullable=False,
            comment="why nobody is told by mail that the draft waits; empty: told",
        ),
        sa.Column("run_id", sa.Text(), nullable=False, comment="run that is at work on it; empty: none yet"),
        sa.Column("is_settled", sa.Boolean(), nullable=False, comment="the run found nothing to decide on"),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_referral")),
        comment="What is to be put to a committee, and which run does so; the newest time that it was.",
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_batch"), ["batch"], unique=False)
    connection = op.get_bind()
    connection.execute(sa.text(_OFFICE))
    connection.execute(sa.text(_WAITING))  # their runs go on under the key that they have, and take them up by it
    for logged_at, detail in connection.execute(sa.text(_NOTHING_NEW)).all():
        subject = json.loads(detail)["assessment"]
        connection.execute(sa.text(_SETTLED), {"subject": subject, "referred_at": logged_at})
    for place in _places(connection):
        head, _, try_number = place.rpartition("/")
        _move(connection, place, f"{head}/-1/{try_number}")


def downgrade() -> None:
    connection = op.get_bind()
    for place in _places(connection):
        head, _, try_number = place.rpartition("/")
        _move(connection, place, f"{head.rpartition('/')[0]}/{try_number}")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_batch"))
    op.drop_table("referral")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.alter_column(
            "asked_in",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment="where it waits for its answer: workflow/run/try",
            existing_comment="where it waits for its answer: workflow/run/step/index/try",
        )
        batch_op.drop_column("batch")
        batch_op.drop_column("office")


def _places(connection: sa.Connection) -> list[str]:
    """Where questions were asked by a workflow."""
    found = connection.execute(sa.text("SELECT DISTINCT asked_in FROM question WHERE asked_in <> ''"))
    return [place for place in found.scalars().all() if place.partition("/")[0] in ("circular", "letter")]


def _move(connection: sa.Connection, place: str, to: str) -> None:
    connection.execute(
        sa.text("UPDATE question SET asked_in = :to WHERE asked_in = :place"), {"to": to, "place": place}
    )
