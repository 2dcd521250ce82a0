"""Who could take an item on: rows of a ledger that say the same as it, with something left. A person decides."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from typing import TypedDict

from sqlalchemy import Connection

from include.db import sql
from include.ledgers.reading import LedgerRow, rows_as_of
from include.registry.units import find_unit
from include.schemes.item_kinds import Pairs, Proposal


class Proposed(TypedDict):
    """`left`: how often it can take such an item on this year; `open_items`: how many it has now."""

    code: str
    name: str
    is_paired: bool
    left: int
    open_items: int


def proposed(
    connection: Connection,
    proposal: Proposal,
    item: sql.Row,
    cells: Mapping[str, str],
    on: dt.date,
    known_at: dt.datetime,
) -> list[Proposed]:
    """In the order in which they are proposed; nobody where no row fits."""
    subject = find_unit(connection, item["unit_code"], on)
    if subject is None:
        return []

    def rows(ledger: str) -> list[LedgerRow]:
        return rows_as_of(connection, f"{item['scheme']}.{ledger}", subject.street_code, on, known_at)

    wanted = {cell: cells.get(cell, "") for cell in proposal.same.values()}
    left: Counter[str] = Counter()
    for row in rows(proposal.of):
        if all(row.cells.get(column, "") == wanted[cell] for column, cell in proposal.same.items()):
            left[row.cells.get(proposal.unit, row.filler_code)] += int(row.cells.get(proposal.capacity, "0"))
    open_items: Counter[str] = Counter()
    had: set[str] = set()
    for run in sql.fetch(
        connection,
        "items/select_taken",
        scheme=item["scheme"],
        kind=item["kind"],
        since=dt.date(on.year, 1, 1),
        item_id=item["id"],
    ):
        said = json.loads(run["cells"] or "{}")
        if run["ended_date"] is None:
            open_items[run["holder"]] += 1
        elif run["item_id"] == item["id"]:
            had.add(run["holder"])
        if run["outcome"] in proposal.taken.get(run["step"], []) and all(
            said.get(cell, "") == text for cell, text in wanted.items()
        ):
            left[run["holder"]] -= 1
    paired = {code for pairs in [proposal.pairs] if pairs for code in _paired(rows(pairs.of), pairs, subject.code)}
    able = [code for code, number in left.items() if number > 0 and code not in had]
    able.sort(key=lambda code: (code not in paired, open_items[code], code))
    return [
        {
            "code": code,
            "name": unit.name if (unit := find_unit(connection, code, on)) else code,
            "is_paired": code in paired,
            "left": left[code],
            "open_items": open_items[code],
        }
        for code in able[: proposal.at_most]
    ]


def _paired(rows: list[LedgerRow], pairs: Pairs, subject: str) -> set[str]:
    return {row.cells[pairs.unit] for row in rows if row.cells.get(pairs.paired_with, "") == subject}
