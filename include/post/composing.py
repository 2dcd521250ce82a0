"""A mail's bytes: the same words, attachments and sender give the same bytes.

Written out here and not by a mail library: no string can be taken for the path of a file, no part has a random boundary,
no version of a library moves a byte, and a mail takes a tenth of the time.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from email.utils import format_datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from include.outbox.own_mails import message_id
from include.period import in_zone
from include.post.rendering import MailText
from include.post.server import Server
from include.safe_text import as_file_name

_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
}
_WORD_BYTES = 42  # of UTF-8 in an encoded word, so that a line stays below the 76 characters of RFC 2047
_LINE = 76  # characters of base64 a line (RFC 2045)
_NAME = 900  # characters of a file's name as encoded: a header's line holds 998 (RFC 5322)
_CRLF = b"\r\n"
_ATOMS = re.compile(r"[\w !#$%&'*+/=?^`{|}~-]+", re.ASCII)


def mail_id(notice_ids: Iterable[str]) -> str:
    """SHA-256 over the ids of the notices that a mail carries."""
    return hashlib.sha256("\n".join(sorted(notice_ids)).encode()).hexdigest()


def compose(
    server: Server,
    key: str,
    recipient: str,
    copy_to: Sequence[str],
    letter: MailText,
    due_at: dt.datetime,
    attachments: Sequence[tuple[str, bytes]],
) -> bytes:
    """The mail as handed to the server, lines ended by CRLF. `key` is its id: Message-ID and part boundaries.

    `attachments` are (file name, content). Addresses are plain ASCII (outbox.is_address).
    """
    headers = [
        f"Date: {format_datetime(in_zone(due_at))}",
        f"From: {_phrase(server.sender_name)} <{server.sender}>",
        f"To: {recipient}",
        *([f"Cc: {', '.join(copy_to)}"] if copy_to else []),
        f"Subject: {_encoded(letter.subject)}",
        f"Message-ID: {message_id(key, server.domain)}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ]
    words = _several(
        "alternative",
        f"=_{key[:32]}_words",
        [_part('text/plain; charset="utf-8"', letter.text), _part('text/html; charset="utf-8"', letter.html)],
    )
    if attachments:
        files = [_attachment(name, content) for name, content in attachments]
        words = _several("mixed", f"=_{key[:32]}_whole", [words, *files])
    return "\r\n".join(headers).encode("ascii") + _CRLF + words


def _encoded(text: str) -> str:
    """A header's words: ASCII as they are, others as encoded words."""
    return text if text.isascii() else _encoded_words(text)


def _phrase(text: str) -> str:
    """A name before an address; one with marks that an address has of its own is encoded too (RFC 5322)."""
    return text if _ATOMS.fullmatch(text) else _encoded_words(text)


def _encoded_words(text: str) -> str:
    """Folded one a line (RFC 2047)."""
    words = (base64.b64encode(chunk).decode("ascii") for chunk in _chunks(text))
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)


def _chunks(text: str) -> Iterator[bytes]:
    """UTF-8 in pieces that end between characters."""
    chunk = b""
    for character in text:
        more = character.encode()
        if len(chunk) + len(more) > _WORD_BYTES:
            yield chunk
            chunk = b""
        chunk += more
    yield chunk


def _part(kind: str, content: str | bytes, *more: str) -> bytes:
    """One part in base64, its own headers first."""
    headers = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *more]
    body = base64.b64encode(content.encode() if isinstance(content, str) else content)
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\r\n".join(headers).encode("ascii") + _CRLF + _CRLF + _CRLF.join([*lines, b""])


def _several(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Parts under one header; `=_` never occurs in base64, so the boundary is safe."""
    line = f"--{boundary}".encode("ascii")
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode("ascii")
    return head + _CRLF + b"".join(_CRLF + line + _CRLF + part for part in parts) + _CRLF + line + b"--" + _CRLF


def _attachment(name: str, content: bytes) -> bytes:
    """A file under its Chinese name (RFC 2231), which names no folder; an endless one cut in its middle."""
    name = as_file_name(name)
    ending = PurePosixPath(name).suffix
    kind = _TYPES.get(ending.lower(), "application/octet-stream")
    while len(quote(name, safe="")) > _NAME:
        stem = name.removesuffix("…" + ending).removesuffix(ending)
        name = f"{stem[:-1]}…{ending}" if stem else name[: _NAME // 12]
    named = f"utf-8''{quote(name, safe='')}"
    disposition = f"Content-Disposition: attachment;\r\n filename*={named}"
    return _part(f"{kind};\r\n name*={named}", content, disposition)
