"""What is attached to a received mail: every part that is not its text, whatever it is called or declared as.

A mail inside the mail gives its attachments too, as a clerk who forwards a form means it; but for our own mails, whose
attachments are ours. A nameless part is called by its place and what it holds.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath

from include.data_files import Part, read_yaml
from include.outbox.own_mails import mails_named, mails_named_without_code
from include.post.mail_text import file_name, header_words, is_text, own_parts, parse_mail, uuencoded
from include.workbooks.limits import is_lock_file

_OLE = b"\xd0\xcf\x11\xe0"
_DEEPEST = 3  # mails inside mails


class _Rules(Part):
    """mail_parts.yaml, which says what each is."""

    sheets: list[str]
    signs: dict[str, str]
    pictures: list[str]
    smallest_inline_picture_bytes: int
    added: str
    sealed: str
    mails: list[str]


@functools.cache
def rules() -> _Rules:
    return _Rules.model_validate(read_yaml(Path(__file__).parent / "mail_parts.yaml"))


@dataclass(frozen=True)
class Attachment:
    """`name` as received, empty where it has none; `ending` (".xlsx") by the name, or by the content where there is none."""

    name: str
    content_type: str
    content: bytes
    is_inline: bool = False

    @property
    def ending(self) -> str:
        return PurePosixPath(self.name).suffix.lower() if self.name else _ending_of(self.content)

    @property
    def is_sheet(self) -> bool:
        """A sheet by its name or by its content, whatever it is declared as."""
        return self.ending in rules().sheets or _ending_of(self.content) in rules().sheets

    @property
    def is_picture(self) -> bool:
        """A picture, sound or film."""
        is_declared = self.content_type.partition("/")[0] in ("image", "audio", "video")
        return not self.is_sheet and (is_declared or self.ending in rules().pictures)

    @property
    def is_logo(self) -> bool:
        """A small picture inside the text, as signatures have them."""
        return self.is_inline and self.is_picture and len(self.content) < rules().smallest_inline_picture_bytes

    def named(self, number: int, word: str) -> str:
        """The name as received, else the word with the number and the ending."""
        return self.name or f"{word}{number}{self.ending}"


def attachments_of(message: Message) -> list[Attachment]:
    """In the order of the mail; without what programs add to it."""
    return [one for one in _found(message, _DEEPEST) if not is_lock_file(PurePosixPath(one.name).name)]


def is_sealed(message: Message) -> bool:
    """Whether the mail is one part that only a key opens."""
    return any(_is(rules().sealed, part.get_content_type()) for part in message.walk())


def is_ours(message: Message) -> bool:
    """Whether it is a mail that we sent, of now or of before there were codes; what is attached to it is ours."""
    named = [header_words(message.get("Message-ID", ""))]
    return bool(mails_named(named) or mails_named_without_code(named))


def _found(message: Message, depth: int) -> Iterator[Attachment]:
    for part in own_parts(message):
        kind = part.get_content_type()
        if _is(rules().added, kind) or _is(rules().sealed, kind):
            continue
        if is_text(part):
            yield from (Attachment(name, "application/octet-stream", held) for name, held in uuencoded(part))
            continue
        inside = _mail_inside(part)
        if inside is not None:
            if depth and not is_ours(inside):  # which brings nothing
                yield from _found(inside, depth - 1)
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            is_inline = part.get_content_disposition() != "attachment" and part.get_content_maintype() == "image"
            yield Attachment(file_name(part), kind, content, is_inline)


def _mail_inside(part: Message) -> Message | None:
    """The mail that a part holds, as such or as a file; None where it holds none."""
    if part.get_content_maintype() == "message":
        inner = part.get_payload(0) if part.is_multipart() else None
        if not isinstance(inner, Message):
            return None
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
            return inner
        try:  # against the standard, but some servers encode a forwarded mail
            return parse_mail(base64.b64decode(str(inner.get_payload())))
        except (binascii.Error, ValueError):
            return inner
    if PurePosixPath(file_name(part)).suffix.lower() in rules().mails:
        content = part.get_payload(decode=True)
        return parse_mail(content) if isinstance(content, bytes) else None
    return None


def _ending_of(content: bytes) -> str:
    """By what it holds; empty where that says nothing."""
    if content.startswith(b"PK"):
        if b"application/vnd.oasis.opendocument.spreadsheet" in content[:200]:
            return ".ods"
        is_sheet = b"xl/workbook" in content and b"word/document" not in content and b"ppt/presentation" not in content
        return ".xlsx" if is_sheet else ".docx" if b"word/document" in content else ".zip"
    if content.startswith(_OLE):
        return ".xls" if any(f"{name}\x00".encode("utf-16-le") in content for name in ("Workbook", "Book")) else ""
    return next((ending for sign, ending in rules().signs.items() if content.startswith(bytes.fromhex(sign))), "")


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None
