"""whether an item's deadline waits for the calendar of its year, and how many working days it is"""

from alembic import op
import sqlalchemy as sa


revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "is_provisional",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="暂定: the days off of a year on the way are not known; confirmed once, never to an earlier day",
            )
        )
        batch_op.add_column(
            sa.Column(
                "working_days",
                sa.Integer(),
                nullable=True,
                comment="working days from opened_date to the deadline; null in what was opened before it was kept",
            )
        )
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        batch_op.alter_column(
            "is_provisional", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )


def downgrade() -> None:
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        batch_op.drop_column("working_days")
        batch_op.drop_column("is_provisional")
