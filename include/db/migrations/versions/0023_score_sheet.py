"""which sheets that rate others counted in an assessment"""

from alembic import op
import sqlalchemy as sa


revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "score_sheet",
        sa.Column("assessment_id", sa.String(length=96), nullable=False, comment="assessment"),
        sa.Column("form", sa.String(length=64), nullable=False, comment="form that rates"),
        sa.Column("unit_code", sa.String(length=32), nullable=False, comment="who filled it in"),
        sa.Column("version", sa.Integer(), nullable=False, comment="version of the submission that counted"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="the submission"),
        sa.PrimaryKeyConstraint("assessment_id", "form", "unit_code", name=op.f("pk_score_sheet")),
        comment="Sheets that rate others and counted in an assessment; what they say is in submission_value.",
    )


def downgrade() -> None:
    op.drop_table("score_sheet")
