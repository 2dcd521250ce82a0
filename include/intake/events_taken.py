"""What an accepted sheet by which an event is reported makes of the event."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from include.events.sheets import series_of, take_sheet
from include.intake.cases import Case
from include.intake.judging import Gate
from include.items.missed_events import end_missed
from include.ledgers.rows import GivenRow
from include.registry.taking_part import scope_of_street
from include.schemes.model import Scheme


def take_events(
    connection: Connection, scheme: Scheme, form: str, gate: Gate, case: Case, rows: Sequence[GivenRow]
) -> None:
    """The events that an accepted sheet tells of were held; what was opened because they were not is done."""
    series = series_of(scheme, form)
    if series is None or gate.unit is None:
        return
    scope_code = scope_of_street(scheme, gate.unit.street_code)
    for row in rows:
        taken = take_sheet(
            connection, scheme, series, gate.unit.code, scope_code, row.cells, case.received_at, case.sha256
        )
        if taken is not None and taken.was_missed:
            end_missed(connection, scheme, taken, case.received_at, case.sha256)
