"""points as a fraction where two decimals do not say them: what one system reads of another's points is not rounded twice"""

from alembic import op
import sqlalchemy as sa


revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "the points as a fraction; null where two decimals say them"
    with op.batch_alter_table("score_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("points_exact", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    with op.batch_alter_table("score_line", schema=None) as batch_op:
        batch_op.drop_column("points_exact")
