"""what came after sign-off says so itself, and of which period; until now only the notice that told of it did"""

from alembic import op
import sqlalchemy as sa


revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "period that was signed off when it came, so that it was only archived; null where none was"
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_off_period", sa.Text(), nullable=True, comment=comment))
    op.execute(
        "UPDATE delivery SET signed_off_period = ("
        "SELECT MAX(notice.period) FROM notice "
        "WHERE notice.kind = 'archived_after_signoff' AND notice.subject = delivery.id) "
        "WHERE id IN (SELECT subject FROM notice WHERE kind = 'archived_after_signoff')"
    )


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("signed_off_period")
