"""A reply to the mail that brought a draft is taken as the committee's answer, recorded once, and its writer told at once."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import Connection

from include.db.engine import in_transaction, transaction
from include.documents.finding import get_circular
from include.documents.questions import question_in
from include.errors import UserError
from include.intake.received_mail import ReceivedMail
from include.keys import PlaceKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.policies import SIGNATURE_ANSWERED
from include.outbox.words import SignatureAnswered
from include.period import at_latest_now, in_zone
from include.signing.replied import Replied, read_replied, refused_as, rules
from include.steps.approvals import standing, take_signature

_BY_MAIL = "mail"


def take_reply(mail: ReceivedMail, raw: str) -> bool:
    """Take a mail, archived as `raw`, as an answer to a draft, and put the receipt, or why it does not count, into the outbox. False
    where it is none: whoever sorts mails goes on with it. The same mail again changes nothing."""
    how = f"{_BY_MAIL}/{raw}"
    with transaction() as connection:
        replied = read_replied(connection, mail)
        if replied is None or _is_known(connection, replied, how):
            return replied is not None
    if replied.approval is not None:
        found = standing(replied.document["id"], replied.signing.text)
        if found != "same":
            replied = refused_as(replied, found)

    def taken(connection: Connection) -> None:
        final = replied
        if replied.answer is not None and replied.approval is not None:
            place, text = _place(replied), replied.signing.text
            found = take_signature(
                connection, replied.document["id"], text, place, replied.answer, replied.approval, how
            )
            if found:
                final = refused_as(replied, found)
        _tell(connection, mail, final, get_circular(connection, replied.document["id"]))

    in_transaction(taken)
    return True


def _place(replied: Replied) -> str:
    """Where the question was put: in the mail."""
    return str(PlaceKey(_BY_MAIL, replied.mail_id, "reply", -1, replied.signing.round))


def _is_known(connection: Connection, replied: Replied, how: str) -> bool:
    """Whether this very mail was taken before, fetched again after a crash."""
    try:
        return bool(question_in(connection, _place(replied))["how"] == how)
    except UserError:
        return False


def _tell(connection: Connection, mail: ReceivedMail, replied: Replied, document: dict[str, Any]) -> None:
    """The writer where it is surely he; else the office's own address, once a day for what is wrong with the same mail."""
    model = json.loads(document["model"])
    is_his = replied.is_his_own
    day: dt.date = in_zone(mail.received_at).date()
    stage = mail.key if is_his else f"{replied.mail_id}/{day}/{replied.problem}"
    words: SignatureAnswered = {
        "title": model["title"],
        "kind": document["kind"],
        "sender": mail.sender or "（看不出）",
        "received_at": mail.received_at.isoformat(),
        "is_taken": replied.answer is not None,
        "what_now": replied.what_now,
    }
    if replied.answer is not None and replied.approval is not None:
        words["what_now"], words["answer"] = rules().recorded[replied.answer], rules().answers[replied.answer]
        words["name"], words["note"] = replied.approval.signed, replied.approval.note
    else:
        words["problem"] = replied.problem
    notice = Notice(
        SIGNATURE_ANSWERED,
        document["id"],
        words,
        at_latest_now(mail.received_at),
        stage=stage,
        office=replied.office,
        recipient=mail.sender if is_his else "",
        scheme=document["scheme"] or "",
        period=document["period"] or "",
    )
    notify(connection, notice)
