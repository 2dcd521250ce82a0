"""A period is closed: evaluated street by street, and before that as often as something comes in, as if it closed now."""

from __future__ import annotations

from typing import Any

from include.db.engine import in_transaction, look_at_tables, transaction
from include.db.run_log import log_run
from include.keys import StreetKey
from include.period import Period, now
from include.shapes import shape_of
from include.steps.planning import each_street, ended


def preview_scores(key: str, run_id: str) -> list[dict[str, Any]]:
    """Evaluate the street of system/period/street as if the period closed now, and keep only the counts by grade.

    An official evaluation that is rolled back: the same rules, no revision used. Where the period has its official result
    and this one would differ (a granted review, a correction after it), gives the parameters of the `close_period`
    that makes it the next revision; else nothing.
    """
    street = StreetKey.parse(key)
    shape = shape_of(street.scheme, Period.parse(street.period))
    moment = now()
    preview = in_transaction(
        lambda connection: shape.preview(connection, street.street_code, moment, run_id), is_kept=False
    )
    with transaction() as connection:
        log_run(
            connection,
            run_id=run_id,
            stage="preview",
            period=street.period,
            street_code=street.street_code,
            outcome="to_close_again" if preview.is_to_be_repeated else "done",
            detail={"scheme": street.scheme, **preview.counts},
        )
    again = {"scheme": street.scheme, "period": str(shape.system.period), "streets": [street.street_code]}
    return [again] if preview.is_to_be_repeated else []


def close_streets(system: str, period_text: str, streets: list[str], run_id: str) -> list[str]:
    """Evaluate the streets officially; the ids of results whose document is still to be decided."""
    closed = each_street(ended(system, period_text).evaluate, streets, run_id)
    look_at_tables()
    return [result_id for result_id in closed if result_id is not None]


def without_material(system: str, period_text: str, streets: list[str]) -> list[str]:
    """A sentence for each street (empty: every one) for whose newest result of the period nothing had arrived."""
    with transaction() as connection:
        return shape_of(system, Period.parse(period_text)).silent(connection, streets)
