"""The words of a received mail: its text without the mails attached to it, its headers, the names of its files.

Chinese programs label as gb2312 what holds characters of GBK and GB18030, and write raw bytes where encoded words should
be; both are read as what they are, so that no character is lost.
"""

from __future__ import annotations

import binascii
import email
import functools
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

_STYLE = re.compile(r"""\sstyle\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)  # a margin may be a billion lines
MAX_TEXT_BYTES = 1_000_000  # of one part; what lies beyond is left to people
_CHINESE = {"gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936", "ms936"}  # labels under which mails hold GB18030
_UNICODE = {"", "utf-8", "utf8", "us-ascii", "ascii"}
_CONTINUED = re.compile(r"ATT\d+\.(?:txt|html?|c)", re.IGNORECASE)  # the text after an attachment, as Exchange calls it
_UUENCODED = re.compile(r"^begin [0-7]{3,4} ([^\n]+)\n((?:[ -`]+\n)*)end[ \t]*$", re.MULTILINE)


def parse_mail(content: bytes) -> Message:
    """A mail whose headers are text: raw bytes in them, which no standard allows, are read as UTF-8 or GB18030."""
    message = email.message_from_bytes(content)
    for part in message.walk():
        raw = [(name, value) for name, value in part.raw_items() if isinstance(value, str) and _is_raw(value)]
        if not raw:
            continue
        headers = list(part.raw_items())
        for name in {name for name, _ in headers}:
            del part[name]
        for name, value in headers:
            is_raw = isinstance(value, str) and _is_raw(value)
            part.set_raw(name, _decoded(value.encode("utf-8", "surrogateescape"), "") if is_raw else value)
    return message


def own_parts(message: Message) -> Iterator[Message]:
    """The parts of a mail in order, not those of a mail inside it, which is one."""
    if message.is_multipart() and message.get_content_maintype() != "message":
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from own_parts(part)
    else:
        yield message


def is_text(part: Message) -> bool:
    """Whether a part is words of the mail: plain or HTML, and no file by its disposition or its name."""
    if part.get_content_type() not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
        return False
    name = file_name(part)
    return not name or _CONTINUED.fullmatch(name) is not None


def words_of(message: Message, *, is_quoting_kept: bool = True) -> str:
    """The text of the mail's own parts; empty where it has none. HTML quotations may be left out."""
    found: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in own_parts(message):
        if is_text(part):
            found[part.get_content_type()].append(decoded(part))
    plain = _UUENCODED.sub("", "\n".join(found["text/plain"]).replace("\r\n", "\n"))
    if plain.strip():
        return plain
    return "\n".join(get_text(_STYLE.sub("", html), _as_text(is_quoting_kept)) for html in found["text/html"])


def uuencoded(part: Message) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files that a very old program wrote into the text itself."""
    for name, lines in _UUENCODED.findall(decoded(part, MAX_TEXT_BYTES * 60).replace("\r\n", "\n")):
        try:
            yield name.strip(), b"".join(binascii.a2b_uu(line) for line in lines.split("\n") if line.strip(" `"))
        except (binascii.Error, ValueError):
            continue


def decoded(part: Message, most: int = MAX_TEXT_BYTES) -> str:
    """A part's text, at most so many bytes of it, wrong ones replaced."""
    content = part.get_payload(decode=True)
    return _decoded(content[:most], str(part.get_content_charset() or "")) if isinstance(content, bytes) else ""


def header_words(value: object) -> str:
    """A header's value with its encoded words read; long ids are written so by some programs."""
    try:
        pieces = decode_header(str(value))
    except (MessageError, ValueError):
        return str(value)
    words = ""
    for piece, charset in pieces:
        if isinstance(piece, str):
            words += piece
        else:  # what stands between encoded words comes as Python's own notation
            words += _decoded(piece, charset) if charset else piece.decode("raw-unicode-escape", "replace")
    return words


def file_name(part: Message) -> str:
    """The name of a part as its sender gave it, in whichever of the four ways; empty where it has none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        values = [value for key, value in part.get_params([], header) if key.lower() == parameter]
        extended = next((value for value in values if isinstance(value, tuple)), None)
        if extended is not None:  # RFC 2231, which stands beside a name in ASCII for old programs
            return _decoded(extended[2].encode("raw-unicode-escape"), extended[0] or "")
        if values and str(values[0]).strip():
            return header_words(values[0])
    return ""


def _is_raw(value: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in value)


def _decoded(content: bytes, charset: str) -> str:
    """By its label, if it has a true one; else as UTF-8, or as GB18030, as old Windows writes; wrong bytes replaced."""
    label = charset.strip().lower()
    if label in _CHINESE:
        return content.decode("gb18030", "replace")
    try:
        if label not in _UNICODE:
            return content.decode(label, "replace")
    except LookupError:
        pass
    text = content.decode("utf-8", "replace")
    if "\ufffd" not in text[:-3]:  # the last character may have been cut
        return text
    chinese = content.decode("gb18030", "replace")
    return chinese if "\ufffd" not in chinese[:-3] else text


@functools.cache
def _as_text(is_quoting_kept: bool) -> ParserConfig:
    css = CSS_PROFILES["strict"].copy()
    if not is_quoting_kept:
        css["blockquote"] = HtmlElement(display=Display.none)
    return ParserConfig(css=css)
