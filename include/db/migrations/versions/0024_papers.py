"""papers without a number, one a subject; an index for the letters of a period"""

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper",
        sa.Column(
            "id",
            sa.String(length=160),
            nullable=False,
            comment="<circular>/<kind>/<unit>, or <scheme>/<period>/<kind>/<unit>/<count>",
        ),
        sa.Column(
            "circular_id",
            sa.String(length=128),
            nullable=True,
            comment="circular that it left with; null: made when its form's window had ended",
        ),
        sa.Column("scheme", sa.Text(), nullable=False, comment="scheme"),
        sa.Column("period", sa.Text(), nullable=False, comment="period that it counts to"),
        sa.Column("street_code", sa.String(length=12), nullable=False, comment="street or county that it is from"),
        sa.Column("unit_code", sa.String(length=32), nullable=False, comment="subject that it is to"),
        sa.Column("kind", sa.Text(), nullable=False, comment="责任书, 台账, 表扬榜 …"),
        sa.Column("title", sa.Text(), nullable=False, comment="title"),
        sa.Column("model_hash", sa.String(length=64), nullable=False, comment="SHA-256 of what it states"),
        sa.Column("docx_sha256", sa.String(length=64), nullable=False, comment="archived Word file"),
        sa.Column(
            "pdf_sha256", sa.String(length=64), nullable=True, comment="archived PDF; null where no font was to be had"
        ),
        sa.Column("made_at", Moment(), nullable=False, comment="when"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        comment="Papers without a number, one a subject: they go along with a circular, or follow a form.",
    )
    op.create_index(op.f("ix_paper_circular_id"), "paper", ["circular_id"])
    op.create_index(op.f("ix_paper_street_code_paper_period"), "paper", ["street_code", "period"])
    op.create_index(op.f("ix_circular_street_code_circular_period"), "circular", ["street_code", "period"])


def downgrade() -> None:
    op.drop_index(op.f("ix_circular_street_code_circular_period"), table_name="circular")
    op.drop_table("paper")
