"""Signing by reply: who may sign a draft by answering the mail that brought it, and the code that the mail carries for that.

Off unless the office switches it on (offices.yaml), and wherever no answer could be believed: on a simulated clock (demo, close,
rerun), in a backfill, and where no mailbox is read whose own server says of senders whether they are who they say.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.documents.questions import Approval
from include.errors import UserError
from include.identity import code, is_code
from include.outbox.outbox import why_silent
from include.outbox.policies import load_policies
from include.post.mailbox_server import get_mailboxes, read_mailbox
from include.registry.offices import Office
from include.registry.persons import holder_of, signer, signers_of
from include.settings import get_settings

_PURPOSE = "signature"


@dataclass(frozen=True)
class Signing:
    """What a mail that asks for a signature may be answered with: `text` is the hash of the draft that it brought, `round` how
    often the document had been answered about before, `recipient` whom the mail went to. Each answer ends its round, and with it
    every code of that round."""

    document_id: str
    text: str
    round: int
    recipient: str

    @property
    def code(self) -> str:
        return code(_PURPOSE, *self._about)

    def is_code(self, given: str) -> bool:
        return is_code(given, _PURPOSE, *self._about)

    @property
    def _about(self) -> tuple[str, ...]:
        return self.document_id, self.text, str(self.round), self.recipient.strip().lower()


def is_taken(office: Office) -> bool:
    """Whether the office takes signatures by reply, here and now."""
    return office.sign_by_reply and not get_settings().now and _is_vouched_for()


def readers(office: Office, on: dt.date) -> list[str]:
    """Who besides the office's own address is mailed a draft: the persons who may sign it by reply, each at the address that is
    his alone."""
    if not is_taken(office):
        return []
    own = office.committee_email.strip().lower()
    addresses = (one.email.strip().lower() for one in signers_of(office.street_code, on))
    return [one for one in dict.fromkeys(addresses) if one and one != own]


def signs_from(address: str, office: Office, on: dt.date, note: str = "") -> Approval | None:
    """An answer from an address as that of the person who holds it on a day; None where nobody who signs for the office does."""
    person = holder_of(address, on)
    if person is not None:
        name = signer(person.account, office.street_code, on)
        return Approval(person.account, "", note, holder=name) if name else None
    is_the_offices = address.strip().lower() == office.committee_email.strip().lower()
    if is_the_offices and office.committee_holder and signer(office.account, office.street_code, on) == "":
        return Approval(office.account, office.committee_holder, note)
    return None


def offered(connection: Connection, document: sql.Row, office: Office, recipient: str, on: dt.date) -> Signing | None:
    """What the mail about a draft to that address may be answered with; None where it may not."""
    if why_silent() or not is_taken(office) or signs_from(recipient, office, on) is None:
        return None
    given = len(answers(connection, document["id"]))
    return Signing(document["id"], document["model_hash"], given, recipient.strip().lower())


def answers(connection: Connection, document_id: str) -> list[sql.Row]:
    """All that was ever answered about a document, in order."""
    return sql.fetch(connection, "documents/select_answers", circular_id=document_id)


def looks_again_after(office: Office) -> dt.timedelta | None:
    """After how long a step that waits for a signature looks whether it has come by mail; None: never, on a simulated clock."""
    if get_settings().now:
        return None
    rhythm = load_policies().approvals
    minutes = rhythm.looks_every_minutes if office.sign_by_reply else rhythm.looks_otherwise_minutes
    return dt.timedelta(minutes=minutes)


def _is_vouched_for() -> bool:
    try:
        return any(read_mailbox(*one).authserv_id for one in get_mailboxes().items())
    except UserError:  # told by whoever fetches the mails
        return False
