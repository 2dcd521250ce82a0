"""Whether a mail is from whom its From line names: what the office's own mail server found out (RFC 8601).

Only the server that the setting names is believed, and only by the topmost line of that kind: whatever a sender writes
into a mail stands below what the server puts on top. The lines are taken apart here and not by a library: authres 1.2.0
(of 2019) gives up the whole line at a raw character or an empty result, which a sender can bring about by the address of
the envelope, and loses `header.d` in quotes. docs/adr/0027 says how the results are weighed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Literal

Trust = Literal["pass", "none", "fail", "own"]
VOUCHED: Trust = "pass"  # the own mail server vouches for the sender
UNPROVED: Trust = "none"  # nothing was said, or nothing that decides
FORGED: Trust = "fail"  # the mail is not from whom it says
OWN: Trust = "own"  # no mail: the inbox or the page, whose doors are guarded otherwise

_HEADER = "Authentication-Results"
_UNDERSTOOD = ("", "1")  # versions of the line
_NAMED_SERVER = re.compile(r'"?([^\s"]+)"?(?:\s+(\d+))?')
_VALUE = r'((?:"(?:\\.|[^"\\])*"|[^\s"])*)'
_METHOD = re.compile(rf"([\w-]+)(?:\s*/\s*\d+)?\s*=\s*{_VALUE}", re.DOTALL)
_PROPERTY = re.compile(rf"([\w-]+)\s*\.\s*([\w-]+)\s*=\s*{_VALUE}", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@<>(),:;\"\\\[\]]+@[^\s@<>(),:;\"\\\[\]]+")
_ANGLE = re.compile(r"([^<>]*)<\s*([^<>]*?)\s*>")
_AUTHORS = re.compile(r"[,;:]|@")


@dataclass(frozen=True)
class Verdict:
    """One method's result, in small letters; `about` holds properties as "smtp.mailfrom"."""

    method: str
    result: str
    about: dict[str, str] = field(default_factory=dict)


class _UnreadableError(ValueError):
    """A comment or a quotation that does not end."""


def author_of(message: Message) -> str:
    """The one address that a mail is from, in small letters; empty where it names none, several, or one that is malformed.

    Stricter than the standard library, which takes `<a@x>@y` for a@x and the first of several authors for the only one.
    """
    lines = message.get_all("From", [])
    if len(lines) != 1:
        return ""
    try:
        plain = _without_comments(str(lines[0]), quoted="").strip()
    except _UnreadableError:
        return ""
    angle = _ANGLE.fullmatch(plain)
    name, address = (angle[1].strip(), angle[2]) if angle else ("", plain)
    if not _ADDRESS.fullmatch(address):
        return ""
    if _AUTHORS.search(name) and name.lower() != address.lower():  # some programs repeat the address for a name
        return ""
    return address.lower()


def trust_in(message: Message, author: str, authserv_id: str) -> Trust:
    """What the own server, known by its `authserv_id`, says of a mail by `author` (as `author_of` gives it).

    DMARC decides where it says pass or fail. Else a signature or an envelope that passed and belongs to the author's
    domain, or a login with the author's address, is a pass; else a failed signature or envelope is a fail.
    """
    if not author:
        return FORGED
    try:
        verdicts = _verdicts(message, authserv_id)
    except _UnreadableError:  # who can spoil the server's own line must gain nothing by it
        return FORGED
    domain = author.rpartition("@")[2]
    for one in verdicts:
        if one.method == "dmarc" and one.result in ("pass", "fail"):
            return VOUCHED if _passed_for(one, domain) else FORGED
    if any(_vouches(one, author, domain) for one in verdicts):
        return VOUCHED
    return FORGED if any(one.method in ("dkim", "spf") and one.result == "fail" for one in verdicts) else UNPROVED


def has_dmarc_pass(message: Message, author: str, authserv_id: str) -> bool:
    """Whether the own server says of a mail by `author` that DMARC passed for the author's domain: the one proof that an act of
    weight is taken on."""
    try:
        verdicts = _verdicts(message, authserv_id) if author else []
    except _UnreadableError:
        return False
    domain, found = author.rpartition("@")[2], [one for one in verdicts if one.method == "dmarc"]
    return bool(found) and all(_passed_for(one, domain) for one in found)


def _passed_for(dmarc: Verdict, domain: str) -> bool:
    """Whether a verdict of DMARC is a pass for that domain, and not for another that the mail also names."""
    return dmarc.result == "pass" and _domain(dmarc.about.get("header.from", domain)) == domain


def _vouches(one: Verdict, author: str, domain: str) -> bool:
    if one.result != "pass":
        return False
    if one.method == "dkim":
        return _covers(one.about.get("header.d") or one.about.get("header.i", ""), domain)
    if one.method == "spf":
        return _covers(one.about.get("smtp.mailfrom") or one.about.get("smtp.mail", ""), domain)
    return one.method == "auth" and one.about.get("smtp.auth", "").lower() == author


def _covers(named: str, domain: str) -> bool:
    """Whether the domain is the named one or lies below it: whoever rules the upper one rules the lower."""
    upper = _domain(named)
    return "." in upper and (domain == upper or domain.endswith(f".{upper}"))


def _domain(named: str) -> str:
    return named.rpartition("@")[2].strip().rstrip(".").lower()


def _verdicts(message: Message, authserv_id: str) -> list[Verdict]:
    """The results in the topmost line, where the own server wrote it; none where another did, or nobody."""
    line = message.get(_HEADER)
    if not authserv_id or line is None:
        return []
    who, *results = _pieces(str(line))
    server = _NAMED_SERVER.fullmatch(who.strip())
    if server is None or server[1].lower() != authserv_id.lower() or (server[2] or "") not in _UNDERSTOOD:
        return []
    return list(_read(results))


def _read(results: list[str]) -> Iterator[Verdict]:
    for text in results:
        method = _METHOD.match(text.strip())
        if method is None:  # "none", or nothing between two semicolons
            continue
        about = {
            f"{kind}.{name}".lower(): _unquoted(value)
            for kind, name, value in _PROPERTY.findall(text.strip()[method.end() :])
        }
        yield Verdict(method[1].lower(), _unquoted(method[2]).lower(), about)


def _pieces(line: str) -> list[str]:
    """The line at its semicolons, without comments; what is quoted stays whole."""
    plain = _without_comments(line)
    return re.findall(r'(?:^|(?<=;))((?:"(?:\\.|[^"\\])*"|[^;"])*)', plain, re.DOTALL)


def _without_comments(line: str, quoted: str | None = None) -> str:
    """A line without its comments, which may lie in one another; each quotation as it stands, or as `quoted`."""
    kept, depth, place = [], 0, 0
    while place < len(line):
        sign = line[place]
        if sign == "\\" and depth:
            place += 1
        elif sign == '"' and not depth:
            found = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL).match(line, place)
            if found is None:
                raise _UnreadableError
            kept.append(found[0] if quoted is None else quoted)
            place = found.end() - 1
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            kept.append(" ")
        elif not depth:
            kept.append(" " if sign in "\r\n\t" else sign)
        place += 1
    if depth:
        raise _UnreadableError
    return "".join(kept)


def _unquoted(value: str) -> str:
    return re.sub(r'"((?:\\.|[^"\\])*)"', lambda found: re.sub(r"\\(.)", r"\1", found[1]), value)
