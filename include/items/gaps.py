"""Gaps (差距事项): what a check or a norm finds wanting at a subject is an item until it is found no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.items.kinds import open_item
from include.items.stepping import cells_of, close
from include.period import add_working_days, in_zone
from include.registry.units import Unit
from include.schemes.model import Scheme


@dataclass(frozen=True)
class Gap:
    """`code` of the check or norm, `row` of the ledger that is meant (empty: the subject as a whole)."""

    code: str
    row: str
    problem: str
    working_days: int
    kind: str


def keep_gaps(
    connection: Connection, system: Scheme, unit: Unit, found: Sequence[Gap], asked: Collection[str], at: dt.datetime, sha256: str
) -> None:  # fmt: skip
    """Open an item for each gap that has none, and end those of the codes `asked` that are found no more. Its days run from
    the day of `at`, on which the sheet was accepted."""
    day = in_zone(at).date()
    there = {
        (row["indicator"], cells_of(row).get("row", "")): row["id"]
        for row in sql.fetch(
            connection, "items/select_gaps", scheme=system.scheme, unit_code=unit.code, any_code=list(asked)
        )
    }
    for gap in found:
        if (gap.code, gap.row) not in there:
            open_item(
                connection, system, gap.kind, unit, problem=gap.problem, code=gap.code, cells={"row": gap.row}, opened_at=at,
                deadline=add_working_days(day, gap.working_days), sha256=sha256, is_one_of_many=True,
            )  # fmt: skip
    still = {(gap.code, gap.row) for gap in found}
    for key, item_id in there.items():
        if key not in still:
            close(connection, item_id, "再次报来的台账已符合要求。", at, sha256=sha256)
