"""The register of units and its imports."""

from __future__ import annotations

from sqlalchemy import Boolean, Date, Index, Integer, String, Table, Text, UniqueConstraint, func, text

from include.db.tables.columns import column, metadata
from include.db.types import Moment

unit = Table(
    "unit",
    metadata,
    column(
        "code",
        String(32),
        "12-digit statistics code, the project's own begin with 99; of kinds that have none 1 to 32 letters, digits or -",
        primary_key=True,
    ),
    column("valid_from", Date, "first day on which this row holds", primary_key=True),
    column("valid_to", Date, "last day on which this row holds; empty: still holds", nullable=True),
    column("name", Text, "name of the community or village"),
    column("street_code", String(12), "9-digit code of the street or township"),
    column("street", Text, "name of the street; empty where the source has none"),
    column("unit_type", Text, "社区, 村 …; empty where unknown"),
    column("households", Integer, "households governed", nullable=True),
    column("secretary_email", Text, "address of the 书记"),
    column("officer_email", Text, "address of the 组织委员"),
    column("liaison_email", Text, "address of the 包社区服务组组长"),
    column("is_provisional_code", Boolean, "true: no code in the national register, one of the project's own"),
    column(
        "kind",
        Text,
        "kind of subject (systems/_shared/subject_kinds.yaml): 社区, 村, 驻区单位 …; empty: none fits, counts as 社区",
        server_default="",
    ),
    Index(None, "street_code", "kind"),
    Index("ix_unit_name", "name"),
    comment="Register of units, one row a unit and span of validity.",
)
# Who a mail is from is looked up by these; most units of a national register have no addresses.
for _address in ("secretary_email", "officer_email", "liaison_email"):
    _given = unit.c[_address] != text("''")
    Index(f"ix_unit_{_address}", func.lower(unit.c[_address]), sqlite_where=_given, postgresql_where=_given)

unit_attribute = Table(
    "unit_attribute",
    metadata,
    column("code", String(32), "subject", primary_key=True),
    column("name", Text, "the attribute: 试点类型, 岗位 …", primary_key=True),
    column("value", Text, "its value"),
    column("valid_from", Date, "first day on which it holds", primary_key=True),
    column("valid_to", Date, "last day on which it holds; empty: still holds", nullable=True),
    comment="Attributes of subjects, one row an attribute and span of validity.",
)

unit_link = Table(
    "unit_link",
    metadata,
    column("code", String(32), "subject that belongs to another", primary_key=True),
    column("link", Text, "how: 所属社区, 共建, 区域成员, 继任 …", primary_key=True),
    column(
        "to_code", Text, "the other; for links to what is no subject its name; empty: 继任 by nobody", primary_key=True
    ),
    column("valid_from", Date, "first day on which it holds", primary_key=True),
    column("valid_to", Date, "last day on which it holds; empty: still holds", nullable=True),
    Index(None, "link", "to_code"),
    comment="Links from one subject to another, one row a link and span of validity.",
)

registry_import = Table(
    "registry_import",
    metadata,
    column("id", String(64), "SHA-256 over the columns below", primary_key=True),
    column(
        "kind",
        Text,
        "import: a file; folder: subjects with attributes and links; baseline: what stood before imports were recorded",
    ),
    column("sha256", String(64), "the file, as archived"),
    column("streets_sha256", String(64), "the file of the streets' names; null where none was given", nullable=True),
    column("attributes_sha256", String(64), "the file of attributes; null where none was given", nullable=True),
    column("links_sha256", String(64), "the file of links; null where none was given", nullable=True),
    column("valid_from", Date, "first day on which what it says holds"),
    column("imported_by", Text, "who; empty for a baseline"),
    column(
        "imported_at", Moment, "when: the register as it was known at a past moment is made of the imports until then"
    ),
    column("sequence", Integer, "running number: which import came first, whatever the clock said"),
    UniqueConstraint("sequence"),
    comment="Every import that changed the register, replayed by a rebuild.",
)
