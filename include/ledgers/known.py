"""What stands in the database while sheets are judged; what several sheets ask is asked once."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.ledgers.personal import with_personal
from include.subject_kinds import subject_kinds


@dataclass(frozen=True)
class Standing:
    """A row that is known now: `has_ended`, where it holds no more."""

    cells: Mapping[str, str]
    has_ended: bool


class Known:
    """One look at the database: a sheet that is answered meanwhile is not seen."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.standing = functools.cache(self._standing)
        self.everywhere = functools.cache(self._everywhere)
        self.kinds_on = functools.cache(self._kinds_on)

    def _standing(self, ledger: str, filler_code: str) -> dict[str, Standing]:
        """The filler's rows by key; of one that ended and came again that which holds."""
        rows = sql.fetch(self.connection, "ledgers/select_standing", ledger=ledger, filler_code=filler_code)
        found = sorted(rows, key=lambda row: (row["valid_to"] is None, row["valid_from"]))
        return {
            row["row_key"]: Standing(
                with_personal(json.loads(row["cells"]), row["sealed"]), row["valid_to"] is not None
            )
            for row in found
        }

    def _everywhere(self, ledger: str) -> list[Mapping[str, str]]:
        """The cells of all rows of a ledger that hold."""
        return [json.loads(row["cells"]) for row in sql.fetch(self.connection, "ledgers/select_named", ledger=ledger)]

    def _kinds_on(self, day: dt.date) -> dict[str, str]:
        """The kind of every subject of the register on a day, by code."""
        first = next(iter(subject_kinds().kinds))
        rows = sql.fetch(self.connection, "ledgers/select_subjects", on_date=day)
        return {row["code"]: row["kind"] or first for row in rows}
