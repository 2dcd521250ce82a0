"""when a file of the inbox folder was first seen"""

from alembic import op
import sqlalchemy as sa

import include.db.types


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_sighting",
        sa.Column(
            "id", sa.String(length=64), nullable=False, comment="SHA-256 over the file's place, number, size and times"
        ),
        sa.Column(
            "received_at",
            include.db.types.Moment(timezone=True),
            nullable=False,
            comment="when it was first seen there, whole: its time of receipt",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_sighting")),
        comment="Files of the inbox folder that are being taken; a row goes with its file.",
    )


def downgrade() -> None:
    op.drop_table("inbox_sighting")
