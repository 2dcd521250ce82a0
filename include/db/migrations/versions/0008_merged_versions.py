"""cells that a version took over from the one before it"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NOW = "sheet!cell, or 第n行 of a CSV; v<n>!… where the value was taken over from version n"
_BEFORE = "sheet!cell, or 第n行 of a CSV"


def upgrade() -> None:
    op.create_table(
        "merged_value",
        sa.Column("sha256", sa.String(64), nullable=False, comment="submission that was merged"),
        sa.Column("field", sa.Text(), nullable=False, comment="key of the field in the scheme"),
        sa.Column("version", sa.Integer(), nullable=False, comment="version that the value was taken from"),
        sa.Column("own_reported", sa.Text(), nullable=False, comment="what the file's own cell said, as text"),
        sa.Column(
            "own_value",
            sa.Text(),
            nullable=True,
            comment="canonical text of the file's own cell; null: empty",
        ),
        sa.PrimaryKeyConstraint("sha256", "field", name=op.f("pk_merged_value")),
        comment="Cells of an accepted version that stand as an earlier version reported them, beside what its file said.",
    )
    _comment(_NOW, _BEFORE)


def downgrade() -> None:
    _comment(_BEFORE, _NOW)
    op.drop_table("merged_value")


def _comment(comment: str, existing_comment: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.alter_column(
            "submission_value",
            "source_cell",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment=comment,
            existing_comment=existing_comment,
        )
