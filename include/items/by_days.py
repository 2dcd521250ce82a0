"""Items that a day in a ledger's row raises: a probationary member whose year ends, a committee whose term does.

Asked for every day: an item begins so long before the day, its last day is that day, and it ends by itself when the row says so no
more. One that came to its end is not raised again for the same day.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.items.kinds import open_item
from include.items.stepping import cells_of, close
from include.ledgers.conditions import Days, all_of, day_of
from include.ledgers.reading import rows_as_of
from include.period import add_working_days, in_zone, months_later
from include.registry.units import find_unit
from include.schemes.item_kinds import FromDay, ItemKind
from include.schemes.model import Scheme

_ENDED = "台账已更新，不再需要办理。"


def kinds_by_days(scheme: Scheme) -> list[ItemKind]:
    """The kinds of a system's items that days in its ledgers raise, as far as the period has those ledgers."""
    kinds = scheme.kinds_of_items.values()
    return [kind for kind in kinds if kind.from_day is not None and kind.from_day.form in scheme.row_forms]


def begins_on(asked: FromDay, day: dt.date) -> dt.date:
    """The day on which the item of a day begins."""
    return months_later(day, -asked.months) if asked.months else add_working_days(day, -asked.working_days)


def raise_by_days(connection: Connection, scheme: Scheme, kind: ItemKind, scope_code: str, at: dt.datetime) -> int:
    """Open the items that are due in a street or county, and end those that no row asks for any more; how many were opened."""
    asked, today = kind.from_day, in_zone(at).date()
    assert asked is not None
    holds = all_of(asked.where, Days(today, today, scheme.period))
    wanted: dict[tuple[str, str, str], dt.date] = {}
    rows = rows_as_of(connection, f"{scheme.scheme}.{asked.form}", scope_code, today, at)
    for row in rows:
        if (text := row.cells.get(asked.column)) and holds(row.cells):
            wanted[row.filler_code, row.key, text] = day_of(text)
    there = {}
    for item in sql.fetch(connection, "items/select_of_kind", scheme=scheme.scheme, kind=kind.kind):
        cells = cells_of(item)
        there[item["unit_code"], cells.get("row", ""), cells.get("due", "")] = item
    opened = 0
    for (unit_code, key, text), due in wanted.items():
        begins = begins_on(asked, due)
        if (unit_code, key, text) in there or today < begins:
            continue
        unit = find_unit(connection, unit_code, today)
        if unit is None:
            continue
        open_item(
            connection, scheme, kind.kind, unit, problem=asked.problem.format(row=key, day=due.isoformat()), code=kind.kind,
            cells={"row": key, "due": text}, opened_at=at, began=begins, deadline=due, is_one_of_many=True,
        )  # fmt: skip
        opened += 1
    fillers = {row.filler_code for row in rows}
    for place, item in there.items():
        if item["is_open"] and place[0] in fillers and place not in wanted:
            close(connection, item["id"], _ENDED, at)
    return opened
