"""which units were told of which revision of a checkpoint is a table; until now the payloads of notices were compared"""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment


revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_checkpoint",
        sa.Column("assessment_id", sa.String(length=96), nullable=False, comment="the checkpoint's assessment"),
        sa.Column("unit_code", sa.String(length=32), nullable=False, comment="unit"),
        sa.Column("told_at", Moment(), nullable=False, comment="when the notice was put out"),
        sa.Column(
            "notice_id", sa.String(length=64), nullable=False, comment="the notice; it may have been purged since"
        ),
        sa.PrimaryKeyConstraint("assessment_id", "unit_code", name=op.f("pk_told_checkpoint")),
        comment="Which units were told of which revision of a checkpoint's result: the next one is told to those it changes.",
    )
    op.execute(
        "INSERT INTO told_checkpoint (assessment_id, unit_code, told_at, notice_id) "
        "SELECT assessment.id, notice.unit_code, MIN(notice.due_at), MIN(notice.id) "
        "FROM notice "
        "JOIN assessment ON assessment.scheme || '/' || assessment.period || '/' || notice.unit_code = notice.subject "
        "AND assessment.revision = notice.revision "
        "JOIN score ON score.assessment_id = assessment.id AND score.unit_code = notice.unit_code "
        "WHERE notice.kind = 'checkpoint' AND notice.state NOT IN ('skipped', 'failed') "
        "GROUP BY assessment.id, notice.unit_code"
    )


def downgrade() -> None:
    op.drop_table("told_checkpoint")
