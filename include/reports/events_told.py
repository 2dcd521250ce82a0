"""The events of a period as rows of events.csv."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.events.record import known_events
from include.registry.rows import COUNTY_DIGITS
from include.schemes.model import Scheme
from include.scoring.event_figures import periods_within


def events_told(
    connection: Connection, scheme: Scheme, scope_code: str, known_at: dt.datetime, *, is_only: bool
) -> list[sql.Row]:
    """Those of the periods within this one, as they were known at a moment: of a street and its units; of the only one of its
    county (`is_only`) the county's, too."""
    periods = [one.period for one in periods_within(scheme.scheme, scheme.period)]
    scopes = dict.fromkeys([scope_code, *([scope_code[:COUNTY_DIGITS]] if is_only else [])])
    found = {
        row["id"]: row for scope in scopes for row in known_events(connection, scheme.scheme, periods, scope, known_at)
    }
    return [
        {**row, "code": row["unit_code"], "planned": row["planned_date"] or "", "held": row["held_date"] or ""}
        for row in found.values()
    ]
