"""items of every kind and the steps they go through"""

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment


revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_report",
        sa.Column("scheme", sa.Text(), nullable=False, comment="system"),
        sa.Column("number", sa.Text(), nullable=False, comment="事项编号 as it was written"),
        sa.Column("step", sa.Text(), nullable=False, comment="环节"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="file that it came in"),
        sa.Column("row_number", sa.Integer(), nullable=False, comment="row of the file"),
        sa.Column("filler_code", sa.String(length=32), nullable=False, comment="who handed it in"),
        sa.Column("done_date", sa.Date(), nullable=False, comment="完成日期"),
        sa.Column("outcome", sa.Text(), nullable=False, comment="结果"),
        sa.Column("cells", sa.Text(), nullable=False, comment="JSON of what the step fills in, by column key"),
        sa.Column("actor", sa.Text(), nullable=False, comment="who sent it"),
        sa.Column("received_at", Moment(), nullable=False, comment="when it came"),
        sa.Column(
            "item_id",
            sa.String(length=64),
            nullable=True,
            comment="item whose step it ended; null while it waits for the step before",
        ),
        sa.PrimaryKeyConstraint("scheme", "number", "step", "sha256", "row_number", name=op.f("pk_item_report")),
        comment="Rows of 事项办理; one whose step has not been reached waits for the report on the step before.",
    )
    op.create_table(
        "item_step",
        sa.Column("item_id", sa.String(length=64), nullable=False, comment="item"),
        sa.Column(
            "sequence", sa.Integer(), nullable=False, comment="1, 2 … in the order in which the item went through them"
        ),
        sa.Column("step", sa.Text(), nullable=False, comment="环节"),
        sa.Column("holder_scope", sa.Text(), nullable=False, comment="who takes it"),
        sa.Column("holder", sa.Text(), nullable=False, comment="code of who takes it"),
        sa.Column("began_date", sa.Date(), nullable=False, comment="day from which its time runs"),
        sa.Column(
            "due_date",
            sa.Date(),
            nullable=False,
            comment="its last day, stored when it began; another one only by 延期 or after a wait",
        ),
        sa.Column(
            "is_provisional", sa.Boolean(), nullable=False, comment="暂定: a year on the way has no calendar yet"
        ),
        sa.Column("waits_since_date", sa.Date(), nullable=True, comment="长期关注 since: the clock stands; else null"),
        sa.Column(
            "look_again_date", sa.Date(), nullable=True, comment="day on which what waits is looked at again; else null"
        ),
        sa.Column(
            "ended_date",
            sa.Date(),
            nullable=True,
            comment="完成日期, or the last day where nobody answered; null while it is on",
        ),
        sa.Column("outcome", sa.Text(), nullable=True, comment="结果; null while it is on"),
        sa.Column(
            "is_answered",
            sa.Boolean(),
            nullable=True,
            comment="false where it ended by itself, or a person put the item elsewhere",
        ),
        sa.Column("recorded_at", Moment(), nullable=False, comment="when it was written down that it began"),
        sa.Column("ended_at", Moment(), nullable=True, comment="when it was written down that it ended"),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="file that ended it"),
        sa.PrimaryKeyConstraint("item_id", "sequence", name=op.f("pk_item_step")),
        comment="The steps that an item has gone through; what counts as known at a moment goes by recorded_at and ended_at.",
    )
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Text(),
                server_default="rectification",
                nullable=False,
                comment="kind of item: rectification (known by scheme, unit, indicator and opened_period) or another of the system's item_kinds (by scheme, kind, unit, number and opened_period)",
            )
        )
        batch_op.add_column(
            sa.Column(
                "number",
                sa.Text(),
                nullable=True,
                comment="事项编号 by which people name it; null of what is named by unit and indicator",
            )
        )
        batch_op.add_column(
            sa.Column(
                "step",
                sa.Text(),
                nullable=True,
                comment="环节 at which it stands, also after 销号; null where the kind had none or it has ended",
            )
        )
        batch_op.add_column(
            sa.Column(
                "step_due_date",
                sa.Date(),
                nullable=True,
                comment="last day of the step, stored when it began; of one that waits the day to look again",
            )
        )
        batch_op.add_column(
            sa.Column(
                "holder_scope",
                sa.Text(),
                nullable=True,
                comment="who takes the step: community, street, county, party_unit, inspectors",
            )
        )
        batch_op.add_column(
            sa.Column(
                "holder",
                sa.Text(),
                nullable=True,
                comment="code of who takes the step: of the subject, the street or the county",
            )
        )
        batch_op.add_column(
            sa.Column(
                "cells",
                sa.Text(),
                nullable=True,
                comment="JSON of what its row and its steps say of it, by column key; no personal column",
            )
        )
        batch_op.create_index("ix_rectification_item_number", ["scheme", "number"], unique=False)
    _make_unique("is_open AND kind = 'rectification'")  # of other kinds a subject may have several open


def downgrade() -> None:
    op.execute(
        "DELETE FROM item_event WHERE item_id IN (SELECT id FROM rectification_item WHERE kind <> 'rectification')"
    )
    op.execute("DELETE FROM rectification_item WHERE kind <> 'rectification'")
    _make_unique("is_open")
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        batch_op.drop_index("ix_rectification_item_number")
        batch_op.drop_column("cells")
        batch_op.drop_column("holder")
        batch_op.drop_column("holder_scope")
        batch_op.drop_column("step_due_date")
        batch_op.drop_column("step")
        batch_op.drop_column("number")
        batch_op.drop_column("kind")

    op.drop_table("item_step")
    op.drop_table("item_report")


def _make_unique(where: str) -> None:
    op.drop_index("ux_rectification_item_open", table_name="rectification_item")
    op.create_index(
        "ux_rectification_item_open",
        "rectification_item",
        ["scheme", "unit_code", "indicator"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
