"""which forms were opened is a table, and the name of a copy that went back a column; both were read out of notices until now"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NOTICE = sa.table(
    "notice",
    *(
        sa.column(name)
        for name in ("id", "kind", "subject", "recipient", "unit_code", "payload", "attachments", "state")
    ),
    sa.column("due_at", Moment()),
)
_UNIT = sa.table("unit", sa.column("code"), sa.column("street_code"), sa.column("valid_from", sa.Date()))
_SUBMISSION = sa.table("submission", sa.column("returned_sha256"), sa.column("returned_name"))


def upgrade() -> None:
    opened = op.create_table(
        "opened_form",
        sa.Column("scheme", sa.Text(), nullable=False, comment="scheme the form belongs to"),
        sa.Column("period", sa.Text(), nullable=False, comment="period to be reported"),
        sa.Column(
            "unit_code",
            sa.String(length=32),
            nullable=False,
            comment="unit that it is about; of the inspectors' workbook the street",
        ),
        sa.Column(
            "form",
            sa.Text(),
            nullable=False,
            comment="form of the scheme; inspection: the inspectors' workbook, inspection/<forms> that of forms with days of their own",
        ),
        sa.Column("reader", sa.Text(), nullable=False, comment="inspector whose workbook it is; else empty"),
        sa.Column("street_code", sa.String(length=12), nullable=False, comment="street of the unit in the period"),
        sa.Column("filler", sa.Text(), nullable=False, comment="who fills it in: unit, street or inspectors"),
        sa.Column("opened_at", Moment(), nullable=False, comment="when it was first opened"),
        sa.Column(
            "asked_at",
            Moment(),
            nullable=True,
            comment="when it was put out to who fills it in; null: nobody was told",
        ),
        sa.Column("file_name", sa.Text(), nullable=False, comment="name of the workbook"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="the workbook, as archived"),
        sa.PrimaryKeyConstraint("scheme", "period", "unit_code", "form", "reader", name=op.f("pk_opened_form")),
        comment="Which forms of a period were opened; what became of the mails that brought them is the outbox's.",
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("returned_name", sa.Text(), nullable=True, comment="its file name"))
    connection = op.get_bind()
    if rows := _opened(connection):
        op.bulk_insert(opened, rows)
    returned = sa.select(_NOTICE.c.attachments).where(_NOTICE.c.kind == "returned", _NOTICE.c.attachments != "[]")
    for attachments in connection.execute(returned).scalars().all():
        for file in json.loads(attachments):
            is_it = _SUBMISSION.c.returned_sha256 == file["sha256"]
            op.execute(sa.update(_SUBMISSION).where(is_it).values(returned_name=file["name"]))


def _opened(connection: sa.Connection) -> list[dict[str, Any]]:
    """One row a form and reader; where it was put out again (to another address), the file is the last that was put out."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    streets = connection.execute(
        sa.select(_UNIT.c.code, _UNIT.c.valid_from, _UNIT.c.street_code).order_by(_UNIT.c.valid_from)
    ).all()
    kinds = ("form_opened", "inspection_opened")
    for one in connection.execute(
        sa.select(_NOTICE).where(_NOTICE.c.kind.in_(kinds)).order_by(_NOTICE.c.due_at, _NOTICE.c.id)
    ).mappings():
        files = json.loads(one["attachments"])
        if not files:
            continue
        scheme, period, code, *form = one["subject"].split("/")
        is_form = one["kind"] == "form_opened"
        has_reader = not is_form and json.loads(one["payload"]).get("has_inspectors", True)
        name = form[0] if is_form else "/".join(["inspection", *form])
        key = (scheme, period, code, name, one["recipient"] if has_reader else "")
        is_asked = one["state"] != "skipped"
        row = rows.setdefault(
            key,
            {
                **dict(zip(("scheme", "period", "unit_code", "form", "reader"), key, strict=True)),
                "street_code": _street(streets, code, one["due_at"].date()) if is_form else code,
                "filler": ("unit" if one["unit_code"] else "street") if is_form else "inspectors",
                "opened_at": one["due_at"],
                "asked_at": None,
            },
        )
        if is_asked or "sha256" not in row:
            row |= {"file_name": files[0]["name"], "sha256": files[0]["sha256"]}
            row |= {"asked_at": one["due_at"]} if is_asked else {}
    return list(rows.values())


def _street(streets: Any, code: str, day: dt.date) -> str:
    """The unit's street on a day; where the register begins later, its first."""
    known = [(valid_from, street_code) for unit, valid_from, street_code in streets if unit == code]
    by_then = [street_code for valid_from, street_code in known if valid_from <= day]
    return str(by_then[-1] if by_then else known[0][1] if known else "")


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("returned_name")
    op.drop_table("opened_form")
