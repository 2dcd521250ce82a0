"""What shows that a mail is ours: its Message-ID and its return path carry a code that only this installation can make.

The id of a mail can be computed by whoever knows unit, period and address; the code cannot. So what names a mail of ours
in its Message-ID, or comes to its return path, comes from somebody whom that mail reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection

from include.db import sql
from include.identity import LENGTH, code, is_code

_PURPOSE = "mail"
_MARKED = re.compile(rf"(?<![0-9a-f])([0-9a-f]{{64}})\.([0-9a-z]{{{LENGTH}}})@", re.IGNORECASE)
_UNMARKED = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})@")
_SHORT = 16  # of the id's 64 characters: a mailbox name holds 64 in all (RFC 5321)
_BOX = re.compile(rf"(?<![0-9a-z])([0-9a-f]{{{_SHORT}}})-([0-9a-z]{{{LENGTH}}})(?![0-9a-z])", re.IGNORECASE)
BOX_LENGTH = _SHORT + 1 + LENGTH


def message_id(mail_id: str, domain: str) -> str:
    return f"<{mail_id}.{code(_PURPOSE, mail_id).lower()}@{domain}>"


def box_of(mail_id: str) -> str:
    """What stands for a mail in its return path: the beginning of its id, and its code."""
    return f"{mail_id[:_SHORT]}-{code(_PURPOSE, mail_id).lower()}"


def mails_named(texts: Iterable[str]) -> list[str]:
    """The ids of the mails of ours that Message-IDs in the texts name, in order; made-up ones are left out."""
    found = (match for text in texts for match in _MARKED.finditer(text))
    return list(dict.fromkeys(match[1].lower() for match in found if is_code(match[2], _PURPOSE, match[1].lower())))


def mails_named_without_code(texts: Iterable[str]) -> list[str]:
    """The same of the Message-IDs that carry no code, as mails had before there was one: anybody can have computed them."""
    return list(dict.fromkeys(found for text in texts for found in _UNMARKED.findall(text)))


def mails_returned_to(connection: Connection, addresses: Iterable[str]) -> list[str]:
    """The ids of the mails of ours whose return path is among the addresses."""
    found = []
    for box, given in dict.fromkeys(match for text in addresses for match in _BOX.findall(text.lower())):
        rows = sql.fetch(connection, "outbox/select_mails_beginning", first=box.ljust(64, "0"), last=box.ljust(64, "f"))
        found += [str(row["id"]) for row in rows if is_code(given, _PURPOSE, str(row["id"]))]
    return found
