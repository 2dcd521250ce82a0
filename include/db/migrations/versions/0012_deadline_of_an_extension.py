"""the deadline that an extension gave is a column; until now it was read out of the sentence of its event"""

from __future__ import annotations

import datetime as dt
import re

from alembic import op
import sqlalchemy as sa


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_EXTENDED_TO = re.compile(r"期限由.+?延至(\d+)年(\d+)月(\d+)日：.*", re.DOTALL)  # as events said it


def upgrade() -> None:
    comment = "extended: the deadline that it gave; else null"
    with op.batch_alter_table("item_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deadline", sa.Date(), nullable=True, comment=comment))
    event = sa.table(
        "item_event",
        *(sa.column(name) for name in ("item_id", "sequence", "kind", "reason")),
        sa.column("deadline", sa.Date()),
    )
    extensions = sa.select(event.c.item_id, event.c.sequence, event.c.reason).where(event.c.kind == "extended")
    for item_id, sequence, reason in op.get_bind().execute(extensions).all():
        found = _EXTENDED_TO.fullmatch(reason)
        if found is not None:
            is_it = (event.c.item_id == item_id) & (event.c.sequence == sequence)
            op.execute(sa.update(event).where(is_it).values(deadline=dt.date(*map(int, found.groups()))))


def downgrade() -> None:
    with op.batch_alter_table("item_event", schema=None) as batch_op:
        batch_op.drop_column("deadline")
