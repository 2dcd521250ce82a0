"""What leaves: mails that are due, and what ops is to know."""

from __future__ import annotations

from include.db.engine import transaction
from include.db.run_log import log_run
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OpsAlert
from include.period import now, today
from include.post.sender import send_due
from include.registry.offices import office_of, office_on
from include.registry.units import street_codes


def send(sender: str) -> dict[str, int]:
    """Send what is due; counts of sent, failed, unknown and waiting mails."""
    result = send_due(sender)
    counts = {name: int(getattr(result, name)) for name in ("sent", "failed", "unknown", "waiting")}
    if result.sent or result.failed or result.unknown:  # it looks every few minutes, mostly for nothing
        with transaction() as connection:
            log_run(connection, run_id=sender, stage="send", period="", street_code="", outcome="done", detail=counts)
    return counts


def alert(subject: str, title: str, lines: list[str]) -> None:
    """A notice to the ops staff, through the outbox."""
    with transaction() as connection:
        codes = street_codes(connection, today())
        office = office_on(connection, codes[0], today()) if len(codes) == 1 else office_of("", "")
        notify(
            connection,
            Notice(
                "ops_alert",
                subject=subject,
                office=office,
                due_at=now(),
                words=OpsAlert({"title": title, "lines": lines}),
            ),
        )
