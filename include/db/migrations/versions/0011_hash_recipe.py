"""by which recipe the hash of an assessment's inputs was made; those that stand are of the first (include/rebuild/upgrade.py rewrites them)"""

from alembic import op
import sqlalchemy as sa


revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "recipe that input_hash is of: scoring/input_hash.py"
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hash_recipe", sa.Integer(), nullable=False, server_default="1", comment=comment))


def downgrade() -> None:
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_column("hash_recipe")
