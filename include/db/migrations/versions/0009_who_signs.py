"""who signs a mail"""

from alembic import op
import sqlalchemy as sa


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    who = "JSON: office, name, telephone of those who write; null where none is known"
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed", sa.Text(), nullable=True, comment=who))


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("signed")
