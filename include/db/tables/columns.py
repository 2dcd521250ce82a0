"""What all tables share: one metadata, and a column with its meaning."""

from __future__ import annotations

from sqlalchemy import Column, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def column(name: str, kind: object, comment: str, **options: object) -> Column:  # type: ignore[type-arg]
    options.setdefault("nullable", False)
    return Column(name, kind, comment=comment, **options)  # type: ignore[arg-type]
