"""sheets of a packet, and the answers that share its mail"""

from alembic import op
import sqlalchemy as sa

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "delivery",
        sa.Column(
            "packet",
            sa.String(length=64),
            server_default="",
            nullable=False,
            comment="arrival of the workbook of several forms that it was a sheet of; empty where it came by itself",
        ),
    )
    op.create_index(op.f("ix_delivery_packet"), "delivery", ["packet"])
    op.add_column(
        "notice",
        sa.Column(
            "bundle",
            sa.String(length=64),
            server_default="",
            nullable=False,
            comment="arrival of the packet whose answers share one mail; empty: none does",
        ),
    )


def downgrade() -> None:
    op.drop_column("notice", "bundle")
    op.drop_index(op.f("ix_delivery_packet"), table_name="delivery")
    op.drop_column("delivery", "packet")
