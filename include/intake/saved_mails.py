"""Mails that lie in the inbox as files: the forms in them are hand-ins of the inbox, as those of a forwarded mail are of its sender.

A reply that speaks in words, a mail without a form, and a mail of ours bring nothing themselves: the mail is the arrival then,
and is read or refused like any other file.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from include.db import sql
from include.db.engine import transaction
from include.intake.received_mail import ReceivedMail
from include.items.replies import MAIL_SUFFIX, asked_by, is_paper, keep_evidence, speaks_for_itself
from include.period import now
from include.post.mail_parts import Attachment, is_ours

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SavedMail:
    """What a mail brings: `files` by their names as received, the `evidence` beside its sheets, which is archived, and what in
    its words may be a code of ours."""

    files: list[tuple[str, Attachment]]
    evidence: list[sql.Row]
    codes: list[str]


def is_saved_mail(name: str) -> bool:
    return name.lower().endswith(MAIL_SUFFIX)


def brought_by(content: bytes) -> SavedMail | None:
    """None where the mail itself is the arrival. Who it says it is from does not count: whoever fills the inbox hands it in."""
    mail = ReceivedMail(content, now())
    try:
        files, codes = mail.hand_ins, mail.codes
        if is_ours(mail.message) or mail.is_cut_off or not any(one.is_sheet for _, one in files):
            return None
        with transaction() as connection:
            asked = asked_by(connection, mail.message)
        if asked is not None and speaks_for_itself(mail.message, asked):
            return None
    except Exception:  # a mail that breaks a library must not hold up the files beside it
        _log.exception("cannot look into a mail in the inbox")
        return None
    is_reply = asked is not None  # beside whose sheets everything is evidence
    evidence = keep_evidence(mail.message, is_papers_only=not is_reply)
    return SavedMail(
        [(name, one) for name, one in files if one.is_sheet or not (is_reply or is_paper(one))], evidence, codes
    )
