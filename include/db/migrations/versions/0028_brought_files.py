"""which mails hold a file that came in"""

from alembic import op
import sqlalchemy as sa

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brought_file",
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="file of an arrival"),
        sa.Column("mail_sha256", sa.String(length=64), nullable=False, comment="archived mail in which it came"),
        sa.PrimaryKeyConstraint("sha256", "mail_sha256", name=op.f("pk_brought_file")),
        comment="Which mails hold what came in: a mail is closed with the sheet that it brought.",
    )


def downgrade() -> None:
    op.drop_table("brought_file")
