"""the committee's answers, accounts beside names, decisions in the order in which they were made"""

from alembic import op
import sqlalchemy as sa
import include.db.types


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ACCOUNTS = {
    "decision": "login under which it was done; empty where a file or mail carried it",
    "circular": "login that approved; empty while a draft, and where none was recorded",
    "run_log": "login that started the run, or that answered; empty: the schedule, an event, a command",
}
_COMMENTS = [
    (
        "decision",
        "kind",
        sa.Text(),
        False,
        "correction, extension, drafting, approval, rejection, resubmission, review_request, review (granted), "
        "review_refused, withdrawal …",
        "correction, extension, approval, rejection, review_request, review (granted), review_refused, withdrawal …",
    ),
    (
        "decision",
        "decided_by",
        sa.Text(),
        False,
        "who: the name signed with, the inspector named in the file, else the account",
        "who",
    ),
    (
        "circular",
        "asked_at",
        include.db.types.Moment(timezone=True),
        True,
        "since when this text waits for a person; null: nobody was asked, or it was sent back",
        "since when this text waits for a person; null: nobody was asked yet",
    ),
]
# Until now the order was that of the clock, and of the numbers where several were signed within a second.
_NUMBERED = {
    "decision": (
        """
        SELECT d.id
        FROM decision d
        LEFT JOIN document_number n ON n.circular_id = d.field AND d.kind = 'approval'
        ORDER BY d.decided_at, COALESCE(n.year, 0), COALESCE(n.sequence, 0), d.id
        """,
        "running number: which act came first, whatever the clock said",
    ),
    "registry_import": (
        "SELECT id FROM registry_import ORDER BY imported_at, id",
        "running number: which import came first, whatever the clock said",
    ),
}
_ANSWERS = """
INSERT INTO question (circular_id, sequence, model_hash, asked_at, asked_in, answered_at, answer, account, name, note, how)
SELECT id, 1, model_hash, COALESCE(asked_at, approved_at), '', approved_at, 'approval', '', approved_by, '', 'unrecorded'
FROM circular
WHERE approved_at IS NOT NULL
"""
_SENT_BACK = """
UPDATE circular
SET asked_at = NULL
WHERE state = 'draft'
  AND EXISTS (
      SELECT 1 FROM decision d WHERE d.kind = 'rejection' AND d.field = circular.id AND d.decided_at >= circular.asked_at
  )
"""


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("circular_id", sa.String(length=128), nullable=False, comment="the document that is to be signed"),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="1, 2 … each time that it was asked"),
        sa.Column(
            "model_hash",
            sa.String(length=64),
            nullable=False,
            comment="the text that was asked about (circular.model_hash of then)",
        ),
        sa.Column("asked_at", include.db.types.Moment(timezone=True), nullable=False, comment="when"),
        sa.Column("asked_in", sa.Text(), nullable=False, comment="where it waits for its answer: workflow/run/try"),
        sa.Column(
            "answered_at",
            include.db.types.Moment(timezone=True),
            nullable=True,
            comment="when it was answered; null: not yet",
        ),
        sa.Column("answer", sa.Text(), nullable=False, comment="approval or rejection; empty: not yet"),
        sa.Column("account", sa.Text(), nullable=False, comment="login that answered, as Airflow recorded it"),
        sa.Column("name", sa.Text(), nullable=False, comment="name signed with; the login where none was given"),
        sa.Column("note", sa.Text(), nullable=False, comment="what was said with the answer, of a rejection why"),
        sa.Column(
            "how",
            sa.Text(),
            nullable=False,
            comment="airflow: its page or API; unrecorded: signed before answers were kept here",
        ),
        sa.PrimaryKeyConstraint("circular_id", "sequence", name=op.f("pk_question")),
        comment="Every time that the committee was asked to sign, and its answer, which is written once."
        " A document is issued on the answer in this table and on nothing else.",
    )
    op.create_index(op.f("ix_question_asked_in"), "question", ["asked_in"], unique=False)
    for table, comment in _ACCOUNTS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("account", sa.Text(), nullable=False, server_default="", comment=comment))
    for table, (in_order, comment) in _NUMBERED.items():
        _number(table, in_order, comment)
    op.execute(_ANSWERS)
    op.execute(_SENT_BACK)
    for table, column, kind, nullable, comment, before in _COMMENTS:
        _comment(table, column, kind, nullable, comment, before)


def _number(table: str, in_order: str, comment: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(sa.Column("sequence", sa.Integer(), nullable=True, comment=comment))
    connection = op.get_bind()
    found = connection.execute(sa.text(in_order)).all()
    if found:
        connection.execute(
            sa.text(f"UPDATE {table} SET sequence = :sequence WHERE id = :id"),
            [{"sequence": sequence, "id": row.id} for sequence, row in enumerate(found, 1)],
        )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column(
            "sequence", existing_type=sa.Integer(), existing_comment=comment, existing_nullable=True, nullable=False
        )
        batch_op.create_unique_constraint(op.f(f"uq_{table}_sequence"), ["sequence"])
    if table == "decision" and connection.dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("decision_sequence", start=len(found) + 1)))


def downgrade() -> None:
    for table, column, kind, nullable, comment, before in _COMMENTS:
        _comment(table, column, kind, nullable, before, comment)
    for table in _NUMBERED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"uq_{table}_sequence"), type_="unique")
            batch_op.drop_column("sequence")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.DropSequence(sa.Sequence("decision_sequence")))
    for table in _ACCOUNTS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("account")
    op.drop_index(op.f("ix_question_asked_in"), table_name="question")
    op.drop_table("question")


def _comment(table: str, column: str, kind: object, nullable: bool, comment: str, existing_comment: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.alter_column(
            table,
            column,
            existing_type=kind,
            existing_nullable=nullable,
            comment=comment,
            existing_comment=existing_comment,
        )
