"""Which row of 事项办理 answers which step of an item."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from include.db import sql
from include.schemes.item_kinds import ItemKind, Step


def fits(report: sql.Row, run: sql.Row, step: Step, item: sql.Row) -> bool:
    """Whether a report answers the step that is on, by who holds it; nothing is done before the step before was."""
    if (
        report["step"] != run["step"]
        or report["filler_code"] != run["holder"]
        or report["outcome"] not in step.outcomes
    ):
        return False
    return bool(report["done_date"] >= run["began_date"] or run["sequence"] == 1)


def is_too_late(report: sql.Row, run: sql.Row, step: Step) -> bool:
    """Whether it was done after the last day of a step that then passes on by itself."""
    return bool(step.unanswered) and report["done_date"] > run["due_date"] and run["waits_since_date"] is None


def follows(kind: ItemKind, step: Step, name: str) -> bool:
    """Whether a step can come right after what this one is presumed to come to."""
    return step.outcomes[step.presumed].to == name


def has_to_do_with(report: sql.Row, item: sql.Row, runs: Sequence[sql.Row], would_hold: Callable[[], str]) -> bool:
    """Whether who reports is the item's unit, held a step of it, or would hold the one reported (`would_hold`): two units may
    number theirs alike."""
    filler = report["filler_code"]
    return filler == item["unit_code"] or any(one["holder"] == filler for one in runs) or filler == would_hold()
