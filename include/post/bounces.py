"""Mails that came back: what failed for whom, and what that means for our mail and for the address.

A bounce counts only where it shows that it answers a mail of ours (own_mails.py) and names an address that this mail was
written to: a stranger can make none, and whoever got a mail cannot have any other address marked. An address from which
somebody has ever written to us is not switched off by a bounce: a person looks into it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from flufl.bounce import all_failures
from sqlalchemy import Connection

from include.data_files import Part, kept, own_file, read_yaml
from include.db import sql
from include.outbox.acts import disable_bounced, is_disabled
from include.outbox.notice import Notice
from include.outbox.outbox import is_address, notify, record_notices
from include.outbox.own_mails import mails_named, mails_returned_to
from include.outbox.words import OpsAlert
from include.period import at_latest_now
from include.post.mail_text import decoded, header_words, words_of
from include.registry.senders import office_of_sender

_SHIPPED = Path(__file__).with_name("bounces.yaml")
_ID_HEADERS = ("Message-ID", "In-Reply-To", "References", "Original-Message-ID", "X-Original-Message-ID")
_BOX_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Return-Path")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REASON_LENGTH = 200
_LISTED = 10  # addresses
_FLAGS = re.IGNORECASE | re.MULTILINE
_AlertName = Literal["disabled", "in_use", "refused", "unmatched"]
_log = logging.getLogger(__name__)


class _Format(Part):
    name: str
    sign: str
    address: str
    reason: str


class _Alert(Part):
    title: str
    lines: list[str]


class _Words(Part):
    """bounces.yaml, which says what each is."""

    decided_by: str
    copy_begins: list[str]
    not_the_address: list[str]
    says_nothing: list[str]
    formats: list[_Format]
    address_is_wrong: str
    still_trying: str
    reason_for_address: str
    reason_for_mail: str
    reason_for_copy: str
    note_of_delay: str
    no_reason: str
    alerts: dict[_AlertName, _Alert]


@kept
def bounce_words() -> _Words:
    return _Words.model_validate(read_yaml(own_file(_SHIPPED)))


@dataclass(frozen=True)
class Failure:
    """One address that a mail did not reach. `status` is the code of RFC 3463, empty where none was given.

    Not `is_final`: the server goes on trying. `is_address_wrong`: nothing will ever arrive there.
    """

    address: str
    status: str
    reason: str
    is_final: bool

    @property
    def is_address_wrong(self) -> bool:
        words = bounce_words()
        if self.status and self.status not in words.says_nothing:
            return self.is_final and not self.status.startswith(tuple(words.not_the_address))
        return self.is_final and re.search(words.address_is_wrong, self.reason, _FLAGS) is not None


@dataclass(frozen=True)
class Bounce:
    """What a returned mail says: the mails of ours that it names, who did not get them, and where it was sent to."""

    mail_ids: list[str]
    failures: list[Failure]
    returned_to: list[str] = field(default_factory=list)


def read_bounce(message: Message) -> Bounce | None:
    """None for a mail that is no bounce: the standard form first, then those that a library knows, then bounces.yaml."""
    failures = list(dict.fromkeys(_standard(message)))
    if not failures:
        text = _servers_words(message)
        failures = _by_library(message, text) or _by_format(text)
    if not failures:
        return None
    boxes = [str(value) for part in message.walk() for name in _BOX_HEADERS for value in part.get_all(name, [])]
    return Bounce(referenced_mails(message), failures, boxes)


def referenced_mails(message: Message) -> list[str]:
    """The ids of our mails that a mail names by their whole Message-ID, in its headers or in those of a mail inside it."""
    texts = []
    for part in message.walk():
        texts += [header_words(value) for name in _ID_HEADERS for value in part.get_all(name, [])]
        if part.get_content_maintype() == "text":
            texts.append(decoded(part))
    return mails_named(texts)


def _standard(message: Message) -> Iterator[Failure]:
    """RFC 3464: one block a recipient in a part message/delivery-status."""
    for part in message.walk():
        blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else []
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message):
                continue
            action = str(block.get("Action", "")).strip().lower()
            if not action.startswith(("failed", "error", "delayed")):
                continue
            reason = str(block.get("Diagnostic-Code", "")).partition(";")[2]
            status = _status(str(block.get("Status", "")))
            if status in bounce_words().says_nothing:
                status = _status(reason) or status
            for header in ("Original-Recipient", "Final-Recipient"):
                address = _address(str(block.get(header, "")).rpartition(";")[2])
                if address:
                    is_final = not action.startswith("delayed")
                    yield Failure(address, status, _short(reason), is_final)


def _servers_words(message: Message) -> str:
    """What the server says, without the mail that it gives back."""
    text = words_of(message).replace("\r\n", "\n")
    begins = [found.start() for one in bounce_words().copy_begins if (found := re.search(one, text, _FLAGS))]
    return text[: min(begins)] if begins else text


def _by_library(message: Message, text: str) -> list[Failure]:
    try:
        delayed, failed = all_failures(message)
    except Exception:  # a mail that breaks the library is read by the patterns
        _log.exception("cannot look for bounces in a mail")
        return []
    found = []
    for addresses, is_final in ((failed, True), (delayed - failed, False)):
        for address in sorted(one.decode("ascii", "replace") for one in addresses):
            said = text[text.find(address) + len(address) :] if address in text else text
            reason = _short("".join(said.lstrip(" >:：,\r\n").split("\n\n", 1)[0]))
            found.append(Failure(_address(address), _status(reason), reason, is_final))
    return [failure for failure in found if failure.address]


def _by_format(text: str) -> list[Failure]:
    words = bounce_words()
    for one in words.formats:
        addresses = [_address(found) for found in re.findall(one.address, text, _FLAGS)]
        if not re.search(one.sign, text, _FLAGS) or not any(addresses):
            continue
        said = re.search(one.reason, text, _FLAGS)
        if not said:  # somebody's own words: an answer of one who is away
            continue
        reason = _short(said[1])
        is_final = re.search(words.still_trying, reason, _FLAGS) is None
        return [Failure(address, _status(reason), reason, is_final) for address in dict.fromkeys(addresses) if address]
    return []


def _status(reason: str) -> str:
    found = _STATUS.search(reason)
    return found[1] if found else ""


def _address(text: str) -> str:
    """The plain address; empty where it is none."""
    address = parseaddr(text.strip().strip("<>"))[1].strip().lower()
    return address if is_address(address) else ""


def _short(text: str) -> str:
    """A reason as one printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _REASON_LENGTH else f"{line[:_REASON_LENGTH]}…"


def take_bounce(connection: Connection, bounce: Bounce, sha256: str, sender: str, at: datetime) -> None:
    """Record a bounce that came at a moment, archived as `sha256`; the same one again changes nothing.

    Final for the one written to: the mail has failed, and its notices say why. Final for a copy, or not final: the mail
    stays as it is, with a note. An address that is wrong is switched off, which ops is told once; but one that somebody has
    ever written from is left to ops. A bounce that fits no mail of ours changes nothing; ops is told once a day, lest the mail to ops come back in the same form for ever.
    """
    mail_ids = dict.fromkeys([*bounce.mail_ids, *mails_returned_to(connection, bounce.returned_to)])
    fitting = [
        (mail, failure)
        for mail_id in mail_ids
        if (mail := sql.fetch_one(connection, "post/select_bounced", id=mail_id)) is not None
        for failure in bounce.failures
        if failure.address in [mail["recipient"].lower(), *mail["copy_to"].lower().split(",")]
    ]
    for mail, failure in fitting:
        _take_failure(connection, mail, failure, sha256, at)
    if not fitting:
        named = list(dict.fromkeys(failure.address for failure in bounce.failures))
        addresses = "、".join(named[:_LISTED]) + (f"等{len(named)}个" if len(named) > _LISTED else "")
        said = {"sender": sender, "addresses": addresses, "sha256": sha256}
        _tell_ops(connection, "unmatched", addresses, str(at.date()), said, at)


def _take_failure(connection: Connection, mail: sql.Row, failure: Failure, sha256: str, at: datetime) -> None:
    words, said = bounce_words(), {"address": failure.address, "reason": failure.reason or bounce_words().no_reason}
    said["reason"] = f"{failure.status} {said['reason']}" if failure.status not in said["reason"] else said["reason"]
    if not failure.is_final:
        sql.execute(connection, "post/note_on_mail", id=mail["id"], note=words.note_of_delay.format(**said))
        return
    was_disabled = is_disabled(connection, failure.address)
    is_in_use = failure.is_address_wrong and _has_written(connection, failure.address)
    is_wrong = failure.is_address_wrong and not is_in_use
    is_new = disable_bounced(
        connection,
        failure.address,
        words.reason_for_address.format(**said),
        by=words.decided_by,
        carrier=f"{mail['id']}/{sha256}",
        at=at,
        is_wrong=is_wrong,
    )
    if not is_new:
        return
    if failure.address == mail["recipient"].lower():
        error = words.reason_for_mail.format(**said)
        sql.execute(connection, "post/bounce_mail", id=mail["id"], error=error)
        record_notices(connection, [{"mail_id": mail["id"], "state": "failed", "reason": error}])
    else:
        sql.execute(connection, "post/note_on_mail", id=mail["id"], note=words.reason_for_copy.format(**said))
    alert: _AlertName = "in_use" if is_in_use else "disabled" if is_wrong else "refused"
    if alert != "disabled" or not was_disabled:
        said |= {"subject_line": mail["subject_line"], "sha256": sha256}
        _tell_ops(connection, alert, failure.address, str(at.date()), said, at)


def _has_written(connection: Connection, address: str) -> bool:
    """Whether a file or a reply ever came from the address: somebody had it then, whatever a bounce says now."""
    return bool(sql.fetch(connection, "post/count_answered_from", address=address)[0]["arrivals"])


def _tell_ops(
    connection: Connection, alert: _AlertName, about: str, day_key: str, said: dict[str, str], at: datetime
) -> None:
    one = bounce_words().alerts[alert]
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=f"bounce/{alert}/{about}",
            stage=day_key,
            office=office_of_sender(connection, about if "@" in about else "", at.date()),
            due_at=at_latest_now(at),
            words=OpsAlert({"title": one.title.format(**said), "lines": [line.format(**said) for line in one.lines]}),
        ),
    )
