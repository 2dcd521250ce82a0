"""The shape of what is collected and not scored: forms go out and are handed in, figures stand, a result says who reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.shapes.scored_form import ScoredForm
from include.shapes.shape import Moment


@dataclass(frozen=True)
class Recorded(ScoredForm):
    """A result gives each subject its status, what it reported and its figures; nothing is looked at on site."""

    def moments(self) -> Mapping[Moment, Sequence[dt.date]]:
        return {moment: days for moment, days in super().moments().items() if moment != "inspects"}

    def counted(self, connection: Connection, assessment_id: str) -> dict[str, int]:
        """Subjects by status."""
        rows = sql.fetch(connection, "shapes/count_statuses", assessment_id=assessment_id)
        return {row["status"]: int(row["units"]) for row in rows}
