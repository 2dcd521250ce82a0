"""The words of a received mail, without the mails attached to it: plain text where there is some, else its HTML as text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from email.header import decode_header, make_header
from email.message import Message

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

_OUR_ID = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})@")
_STYLE = re.compile(r"""\sstyle\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)  # a margin may be a billion lines
MAX_TEXT_BYTES = 1_000_000  # of one part; what lies beyond is left to people
_CHINESE = {"gb2312", "gbk", "gb_2312-80", "x-gbk"}  # mails labelled so hold characters of GB18030


def own_parts(message: Message) -> Iterator[Message]:
    """The parts of a mail in order, not those of a mail inside it."""
    if message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from own_parts(part)
    else:
        yield message


def words_of(message: Message, *, is_quoting_kept: bool = True) -> str:
    """The text of the mail's own parts; empty where it has none. HTML quotations may be left out."""
    found: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in own_parts(message):
        kind = part.get_content_type()
        if kind in found and part.get_content_disposition() != "attachment":
            found[kind].append(decoded(part))
    plain = "\n".join(found["text/plain"])
    if plain.strip():
        return plain
    return "\n".join(get_text(_STYLE.sub("", html), _as_text(is_quoting_kept)) for html in found["text/html"])


def decoded(part: Message) -> str:
    """A part's text, wrong bytes replaced."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = str(part.get_content_charset() or "utf-8").lower()
    try:
        return content[:MAX_TEXT_BYTES].decode("gb18030" if charset in _CHINESE else charset, "replace")
    except LookupError:
        return content[:MAX_TEXT_BYTES].decode("utf-8", "replace")


def header_words(value: object) -> str:
    """A header's value with its encoded words read; long ids are written so by some programs."""
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, ValueError):
        return str(value)


def our_mail_ids(texts: Iterable[str]) -> list[str]:
    """The ids of mails of ours that Message-IDs in the texts name, in order (notices/composing.py makes them)."""
    return list(dict.fromkeys(found for text in texts for found in _OUR_ID.findall(text)))


@functools.cache
def _as_text(is_quoting_kept: bool) -> ParserConfig:
    css = CSS_PROFILES["strict"].copy()
    if not is_quoting_kept:
        css["blockquote"] = HtmlElement(display=Display.none)
    return ParserConfig(css=css)
