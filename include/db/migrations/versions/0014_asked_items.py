"""which items a notice asked about is a table; until now it was read out of the notice's payload"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from alembic import op
import sqlalchemy as sa


revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_VERIFICATION = "rectification_verification"


def upgrade() -> None:
    asked = op.create_table(
        "asked_item",
        sa.Column("notice_id", sa.String(length=64), nullable=False, comment="the notice that asks"),
        sa.Column("position", sa.Integer(), nullable=False, comment="1, 2 … in the order in which it lists them"),
        sa.Column("item_id", sa.String(length=64), nullable=False, comment="item of rectification"),
        sa.Column("indicator", sa.Text(), nullable=False, comment="its indicator"),
        sa.Column("problem", sa.Text(), nullable=False, comment="the problem as it was told"),
        sa.Column(
            "deadline_told",
            sa.Text(),
            nullable=False,
            comment="the deadline as it was told: ISO, or in words where it is 暂定",
        ),
        sa.Column(
            "answer_sequence",
            sa.Integer(),
            nullable=True,
            comment="the answer that the inspectors are to verify (item_event.sequence); null where the unit is asked",
        ),
        sa.PrimaryKeyConstraint("notice_id", "position", name=op.f("pk_asked_item")),
        comment="Which items a notice asked about: by them a reply to its mail is read.",
    )
    connection = op.get_bind()
    by_prefix = {row[0][:16]: row[0] for row in connection.execute(sa.text("SELECT id FROM rectification_item")).all()}
    notices = connection.execute(
        sa.text("SELECT id, kind, payload FROM notice WHERE kind LIKE 'rectification%' ORDER BY id")
    ).all()
    for key, kind, payload in notices:
        told = json.loads(payload)
        rows = _verified(told, by_prefix) if kind == _VERIFICATION else _asked(told)
        if rows:
            op.bulk_insert(asked, [{"notice_id": key, **row} for row in rows])
    _use_up_sheets_without_code(connection)


def _asked(told: dict[str, Any]) -> list[dict[str, Any]]:
    named = [item for item in told.get("items", []) if "id" in item]
    return [
        {
            "position": position,
            "item_id": item["id"],
            "indicator": item["indicator"],
            "problem": item["problem"],
            "deadline_told": item.get("deadline", ""),
            "answer_sequence": None,
        }
        for position, item in enumerate(named, 1)
    ]


def _verified(told: dict[str, Any], by_prefix: dict[str, str]) -> list[dict[str, Any]]:
    """An answer was listed as the first 16 signs of its item's id, and its number."""
    rows = []
    for position, (listed, item) in enumerate(zip(told.get("listed", []), told.get("items", []), strict=False), 1):
        prefix, _, sequence = listed.partition("/")
        if prefix in by_prefix:
            rows.append(
                {
                    "position": position,
                    "item_id": by_prefix[prefix],
                    "indicator": item["indicator"],
                    "problem": item["problem"],
                    "deadline_told": item["deadline"],
                    "answer_sequence": int(sequence),
                }
            )
    return rows


def _use_up_sheets_without_code(connection: sa.Connection) -> None:
    """A sheet that was mailed before sheets had codes serves no more: that is now said as of one that was used."""
    sheets = connection.execute(
        sa.text("SELECT subject, stage, recipient, payload, due_at FROM notice WHERE kind = :kind AND recipient <> ''"),
        {"kind": _VERIFICATION},
    ).all()
    for subject, day, reader, payload, due_at in sheets:
        if "code" not in json.loads(payload):
            about = (*subject.split("/"), day, reader)
            connection.execute(
                sa.text(
                    "INSERT INTO used_code (id, about, sha256, used_at) VALUES (:id, :about, '', :used_at) "
                    "ON CONFLICT (id) DO NOTHING"
                ),
                {
                    "id": hashlib.sha256("\x1f".join(about).encode()).hexdigest(),
                    "about": "/".join(about),
                    "used_at": due_at,
                },
            )


def downgrade() -> None:
    """The release before reads the listed answers out of the payload."""
    connection = op.get_bind()
    listed: dict[str, list[str]] = {}
    for key, item_id, sequence in connection.execute(
        sa.text(
            "SELECT notice_id, item_id, answer_sequence FROM asked_item WHERE answer_sequence IS NOT NULL "
            "ORDER BY notice_id, position"
        )
    ).all():
        listed.setdefault(key, []).append(f"{item_id[:16]}/{sequence}")
    for key, answers in listed.items():
        one = {"id": key}
        [payload] = connection.execute(sa.text("SELECT payload FROM notice WHERE id = :id"), one).scalars().all()
        told = json.dumps({**json.loads(payload), "listed": answers}, ensure_ascii=False, sort_keys=True)
        connection.execute(sa.text("UPDATE notice SET payload = :payload WHERE id = :id"), {**one, "payload": told})
    connection.execute(sa.text("DELETE FROM used_code WHERE sha256 = ''"))
    op.drop_table("asked_item")
