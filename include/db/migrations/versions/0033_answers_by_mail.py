"""An answer of the committee may have come by mail: what its columns are said to hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_OF_BEFORE = {
    "account": "login that answered, as Airflow recorded it",
    "how": "airflow: its page or API; unrecorded: signed before answers were kept here",
}
_NOW = {
    "account": "login that answered: as Airflow recorded it, or of who holds the address",
    "how": "airflow: its page or API; mail/… and the archived reply's SHA-256; unrecorded: signed before answers were kept here",
}


def upgrade() -> None:
    _say(_NOW, _OF_BEFORE)


def downgrade() -> None:
    _say(_OF_BEFORE, _NOW)


def _say(comments: dict[str, str], before: dict[str, str]) -> None:
    if op.get_bind().dialect.name != "postgresql":  # SQLite keeps no comments
        return
    for name, comment in comments.items():
        op.alter_column(
            "question",
            name,
            existing_type=sa.Text(),
            existing_nullable=False,
            comment=comment,
            existing_comment=before[name],
        )
