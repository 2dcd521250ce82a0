"""What a person hands in for others counts in his streets alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "streets and counties of the person who handed it in on the page, by blanks: it counts for these alone; empty: for all"
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("streets", sa.Text(), server_default="", nullable=False, comment=comment))


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("streets")
