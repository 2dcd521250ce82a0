"""Write docs/data-dictionary.md from include/db/tables/: every table, every column, its meaning."""

from __future__ import annotations

from sqlalchemy import Column, Table, UniqueConstraint

from include.db.tables import metadata
from include.db.types import Moment
from ops.pages import cell, write_or_check

_HEAD = """# Data dictionary

Made by `make docs` from `include/db/tables/`; do not edit. Moments are kept in UTC and shown in the office's zone,
dates are the office's own. Types are SQLAlchemy's: the same tables stand on SQLite and PostgreSQL.
"""


def dictionary() -> str:
    """The page."""
    return _HEAD + "".join(_table(table) for table in sorted(metadata.tables.values(), key=lambda table: table.name))


def _table(table: Table) -> str:
    lines = ["", f"## {table.name}", "", table.comment or "", "", "| column | type | null | key | meaning |"]
    lines.append("| --- | --- | --- | --- | --- |")
    lines += [_column(column) for column in table.columns]
    uniques = sorted(
        ", ".join(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    )
    lines += [f"\nUnique: {', '.join(f'({names})' for names in uniques)}"] if uniques else []
    partial = sorted(
        f"({', '.join(column.name for column in index.columns)}) where {index.dialect_options['postgresql']['where']}"
        for index in table.indexes
        if index.unique
    )
    lines += [f"\nUnique: {', '.join(partial)}"] if partial else []
    return "\n".join(lines) + "\n"


def _column(column: Column[object]) -> str:
    kind = "moment" if isinstance(column.type, Moment) else str(column.type).lower()
    key = "primary" if column.primary_key else "unique" if column.unique else ""
    return f"| {column.name} | {kind} | {'yes' if column.nullable else ''} | {key} | {cell(column.comment or '')} |"


if __name__ == "__main__":
    write_or_check("data-dictionary.md", dictionary, __doc__)
