"""what the whole table of a period shows, as hints"""

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "table_hint",
        sa.Column("scheme", sa.Text(), nullable=False, comment="system"),
        sa.Column("period", sa.Text(), nullable=False, comment="period that was looked at"),
        sa.Column(
            "street_code", sa.String(length=12), nullable=False, comment="street or county whose units the table has"
        ),
        sa.Column("form", sa.Text(), nullable=False, comment="form of the system"),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="what it is: zero, alike, mean_before … (include/validation/whole.yaml)",
        ),
        sa.Column(
            "field", sa.Text(), nullable=False, comment="field of the column; empty where it is about a unit's row"
        ),
        sa.Column(
            "unit_code",
            sa.String(length=32),
            nullable=False,
            comment="unit that stands out; empty where it is about the column",
        ),
        sa.Column("said", sa.Text(), nullable=False, comment="the hint in Chinese"),
        sa.Column("looked_at", Moment(), nullable=False, comment="when the table was last looked at"),
        sa.PrimaryKeyConstraint(
            "scheme", "period", "street_code", "form", "kind", "field", "unit_code", name=op.f("pk_table_hint")
        ),
        comment="What a Checkpoint over a period's whole table found last: hints to ops and inspectors, never a return.",
    )


def downgrade() -> None:
    op.drop_table("table_hint")
