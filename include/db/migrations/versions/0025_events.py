"""events of series, and what became of each"""

from alembic import op
import sqlalchemy as sa

from include.db.types import Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.String(length=160), nullable=False, comment="<scheme>.<series>/<unit>/<period>/<number>"),
        sa.Column("scheme", sa.Text(), nullable=False, comment="scheme whose series it is of"),
        sa.Column("series", sa.Text(), nullable=False, comment="series"),
        sa.Column(
            "unit_code",
            sa.String(length=32),
            nullable=False,
            comment="who holds it: a unit, a street by its 9 digits, a county by its 6",
        ),
        sa.Column(
            "street_code",
            sa.String(length=12),
            nullable=False,
            comment="street of the unit, itself of a street or county",
        ),
        sa.Column("period", sa.Text(), nullable=False, comment="period that it belongs to, whatever day it is held on"),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2 … of those of the period, by the day"),
        sa.Column(
            "nominal_date", sa.Date(), nullable=True, comment="day by the rule alone; null where any day will do"
        ),
        sa.Column(
            "planned_date",
            sa.Date(),
            nullable=True,
            comment="day that was told, moved off days off or by a person; null as before",
        ),
        sa.Column("is_moved", sa.Boolean(), nullable=False, comment="a person moved it: the calendar moves it no more"),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="已排定, 已通知, 已召开 or 已开展, 未报, 未召开 or 未开展, 补报, 取消",
        ),
        sa.Column("planned_at", Moment(), nullable=False, comment="when it was planned"),
        sa.Column("announced_at", Moment(), nullable=True, comment="when somebody was first told of it"),
        sa.Column("reported_at", Moment(), nullable=True, comment="receipt of the first sheet that was accepted"),
        sa.Column("held_date", sa.Date(), nullable=True, comment="day on which it was held, by the newest sheet"),
        sa.Column("expected", sa.Integer(), nullable=True, comment="who was to come, by the newest sheet"),
        sa.Column("present", sa.Integer(), nullable=True, comment="who came, by the newest sheet"),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="the newest sheet, as archived"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        comment="One event of a series: planned, told of, held or not. Its sheet's row is in ledger_row.",
    )
    op.create_index(op.f("ix_event_scheme_event_period"), "event", ["scheme", "period"])
    op.create_index(op.f("ix_event_street_code_event_state"), "event", ["street_code", "state"])
    op.create_table(
        "event_change",
        sa.Column("event_id", sa.String(length=160), nullable=False, comment="event"),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="1, 2 …"),
        sa.Column("state", sa.Text(), nullable=False, comment="state from then on"),
        sa.Column("planned_date", sa.Date(), nullable=True, comment="day planned from then on"),
        sa.Column("held_date", sa.Date(), nullable=True, comment="day on which it was held, as known from then on"),
        sa.Column("expected", sa.Integer(), nullable=True, comment="who was to come, likewise"),
        sa.Column("present", sa.Integer(), nullable=True, comment="who came, likewise"),
        sa.Column("actor", sa.Text(), nullable=False, comment="who: 系统, or the login of a person"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why, in Chinese; empty where the state says it"),
        sa.Column("happened_at", Moment(), nullable=False, comment="when"),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="its newest sheet, likewise"),
        sa.PrimaryKeyConstraint("event_id", "sequence", name=op.f("pk_event_change")),
        comment="Every move of an event: what it was at any moment is read from here.",
    )


def downgrade() -> None:
    op.drop_table("event_change")
    op.drop_table("event")
