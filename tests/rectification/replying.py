"""Two communities that were written to, and what they write back."""

from __future__ import annotations

import datetime as dt
import hashlib
from email.message import EmailMessage, Message
from typing import Any

from include.archive import contents
from include.db.engine import transaction
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.items.states import history
from include.period import in_zone
from include.post.sender_trust import UNPROVED, Trust
from tests.street import rows

ISSUED = dt.date(2026, 8, 20)
LATER = in_zone(dt.datetime.combine(dt.date(2026, 9, 5), dt.time(10)))
SECRETARY = "shuji1@example.org"


def id_of(sent: list[Message], to: str) -> str:
    return next(str(one["Message-ID"]) for one in sent if str(one["To"]).startswith(to))


def reply(message_id: str, text: str, **files: bytes) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SECRETARY, "baosong@duban.invalid", "回复：【限期整改】"
    message["Message-ID"] = f"<{hashlib.sha256((message_id + text).encode()).hexdigest()[:20]}@qq.com>"
    message["In-Reply-To"] = message["References"] = message_id
    message.set_content(text)
    for name, content in files.items():
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name.replace("__", ".")
        )
    return message


def arrive(message: Message, sender: str = SECRETARY, trust: Trust = UNPROVED) -> tuple[str, str]:
    """Hand the whole mail in, as the mailbox does, and have it answered: status and message."""
    content = bytes(message)
    with transaction() as connection:
        record_delivery(
            connection, channel="mailbox", name="邮件“回复”.eml", sender=sender, received_at=LATER,
            sha256=contents.store(content), size=len(content), sender_trust=trust,
        )  # fmt: skip
    drain()
    with transaction() as connection:
        [row] = [row for row in rows(connection, "delivery", "id") if row["sha256"] == contents.store(content)]
    return row["status"], row["message"]


def states() -> dict[tuple[str, str], str]:
    with transaction() as connection:
        return {(r["unit_code"], r["indicator"]): r["state"] for r in rows(connection, "rectification_item", "id")}


def last_event(unit_code: str, indicator: str) -> dict[str, Any]:
    with transaction() as connection:
        items = rows(connection, "rectification_item", "id")
        [item] = [r for r in items if (r["unit_code"], r["indicator"]) == (unit_code, indicator)]
        return history(connection, item["id"])[-1]
