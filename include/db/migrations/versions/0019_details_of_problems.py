"""the papers that a problem names are a column; until now documents took them out of the problem's sentence"""

from __future__ import annotations

import json
import re

from alembic import op
import sqlalchemy as sa


revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_NAMING = re.compile(r".*?[（(]缺(.+)[）)]", re.DOTALL)  # as sentences said it
_KEYS = {"score_line": ("assessment_id", "unit_code", "indicator"), "rectification_item": ("id",)}


def upgrade() -> None:
    comment = "JSON list of what its text names of this unit: missing papers; null where nothing"
    for name, keys in _KEYS.items():
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("details", sa.Text(), nullable=True, comment=comment))
        table = sa.table(name, *(sa.column(column) for column in (*keys, "problem", "details")))
        naming = sa.select(*(table.c[key] for key in keys), table.c.problem).where(table.c.problem.like("%缺%"))
        for *values, problem in op.get_bind().execute(naming).all():
            if (found := _NAMING.fullmatch(problem)) is not None:
                is_it = [table.c[key] == value for key, value in zip(keys, values, strict=True)]
                papers = json.dumps(found[1].split("、"), ensure_ascii=False)
                op.execute(sa.update(table).where(*is_it).values(details=papers))


def downgrade() -> None:
    for name in _KEYS:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_column("details")
