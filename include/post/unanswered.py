"""Which mails get no answer, so that no two programs write to each other for ever and no flood drowns what is due.

Automatic mails are counted and nothing else. Refusals have a limit a sender and day, answers to strangers one a day; ops
learns of what was not answered, or not taken in, by one mail a day.
"""

from __future__ import annotations

import datetime as dt
import re
from email.message import Message
from pathlib import Path

from sqlalchemy import Connection

from include.data_files import Part, kept, own_file, read_yaml
from include.db import sql
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import MailUnanswered
from include.period import at_latest_now, end_of, in_zone, start_of, today
from include.post.mail_text import header_words
from include.registry.offices import Office

_SHIPPED = Path(__file__).with_name("unanswered.yaml")


class _Rules(Part):
    """unanswered.yaml, which says what each is."""

    automatic_headers: dict[str, str]
    automatic_subjects: str
    automatic_senders: str
    refusals_a_day: int
    strangers_a_day: int
    told_at_hour: int
    reasons: dict[str, str]
    no_sender: str
    no_files: str


@kept
def unanswered_rules() -> _Rules:
    return _Rules.model_validate(read_yaml(own_file(_SHIPPED)))


def is_automatic(message: Message, sender: str) -> bool:
    """Whether a program wrote the mail: a bounce, a list, somebody's note of absence (RFC 3834, and those that say so otherwise)."""
    rules = unanswered_rules()
    return (
        any(
            re.fullmatch(pattern, str(value).strip(), re.IGNORECASE | re.DOTALL)
            for name, pattern in rules.automatic_headers.items()
            for value in message.get_all(name, [])
        )
        or re.match(rules.automatic_subjects, header_words(message.get("Subject", "")).strip(), re.IGNORECASE)
        is not None
        or re.fullmatch(rules.automatic_senders, sender, re.IGNORECASE) is not None
    )


def may_be_refused(connection: Connection, sender: str, at: dt.datetime) -> bool:
    """Whether the sender of a mail has had fewer refusals than the day's limit."""
    told = sql.fetch_one(connection, "post/count_refusals", recipient=sender, **_day_of(at))
    return told is not None and told["how_many"] < unanswered_rules().refusals_a_day


def may_be_answered(connection: Connection, at: dt.datetime) -> bool:
    """Whether fewer strangers were answered on the day than the limit."""
    told = sql.fetch_one(connection, "post/count_strangers_answered", **_day_of(at))
    return told is not None and told["how_many"] < unanswered_rules().strangers_a_day


def list_for_ops(
    connection: Connection, reason: str, *, sender: str, about: str, names: list[str], sha256: str, office: Office,
    at: dt.datetime,
) -> None:  # fmt: skip
    """Put a mail that was not taken in, or not answered, into the mail that ops gets on the next morning: one line a
    sender, reason and day. `about` is its subject, or the name of the file; `names` are its files."""
    rules, day = unanswered_rules(), in_zone(at_latest_now(at)).date()
    notify(
        connection,
        Notice(
            "mail_unanswered",
            subject=f"{reason}/{sender}",
            stage=str(day),
            office=office,
            due_at=start_of(max(day, today()) + dt.timedelta(days=1)) + dt.timedelta(hours=rules.told_at_hour),
            words=MailUnanswered(
                {
                    "reason": rules.reasons[reason].format(limit=rules.refusals_a_day),
                    "sender": sender or rules.no_sender,
                    "subject": about,
                    "names": "、".join(names) or rules.no_files,
                    "sha256": sha256,
                    "received_at": in_zone(at).isoformat(),
                }
            ),
        ),
    )


def _day_of(at: dt.datetime) -> dict[str, dt.datetime]:
    """As notices count it: what comes from a clock that is ahead falls due now."""
    day = in_zone(at_latest_now(at)).date()
    return {"from_at": start_of(day), "to_at": end_of(day)}
