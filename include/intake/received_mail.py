"""A mail as the mailbox gives it, with what is known of it before anything in it is read."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from dataclasses import dataclass
from email.message import Message

from include.intake.judging import answers
from include.outbox.outbox import is_address
from include.post.mail_parts import Attachment, attachments_of
from include.post.mail_text import header_words, parse_mail, words_of
from include.post.sender_trust import Trust, author_of, trust_in
from include.post.unanswered import is_automatic
from include.workbooks.codes import codes_in
from include.workbooks.limits import MAX_NAME_LENGTH, printable

MAX_ATTACHMENTS = 50


@dataclass(frozen=True)
class ReceivedMail:
    """`sender` is empty where the mail names no one author. `key` is the same however often the mail is fetched or
    delivered. `received_at` is when the server took it in."""

    content: bytes
    received_at: dt.datetime
    authserv_id: str = ""

    @functools.cached_property
    def message(self) -> Message:
        return parse_mail(self.content)

    @functools.cached_property
    def sender(self) -> str:
        author = author_of(self.message)
        return author if is_address(author) else ""

    @functools.cached_property
    def trust(self) -> Trust:
        return trust_in(self.message, self.sender, self.authserv_id)

    @functools.cached_property
    def key(self) -> str:
        named = str(self.message.get("Message-ID", "")).strip()
        return hashlib.sha256(named.encode("utf-8", "replace") or self.content).hexdigest()

    @functools.cached_property
    def is_automatic(self) -> bool:
        return is_automatic(self.message, self.sender)

    @functools.cached_property
    def codes(self) -> list[str]:
        """What in its subject and text, the quoted included, may be a code that we sent out."""
        return codes_in(header_words(self.message.get("Subject", "")), words_of(self.message))

    @functools.cached_property
    def attachments(self) -> list[Attachment]:
        return attachments_of(self.message)

    @property
    def hand_ins(self) -> list[tuple[str, Attachment]]:
        """What is handed in, by its name as received, but for what no name may hold in a database: all that is attached
        but pictures, sound and films."""
        word = answers()["mailbox"]["nameless"]
        found = [one for one in self.attachments if not one.is_picture]
        return [
            (one.named(number, word).replace("\x00", "")[: MAX_NAME_LENGTH + 1], one)
            for number, one in enumerate(found[:MAX_ATTACHMENTS], 1)
        ]

    @property
    def is_cut_off(self) -> bool:
        """Whether more is attached than is taken in."""
        return sum(not one.is_picture for one in self.attachments) > MAX_ATTACHMENTS

    @property
    def subject(self) -> str:
        words: str = answers()["mailbox"]["no_subject"]
        return printable(header_words(self.message.get("Subject", ""))).strip()[:80] or words

    @property
    def names(self) -> list[str]:
        """The names of what is attached, to be shown."""
        word = answers()["mailbox"]["nameless"]
        return [printable(one.named(number, word)) for number, one in enumerate(self.attachments, 1)]
