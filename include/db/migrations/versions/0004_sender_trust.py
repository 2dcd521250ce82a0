"""whether the mail server vouches for the sender of an arrival"""

from alembic import op
import sqlalchemy as sa


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What came by mail and was answered before anybody looked is counted as it was answered, so that a rebuild answers it so.
_ARRIVED = "UPDATE delivery SET sender_trust = CASE WHEN status = 'waiting' THEN 'none' ELSE 'pass' END WHERE channel = 'mailbox'"


def upgrade() -> None:
    column = sa.Column(
        "sender_trust",
        sa.Text(),
        nullable=False,
        server_default="own",
        comment="pass: the own mail server vouches for the sender (or it came by mail before that was asked); none: nothing is "
        "said; fail: it is not from whom it says; own: no mail",
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(column)
    op.execute(_ARRIVED)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("sender_trust", existing_type=sa.Text(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("sender_trust")
