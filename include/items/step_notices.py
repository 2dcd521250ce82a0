"""What those who take the steps of items are told: that one has begun, is due, is overdue, is to be looked at again."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from include.db.sql import Row
from include.items.holders import Reached, reached
from include.outbox.outbox import notify
from include.period import Period, at_latest_now
from include.registry.units import find_unit
from include.schemes.item_kinds import shared_kinds
from include.schemes.loader import find_scheme


def tell_begun(
    connection: Connection,
    notice: str,
    item: Row,
    cells: Mapping[str, str],
    began: dt.date,
    due: dt.date,
    at: dt.datetime,
) -> None:
    """Who takes a step that has begun is told of it at once, by the kind of notice that the step names."""
    to = reached(connection, item["holder_scope"], item["holder"], began)
    listed = [told_step(connection, item | {"due_date": due}, began)]
    tell(
        connection,
        notice,
        to,
        listed,
        [item["id"]],
        item["scheme"],
        item["opened_period"],
        f"{item['step']}:{began}",
        at,
    )


def tell(
    connection: Connection, notice: str, to: Reached, items: Sequence[Row], ids: Sequence[str], scheme: str, period: str,
    stage: str, at: dt.datetime, **payload: Any,
) -> None:  # fmt: skip
    """One notice about steps to who takes them; the same again changes nothing."""
    named = hashlib.sha256("".join(sorted(ids)).encode()).hexdigest()[:12]
    for recipient in to.recipients:
        notify(
            connection, notice, subject=f"steps/{to.unit.code if to.unit else to.office.street_code}/{named}", stage=stage,
            unit=to.unit, office=to.office, recipient=recipient, scheme=scheme, period=period, due_at=at_latest_now(at),
            payload={"holder_name": to.name, "items": list(items), **payload},
        )  # fmt: skip


def told_step(connection: Connection, item: Row, today: dt.date) -> Row:
    """An item as a notice lists it, with the step at which it stands."""
    unit = find_unit(connection, item["unit_code"], today)
    system = find_scheme(item["scheme"], Period.parse(item["opened_period"]))
    kind = (system.kinds_of_items if system else {}).get(item["kind"]) or shared_kinds().get(item["kind"])
    step = kind.step(item["step"]) if kind else None
    return {
        "number": item["number"] or item["indicator"],
        "kind": kind.name if kind else item["kind"],
        "unit": unit.name if unit else item["unit_code"],
        "problem": item["problem"],
        "step": item["step"],
        "due": item["due_date"].isoformat(),
        "days_left": (item["due_date"] - today).days,
        "outcomes": [name for name in step.outcomes if name != step.unanswered or len(step.outcomes) == 1]
        if step
        else [],
    }
