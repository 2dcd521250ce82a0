"""which street and system a notice concerns are columns; until now an export took them out of its subject"""

from __future__ import annotations

import datetime as dt
import re

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment


revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_PERIOD = re.compile(r"\d{4}(H[12]|Q[1-4])?")
_UNIT = sa.table("unit", sa.column("code"), sa.column("street_code"), sa.column("valid_from", sa.Date()))
_NOTICE = sa.table(
    "notice",
    *(sa.column(name) for name in ("id", "subject", "unit_code", "street_code", "scheme")),
    sa.column("due_at", Moment()),
)
_Streets = dict[str, list[tuple[dt.date, str]]]


def upgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "street_code",
                sa.String(length=12),
                nullable=False,
                comment="street it concerns; empty where none is known",
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column(
                "scheme",
                sa.Text(),
                nullable=False,
                comment="system it concerns; empty where none, or several",
                server_default="",
            )
        )
    connection = op.get_bind()
    streets: _Streets = {}
    for code, valid_from, street_code in connection.execute(
        sa.select(_UNIT.c.code, _UNIT.c.valid_from, _UNIT.c.street_code).order_by(_UNIT.c.valid_from)
    ).all():
        streets.setdefault(code, []).append((valid_from, street_code))
    known = {street_code for spans in streets.values() for _, street_code in spans}
    of_hand_ins = {
        row[0]: row[1]
        for row in connection.execute(
            sa.text(
                "SELECT delivery.id, submission.scheme FROM delivery "
                "JOIN submission ON submission.sha256 = delivery.sha256"
            )
        ).all()
    }
    found = []
    for key, subject, unit_code, due_at in connection.execute(
        sa.select(_NOTICE.c.id, _NOTICE.c.subject, _NOTICE.c.unit_code, _NOTICE.c.due_at)
    ).all():
        parts = subject.split("/")
        street_code = _street(streets, known, [unit_code, *parts], due_at.date())
        is_of_a_period = len(parts) > 2 and _PERIOD.fullmatch(parts[1]) is not None
        scheme = parts[0] if is_of_a_period else of_hand_ins.get(subject, "")
        found.append({"key": key, "street": street_code, "system": scheme})
    if found:
        connection.execute(
            sa.update(_NOTICE)
            .where(_NOTICE.c.id == sa.bindparam("key"))
            .values(street_code=sa.bindparam("street"), scheme=sa.bindparam("system")),
            found,
        )


def _street(streets: _Streets, known: set[str], named: list[str], day: dt.date) -> str:
    """The street that one of the codes is, or that of the unit on that day; where the register begins later, its first."""
    for code in named:
        if code in streets:
            by_then = [street_code for valid_from, street_code in streets[code] if valid_from <= day]
            return by_then[-1] if by_then else streets[code][0][1]
        if code in known:
            return code
    return ""


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("scheme")
        batch_op.drop_column("street_code")
