"""subjects of any kind: units say of which kind they are, and have dated attributes and links; codes may be longer"""

from alembic import op
import sqlalchemy as sa


revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# By unit type and the endings of names as they were known when subjects got kinds; what fits none stays without.
_KINDS = ("社区", "村", "驻区单位", "其他组织", "区域", "网格", "小区", "户", "社区工作者")
_ENDINGS = {
    "社区": ("社区", "居委会", "居民委员会", "社区居民委员会", "居委"),
    "村": ("村", "村委会", "村民委员会", "嘎查", "嘎查委员会", "牧委会", "村委"),
}
_WITH_UNIT_CODE = {
    "circular": (True, "community that a letter is to; null: all of the street"),
    "delivery": (True, "unit named inside the file"),
    "submission": (False, "unit that reports"),
    "score": (False, "unit"),
    "score_line": (False, "unit"),
    "score_value": (False, "unit"),
    "restatement": (False, "unit; empty: what concerns the whole street"),
    "decision": (False, "unit; empty where the whole street is meant"),
    "notice": (False, "unit it concerns; empty for the committee's"),
    "rectification_item": (False, "unit that owns it"),
}
_CODE = (
    "12-digit statistics code; the project's own begin with 99",
    "12-digit statistics code, the project's own begin with 99; of kinds that have none 1 to 32 letters, digits or -",
)
_KIND = "kind of subject (systems/_shared/subject_kinds.yaml): 社区, 村, 驻区单位 …; empty: none fits, counts as 社区"
_IMPORT = (
    "import: a file; baseline: the register as it stood before imports were recorded",
    "import: a file; folder: subjects with attributes and links; baseline: what stood before imports were recorded",
)
_ADDRESSES = ("secretary_email", "officer_email", "liaison_email")


def upgrade() -> None:
    _index_addresses(drop=True)
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="", comment=_KIND))
        batch_op.alter_column(
            "code",
            existing_type=sa.String(12),
            type_=sa.String(32),
            existing_nullable=False,
            comment=_CODE[1],
            existing_comment=_CODE[0],
        )
        batch_op.drop_index(batch_op.f("ix_unit_street_code"))
        batch_op.create_index(batch_op.f("ix_unit_street_code_unit_kind"), ["street_code", "kind"], unique=False)
    _index_addresses()
    _give_kinds()
    _widen(12, 32)
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        comment = "unit at which it was found, where another came after it; else null"
        batch_op.add_column(sa.Column("origin_code", sa.String(length=32), nullable=True, comment=comment))
    op.create_table(
        "unit_attribute",
        sa.Column("code", sa.String(length=32), nullable=False, comment="subject"),
        sa.Column("name", sa.Text(), nullable=False, comment="the attribute: 试点类型, 岗位 …"),
        sa.Column("value", sa.Text(), nullable=False, comment="its value"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="first day on which it holds"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day on which it holds; empty: still holds"),
        sa.PrimaryKeyConstraint("code", "name", "valid_from", name=op.f("pk_unit_attribute")),
        comment="Attributes of subjects, one row an attribute and span of validity.",
    )
    op.create_table(
        "unit_link",
        sa.Column("code", sa.String(length=32), nullable=False, comment="subject that belongs to another"),
        sa.Column("link", sa.Text(), nullable=False, comment="how: 所属社区, 共建, 区域成员, 继任 …"),
        sa.Column(
            "to_code",
            sa.Text(),
            nullable=False,
            comment="the other; for links to what is no subject its name; empty: 继任 by nobody",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="first day on which it holds"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day on which it holds; empty: still holds"),
        sa.PrimaryKeyConstraint("code", "link", "to_code", "valid_from", name=op.f("pk_unit_link")),
        comment="Links from one subject to another, one row a link and span of validity.",
    )
    with op.batch_alter_table("unit_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_link_link_unit_link_to_code"), ["link", "to_code"], unique=False)
    with op.batch_alter_table("registry_import", schema=None) as batch_op:
        for what in ("attributes", "links"):
            comment = f"the file of {what}; null where none was given"
            batch_op.add_column(sa.Column(f"{what}_sha256", sa.String(length=64), nullable=True, comment=comment))
        batch_op.alter_column(
            "kind", existing_type=sa.Text(), existing_nullable=False, comment=_IMPORT[1], existing_comment=_IMPORT[0]
        )


def _give_kinds() -> None:
    """The kind that a unit's type names, or that its type or its name ends like."""
    unit = sa.table("unit", sa.column("unit_type"), sa.column("name"), sa.column("kind"))
    op.execute(unit.update().where(unit.c.unit_type.in_(_KINDS)).values(kind=unit.c.unit_type))
    for column in (unit.c.unit_type, unit.c.name):
        for kind, endings in _ENDINGS.items():
            fits = sa.or_(*(column.like(f"%{ending}") for ending in endings))
            op.execute(unit.update().where(unit.c.kind == "", fits).values(kind=kind))


def _widen(before: int, after: int) -> None:
    for table, (is_nullable, comment) in _WITH_UNIT_CODE.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                "unit_code",
                existing_type=sa.String(before),
                type_=sa.String(after),
                existing_nullable=is_nullable,
                existing_comment=comment,
            )


def _index_addresses(drop: bool = False) -> None:
    """Indexes over expressions are lost where SQLite writes a table anew, so they go before it and come after it."""
    for address in _ADDRESSES:
        if drop:
            op.drop_index(f"ix_unit_{address}", table_name="unit")
        else:
            given = sa.text(f"{address} <> ''")
            op.create_index(
                f"ix_unit_{address}",
                "unit",
                [sa.literal_column(f"lower({address})")],
                sqlite_where=given,
                postgresql_where=given,
            )


def downgrade() -> None:
    """Subjects with longer codes cannot be kept by the release before: it has no use for them."""
    op.execute("DELETE FROM unit WHERE LENGTH(code) > 12")
    with op.batch_alter_table("registry_import", schema=None) as batch_op:
        batch_op.drop_column("links_sha256")
        batch_op.drop_column("attributes_sha256")
        batch_op.alter_column(
            "kind", existing_type=sa.Text(), existing_nullable=False, comment=_IMPORT[0], existing_comment=_IMPORT[1]
        )
    with op.batch_alter_table("rectification_item", schema=None) as batch_op:
        batch_op.drop_column("origin_code")
    op.drop_table("unit_link")
    op.drop_table("unit_attribute")
    _widen(32, 12)
    _index_addresses(drop=True)
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_street_code_unit_kind"))
        batch_op.create_index(batch_op.f("ix_unit_street_code"), ["street_code"], unique=False)
        batch_op.alter_column(
            "code",
            existing_type=sa.String(32),
            type_=sa.String(12),
            existing_nullable=False,
            comment=_CODE[0],
            existing_comment=_CODE[1],
        )
        batch_op.drop_column("kind")
    _index_addresses()
