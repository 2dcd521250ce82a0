"""what decided a unit's class, in a sentence; where total alone decides the grade there is none"""

from alembic import op
import sqlalchemy as sa


revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "one Chinese sentence: what decided the class; empty where total alone does"
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("grade_reason", sa.Text(), nullable=False, server_default="", comment=comment))
        batch_op.alter_column(
            "grade",
            existing_type=sa.Text(),
            existing_nullable=False,
            existing_comment="等次; empty as total",
            comment="等次 by total, or the class; empty as total, unless the scheme has a class for that",
        )


def downgrade() -> None:
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.alter_column(
            "grade",
            existing_type=sa.Text(),
            existing_nullable=False,
            existing_comment="等次 by total, or the class; empty as total, unless the scheme has a class for that",
            comment="等次; empty as total",
        )
        batch_op.drop_column("grade_reason")
