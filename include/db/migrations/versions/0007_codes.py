"""codes that mails and sheets carry: those of a mail that came, and those that an act has used up"""

from alembic import op
import sqlalchemy as sa

import include.db.types


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COMMENTS = [
    ("claimed_at", include.db.types.Moment(timezone=True), True, "since when, by the real clock", "since when"),
    (
        "id",
        sa.String(length=64),
        False,
        "SHA-256 over the ids of its notices; with its code its Message-ID",
        "SHA-256 over the ids of its notices; also its Message-ID",
    ),
]


def upgrade() -> None:
    op.create_table(
        "used_code",
        sa.Column("id", sa.String(length=64), nullable=False, comment="SHA-256 over what the code is for"),
        sa.Column("about", sa.Text(), nullable=False, comment="verification/<street>/<day>/<reader>"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="the content that used it up"),
        sa.Column("used_at", include.db.types.Moment(timezone=True), nullable=False, comment="when that was received"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_code")),
        comment="Codes that hold for one act and were used.",
    )
    column = sa.Column(
        "codes",
        sa.Text(),
        nullable=False,
        server_default="",
        comment="what in its mail may be codes of ours, separated by blanks",
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(column)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("codes", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    _comment(now=3, before=4)


def downgrade() -> None:
    _comment(now=4, before=3)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("codes")
    op.drop_table("used_code")


def _comment(now: int, before: int) -> None:
    if not op.get_bind().dialect.supports_comments:
        return
    for one in _COMMENTS:
        op.alter_column(
            "mail",
            one[0],
            existing_type=one[1],
            existing_nullable=one[2],
            comment=one[now],
            existing_comment=one[before],
        )
