"""What is put to a committee together: results whose circular is to be drafted, and drafts of letters, in batches.

A batch is what one office is asked about at a time, and one run of Airflow's takes it up. Its key is only a wake-up: what a
run is to do is the rows of its batch that no run has taken yet, so that a key that comes twice, or goes lost, does no harm.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from include.db import sql
from include.documents.finding import get_circular
from include.keys import AssessmentKey, BatchKey
from include.outbox.outbox import why_silent
from include.outbox.policies import load_policies
from include.period import in_zone
from include.registry.offices import office_of


def refer_results(connection: Connection, assessment_ids: Sequence[str], at: dt.datetime) -> list[str]:
    """Put the circulars of assessments to their offices; the keys of the batches, one topic a system's period."""
    keys = [AssessmentKey.parse(one) for one in assessment_ids]
    return _refer(connection, [(str(key), f"{key.scheme}/{key.period}", key.street_code) for key in keys], at)


def refer_letters(connection: Connection, letter_ids: Sequence[str], at: dt.datetime) -> list[str]:
    """Put drafts of letters to their offices; the keys of the batches, one topic a day."""
    day = in_zone(at).date().isoformat()
    rows = [get_circular(connection, one) for one in letter_ids]
    return _refer(connection, [(row["id"], day, row["street_code"]) for row in rows], at)


def _refer(connection: Connection, referred: list[tuple[str, str, str]], at: dt.datetime) -> list[str]:
    """`referred`: subject, topic, street code of each. What a batch may not hold any more goes into the next."""
    batches: dict[tuple[str, str], list[str]] = defaultdict(list)
    for subject, topic, street_code in referred:
        batches[topic, office_of(street_code, "").account].append(subject)
    most, keys = load_policies().approvals.drafts_in_a_run, []
    for (topic, office), subjects in batches.items():
        for part, start in enumerate(range(0, len(subjects), most), 1):
            keys.append(str(BatchKey(topic, office, part)))
            rows = (
                {"subject": one, "batch": keys[-1], "referred_at": at, "silent_because": why_silent()}
                for one in subjects[start : start + most]
            )
            sql.execute_many(connection, "documents/upsert_referral", rows)
    return keys


def take_batch(connection: Connection, batch: str, run_id: str) -> list[str]:
    """Claim for a run what of the batch no run is at work on; all that is the run's, in order. Again, it is the same."""
    sql.execute(connection, "documents/claim_batch", batch=batch, run_id=run_id)
    return [row["subject"] for row in sql.fetch(connection, "documents/select_claimed", batch=batch, run_id=run_id)]


def silence_about(connection: Connection, subject: str) -> str:
    """Why nobody is to be told by mail that its draft waits, in Chinese; empty where they are."""
    found = sql.fetch_one(connection, "documents/select_referral", subject=subject)
    return str(found["silent_because"]) if found else ""


def settle(connection: Connection, subject: str) -> None:
    """Nothing of it is left to decide."""
    sql.execute(connection, "documents/settle_referral", subject=subject)
