"""rows of ledgers, with what held when and what was known when"""

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_row",
        sa.Column("ledger", sa.String(length=128), nullable=False, comment="<system>.<form>"),
        sa.Column(
            "filler_code",
            sa.String(length=32),
            nullable=False,
            comment="subject, street, county or department that handed it in",
        ),
        sa.Column(
            "row_key", sa.String(length=500), nullable=False, comment="what tells it from the filler's other rows"
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="1, 2 … of what is known of the row"),
        sa.Column("street_code", sa.String(length=12), nullable=False, comment="street or county of the filler"),
        sa.Column("period", sa.Text(), nullable=False, comment="period of the sheet"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="hand-in that says it"),
        sa.Column("row_number", sa.Integer(), nullable=False, comment="line of the sheet on which it stands"),
        sa.Column(
            "cells",
            sa.Text(),
            nullable=False,
            comment="JSON: canonical texts by column; what is not filled in is left out",
        ),
        sa.Column(
            "sealed",
            sa.Text(),
            nullable=True,
            comment="ciphertext of its personal columns; null where it has none",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="first day on which it holds"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="day from which it holds no more; null: it holds"),
        sa.Column("known_from", Moment(), nullable=False, comment="when it was received"),
        sa.Column(
            "known_until",
            Moment(),
            nullable=True,
            comment="when something else came to be known in its place; null: it stands",
        ),
        sa.PrimaryKeyConstraint("ledger", "filler_code", "row_key", "version", name=op.f("pk_ledger_row")),
        comment="Rows of ledgers, never overwritten: read as of a day and as known at a moment.",
    )
    op.create_index(op.f("ix_ledger_row_ledger_ledger_row_street_code"), "ledger_row", ["ledger", "street_code"])
    op.create_index(op.f("ix_ledger_row_sha256"), "ledger_row", ["sha256"])


def downgrade() -> None:
    op.drop_table("ledger_row")
