"""Who could take an item on: rows of a ledger that say the same as it, with something left. A person decides."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
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

    runs = _runs(connection, item, on)
    left = _left(proposal, cells, rows(proposal.of), runs)
    open_items = Counter(run["holder"] for run in runs if run["ended_date"] is None)
    had = {run["holder"] for run in runs if run["ended_date"] is not None and run["item_id"] == item["id"]}
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


def is_beyond_offer(
    connection: Connection,
    proposal: Proposal,
    item: sql.Row,
    cells: Mapping[str, str],
    unit: str,
    on: dt.date,
    known_at: dt.datetime,
) -> bool:
    """Whether a unit that takes an item on has already taken as many this year as it offered; of one that offered nothing of the kind
    nobody knows."""
    subject = find_unit(connection, item["unit_code"], on)
    if subject is None:
        return False
    rows = rows_as_of(connection, f"{item['scheme']}.{proposal.of}", subject.street_code, on, known_at)
    own = [one for one in rows if one.cells.get(proposal.unit, one.filler_code) == unit]
    if not any(_is_alike(one, proposal, cells) for one in own):
        return False
    return _left(proposal, cells, own, _runs(connection, item, on))[unit] <= 0


def _runs(connection: Connection, item: sql.Row, on: dt.date) -> list[sql.Row]:
    """Every step of such items that was gone through this year."""
    asked = {"scheme": item["scheme"], "kind": item["kind"], "since": dt.date(on.year, 1, 1), "item_id": item["id"]}
    return sql.fetch(connection, "items/select_taken", **asked)


def _left(
    proposal: Proposal, cells: Mapping[str, str], rows: Sequence[LedgerRow], runs: Sequence[sql.Row]
) -> Counter[str]:
    """How many items that say the same as this one each unit can still take on this year."""
    wanted = {cell: cells.get(cell, "") for cell in proposal.same.values()}
    left: Counter[str] = Counter()
    for row in rows:
        if _is_alike(row, proposal, cells):
            left[row.cells.get(proposal.unit, row.filler_code)] += int(row.cells.get(proposal.capacity, "0"))
    for run in runs:
        said = json.loads(run["cells"] or "{}")
        is_alike = all(said.get(cell, "") == text for cell, text in wanted.items())
        if is_alike and run["outcome"] in proposal.taken.get(run["step"], []):
            left[run["holder"]] -= 1
    return left


def _is_alike(row: LedgerRow, proposal: Proposal, cells: Mapping[str, str]) -> bool:
    return all(row.cells.get(column, "") == cells.get(cell, "") for column, cell in proposal.same.items())


def _paired(rows: list[LedgerRow], pairs: Pairs, subject: str) -> set[str]:
    return {row.cells[pairs.unit] for row in rows if row.cells.get(pairs.paired_with, "") == subject}
