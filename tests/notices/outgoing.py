"""A notice put into the outbox, and the one mail that was taken."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from include.db.engine import transaction
from include.outbox.outbox import notify
from include.period import now
from tests.faults.mail_server import FaultyServer
from tests.notices.people import Unit
from tests.notices.test_rendering import SAMPLES


def put(kind: str, subject: str = "s1", **options: Any) -> str:
    arguments: dict[str, Any] = {"unit": Unit(), "due_at": now(), "payload": SAMPLES[kind], "period": "2026H1"}
    with transaction() as connection:
        return notify(connection, kind, subject=subject, **(arguments | options)).id


def only(server: FaultyServer) -> EmailMessage:
    [content] = server.taken
    return cast(EmailMessage, message_from_bytes(content, policy=policy.default))
