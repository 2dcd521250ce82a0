"""The shape of a form whose figures are scored: it goes out, is handed in, looked at on site, scored, and told of in a circular.

The rooms of each moment are imported when it comes: who only asks for a calendar loads none of them.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from include.db import sql
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.shapes.shape import Moment, Preview

if TYPE_CHECKING:
    from include.scoring.assess import Assessment

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoredForm:
    """A checkpoint tells each unit what it will miss, and has neither inspection nor circular; nor has a period that its system
    leaves without; nor is a circular drafted where nothing arrived. What is made of results of others has no inspection."""

    system: Scheme

    def moments(self) -> Mapping[Moment, Sequence[dt.date]]:
        """It closes on the morning after the window, and not before the period is over."""
        system = self.system
        calendars = [system.dates_of(form.key) for form in system.forms]
        last_date = max(system.dates.window_ends_date, system.period.end_date)
        days: dict[Moment, Sequence[dt.date]] = {
            "opens": sorted({dates.opens_date for dates in calendars}),
            "inspects": []
            if system.is_checkpoint or not system.cells
            else sorted({dates.window_starts_date for dates in calendars}),
            "closes": [last_date + dt.timedelta(days=1)],
        }
        return {moment: due for moment, due in days.items() if due}

    def is_ready(self, connection: Connection, street_code: str) -> bool:
        if not self.system.is_of_results:
            return True
        sources = [found for key, period in self.system.sources if (found := find_scheme(key, period))]
        return any(_is_closed(connection, one, street_code) for one in sources)

    def open(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> int:
        from include.asking.opening import open_period
        from include.intake.fed import shown_in_forms

        told = shown_in_forms(connection, self.system, street_code, at)
        return open_period(connection, self.system, street_code, at, run_id, told)

    def inspect(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> int:
        from include.asking.opening import open_inspection
        from include.intake.fed import differing_in

        return open_inspection(
            connection, self.system, street_code, at, run_id, differing_in(connection, self.system, street_code, at)
        )

    def remind(self, connection: Connection, street_code: str, at: dt.datetime) -> int:
        from include.asking.reminders import remind_missing
        from include.circulars.papers import papers_of_forms

        made = papers_of_forms(connection, self.system, street_code, at)
        return made + remind_missing(connection, self.system, street_code, at)

    def preview(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> Preview:
        """An official scoring: a review that was granted, or a correction after the closing, makes it differ."""
        is_closed = _is_closed(connection, self.system, street_code)
        assessment = _assess(connection, self.system, street_code, at, run_id)
        return Preview(self.counted(connection, assessment.id), is_closed and assessment.is_new)

    def counted(self, connection: Connection, assessment_id: str) -> dict[str, int]:
        """Units by grade."""
        rows = sql.fetch(connection, "shapes/count_scores", assessment_id=assessment_id)
        return {row["grade"] or "未评定": int(row["units"]) for row in rows}

    def evaluate(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> str | None:
        """A revision of a result is told to ops; it takes along every closed result that reads it, a year of its halves too, and the
        results that its circular tells of."""
        from include.circulars.papers import papers_of_forms
        from include.circulars.told import told_in
        from include.scoring.arrivals import nothing_arrived, tell_nothing_arrived
        from include.scoring.checkpoints import announce_checkpoint
        from include.scoring.readers import readers_of
        from include.scoring.telling import tell_restatement

        scheme = self.system
        assessment = _assess(connection, scheme, street_code, at, run_id)
        papers_of_forms(
            connection, scheme, street_code, at
        )  # where no daily run came to it before; tables are of the result
        is_empty = nothing_arrived(connection, assessment.id)
        if is_empty and not scheme.is_of_results:
            _log.info("%s。", tell_nothing_arrived(connection, assessment.id, at))
        if scheme.is_checkpoint:
            announce_checkpoint(connection, assessment.id, at)
            return None
        tell_restatement(connection, scheme, street_code, assessment, at)
        along = [(told, street_code) for told in told_in(scheme)]  # its circular needs them
        for reader, scope in [*readers_of(connection, scheme, street_code), *along]:
            restated = _assess(connection, reader, scope, at, run_id)
            tell_restatement(connection, reader, scope, restated, at)
        if not scheme.has_circular:
            return None
        return assessment.id if not is_empty and _is_undecided(connection, assessment.id) else None

    def silent(self, connection: Connection, streets: list[str]) -> list[str]:
        from include.scoring.arrivals import silent_streets

        return silent_streets(connection, self.system, streets)

    def publish(self, connection: Connection, result_id: str, at: dt.datetime) -> str | None:
        from include.circulars.draft import draft
        from include.scoring.arrivals import nothing_arrived

        return None if nothing_arrived(connection, result_id) else draft(connection, result_id, at)

    def export(self, connection: Connection, folder: Path, street_code: str) -> None:
        from include.reports.out import write_out

        write_out(connection, self.system, folder, street_code)


def _assess(connection: Connection, scheme: Scheme, street_code: str, at: dt.datetime, run_id: str) -> Assessment:
    from include.scoring.assess import assess
    from include.scoring.inputs import known_until

    return assess(connection, scheme, street_code, known_until(connection, scheme, at), run_id)


def _is_closed(connection: Connection, scheme: Scheme, street_code: str) -> bool:
    """Whether the street's period has an official result."""
    from include.scoring.finding import newest_assessments

    rows = newest_assessments(connection, scheme.scheme, str(scheme.period))
    return any(row["street_code"] == street_code and row["is_official"] for row in rows)


def _is_undecided(connection: Connection, assessment_id: str) -> bool:
    """No circular yet, or one that was sent back: one that is asked about waits in the run that asked, one issued is done."""
    found = sql.fetch_one(connection, "shapes/select_circular_state", assessment_id=assessment_id)
    return found is None or (found["state"] == "draft" and found["asked_at"] is None)
