"""comments that had fallen behind"""

from alembic import op
import sqlalchemy as sa


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COMMENTS = [
    (
        "item_event",
        "kind",
        "opened, carried, restated, reminded, urged, drafted, supervised, planned, answered, verified, returned, closed, "
        "reopened, extended, skipped",
        "opened, carried, reminded, urged, supervised, answered, verified, returned, closed, reopened, extended, skipped",
    ),
    (
        "finding",
        "outcome",
        "false, not_reported (of true and not_applicable there is nothing to tell)",
        "false, not_reported (true and not_applicable are counted in run_log, not stored)",
    ),
    (
        "mail",
        "state",
        "pending, sending, sent, failed, unknown, skipped (told otherwise)",
        "pending, sending, sent, failed, unknown",
    ),
    (
        "restatement",
        "cause",
        "hand_in, correction, extension, review, registry, part, rules, others",
        "hand_in, correction, extension, review, registry, rules, others",
    ),
]


def upgrade() -> None:
    for table, column, now, before in _COMMENTS:
        _comment(table, column, now, before)


def downgrade() -> None:
    for table, column, now, before in _COMMENTS:
        _comment(table, column, before, now)


def _comment(table: str, column: str, comment: str, existing_comment: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.alter_column(
            table,
            column,
            existing_type=sa.Text(),
            existing_nullable=False,
            comment=comment,
            existing_comment=existing_comment,
        )
