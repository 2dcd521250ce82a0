"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import DateTime, Dialect, String, TypeDecorator
from sqlalchemy.types import TypeEngine


class Moment(TypeDecorator[dt.datetime]):
    """An aware moment. timestamptz on PostgreSQL; on SQLite ISO text in UTC, whose order is the time's order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        text = String(32)
        return dialect.type_descriptor(text if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value
