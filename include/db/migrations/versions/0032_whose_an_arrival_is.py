"""Which system an arrival belongs to: that of its form, else the one that was collected when it came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "system that its form names; of a file that names none the one that was collected when it came; null: of whom nothing is known"
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scheme", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("scheme")
