"""What is to be decided on and whose run has died: nothing else would take it up again, for a batch wakes a run once.

Each run that takes up a batch leaves its id with it, so that whoever looks later can ask Airflow whether it still lives.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from include.db import sql
from include.period import Period
from include.schemes.loader import find_scheme
from include.scoring.arrivals import nothing_arrived

IsAlive = Callable[[str], bool]
"""Of a run, whether it is queued, running or waiting for the committee; asked about "", whether any run is queued, which
may be the one that is missed."""


def stranded_results(connection: Connection, is_alive: IsAlive) -> list[str]:
    """Official assessments whose circular no living run is at work on or waits with."""
    found = []
    for row in sql.fetch(connection, "signing/select_unsettled_results"):
        scheme = find_scheme(row["scheme"], Period.parse(row["period"]))
        if scheme is None or not scheme.has_circular:
            continue
        if not is_alive(row["run_id"] or "") and not nothing_arrived(connection, row["id"]):
            found.append(str(row["id"]))
    return found


def stranded_letters(connection: Connection, is_alive: IsAlive) -> list[str]:
    """Drafts of letters that no living run waits with."""
    rows = sql.fetch(connection, "signing/select_unsettled_letters")
    return [str(row["id"]) for row in rows if not is_alive(row["run_id"] or "")]
