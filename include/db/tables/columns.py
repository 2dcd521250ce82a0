"""What all tables share: one metadata, and a column with its meaning."""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def only(name: str, where: str, *columns: str) -> Index:
    """An index of the few rows for which `where` holds, as the statements that look for them say it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def column(name: str, kind: object, comment: str, **options: object) -> Column:  # type: ignore[type-arg]
    options.setdefault("nullable", False)
    return Column(name, kind, comment=comment, **options)  # type: ignore[arg-type]
