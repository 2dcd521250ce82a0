"""Circulars whose run has died: what nothing else would take up again, since a run is started once for each assessment.

Each run that drafts writes down that it has begun, so that whoever looks later can ask Airflow whether it still lives.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db.run_log import log_run
from include.db.sql import fetch
from include.keys import AssessmentKey
from include.period import Period
from include.schemes.loader import find_scheme
from include.scoring.arrivals import nothing_arrived

_NOTHING = "nothing_new"


@dataclass(frozen=True)
class Unsettled:
    """An official assessment that nobody has decided on, and the runs that began to draft its circular."""

    assessment_id: str
    run_ids: list[str]


def note_begun(connection: Connection, assessment_id: str, run_id: str) -> None:
    _note(connection, assessment_id, run_id, "begun")


def note_nothing_to_decide(connection: Connection, assessment_id: str, run_id: str) -> None:
    """What was published has not changed, or nothing arrived: the assessment has no circular, and needs none."""
    _note(connection, assessment_id, run_id, _NOTHING)


def _note(connection: Connection, assessment_id: str, run_id: str, outcome: str) -> None:
    key = AssessmentKey.parse(assessment_id)
    log_run(
        connection, run_id=run_id, stage="draft", period=key.period, street_code=key.street_code, outcome=outcome,
        detail={"assessment": assessment_id},
    )  # fmt: skip


def unsettled(connection: Connection) -> list[Unsettled]:
    """Those that a living run must be at work on, or waiting for the committee, if all is well.

    A draft of which no run is known is from before runs were noted: it is left to `act_resubmit_circular`.
    """
    found = []
    for row in fetch(connection, "circulars/select_unsettled_assessments"):
        scheme = find_scheme(row["scheme"], Period.parse(row["period"]))
        if scheme is None or scheme.is_checkpoint or scheme.parts:
            continue
        if nothing_arrived(connection, row["id"]):
            continue
        runs = [
            run
            for run in fetch(
                connection, "circulars/select_drafting_runs", period=row["period"], street_code=row["street_code"]
            )
            if json.loads(run["detail"])["assessment"] == row["id"]
        ]
        if any(run["outcome"] == _NOTHING for run in runs) or (row["circular_id"] is not None and not runs):
            continue
        found.append(Unsettled(row["id"], sorted({run["run_id"] for run in runs})))
    return found
