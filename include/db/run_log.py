"""What each run did, one row a stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.acting import acting_account
from include.db.sql import execute
from include.period import now


def log_run(
    connection: Connection,
    *,
    run_id: str,
    stage: str,
    period: str,
    street_code: str,
    outcome: str,
    detail: Mapping[str, Any],
    account: str = "",
) -> None:
    """Add a row to run_log. `stage` and `outcome` are words of the table's comments; `detail` must be JSON.

    `account` is the login that did it; without one, that for which the run works (include/acting.py).
    """
    execute(
        connection,
        "db/insert_run_log",
        run_id=run_id,
        stage=stage,
        period=period,
        street_code=street_code,
        logged_at=now(),
        outcome=outcome,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
        account=account or acting_account(),
    )
