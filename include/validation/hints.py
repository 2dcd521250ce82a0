"""The hints that a period's whole table gives, as they are kept; and the table itself, as it was reported."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from include.db import sql
from include.schemes.model import Scheme
from include.validation.whole import Hint

Values = dict[str, dict[str, str]]


def reported(connection: Connection, scheme: str, period: str, form: str) -> Values:
    """Accepted values by unit and field: those of each unit's newest accepted hand-in."""
    found: Values = defaultdict(dict)
    keys, rows = sql.fetch_tuples(connection, "validation/select_whole_table", scheme=scheme, period=period, form=form)
    assert list(keys) == ["unit_code", "field", "value"]
    for unit_code, field, value in rows:
        found[unit_code][field] = value
    return dict(found)


def keep_hints(
    connection: Connection, scheme: Scheme, office_code: str, hints: Sequence[tuple[str, Hint]], at: dt.datetime
) -> None:
    """Those of a look (form and hint) in the place of those of the look before."""
    about = {"scheme": scheme.scheme, "period": str(scheme.period), "street_code": office_code}
    sql.execute(connection, "validation/delete_hints", **about)
    rows = {
        (form, one.kind, one.field, one.unit_code): {
            **about, "form": form, "kind": one.kind, "field": one.field, "unit_code": one.unit_code, "said": one.said, "looked_at": at,
        }
        for form, one in hints
    }  # fmt: skip
    sql.execute_many(connection, "validation/insert_hint", list(rows.values()))


def kept_hints(connection: Connection, scheme: Scheme, office_code: str) -> list[sql.Row]:
    return sql.fetch(
        connection, "validation/select_hints", scheme=scheme.scheme, period=str(scheme.period), street_code=office_code
    )
