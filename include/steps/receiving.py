"""What comes in: every file and mail that waits gets its answer."""

from __future__ import annotations

from include.db.engine import look_at_tables
from include.intake.channels import collected
from include.intake.inbox import StoreOpener
from include.intake.mailbox import collect
from include.intake.receive import drain
from include.keys import StreetKey
from include.period import Period
from include.steps import taking_up
from include.steps.replies import take_reply


def receive(run_id: str, default_period: str = "", open_store: StoreOpener | None = None) -> list[str]:
    """Fetch the mailbox where there is one, answer every file that waits; the keys scheme/period/street of what changed."""
    taking_up.take_up()
    named = default_period or collected()[1]
    try:
        collect(run_id, take_reply)
    finally:  # a mail server that is down holds up no file in the inbox
        result = drain(run_id, Period.parse(named) if named else None, open_store)
    if result.answered:
        look_at_tables()
    return sorted({str(StreetKey(*map(str, accepted))) for accepted in result.accepted})
