"""Mails that came back, as servers write them (tests/notices/bounces), made about a mail of ours."""

from __future__ import annotations

import email
from email.message import Message
from pathlib import Path

from include.outbox.own_mails import message_id

ID_LENGTH = 64
FOLDER = Path(__file__).parent / "bounces"
_CHARSETS = {"qq": "gb18030", "winmail": "gb18030"}


def bounce_bytes(name: str, mail_id: str, address: str, others: str = "") -> bytes:
    """The bounce of that name for an address; `others` is everybody to whom the mail went. A `mail_id` alone gets the code
    of this installation, as our mails carry it; one with anything behind it is taken as it is, as a forger would write it."""
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    named = message_id(mail_id, "duban.invalid").partition("@")[0][1:] if len(mail_id) == ID_LENGTH else mail_id
    said = text.replace("{mail_id}", named.strip()).replace("{address}", address).replace("{others}", others or address)
    return said.replace("\n", "\r\n").encode(_CHARSETS.get(name, "utf-8"))


def bounce(name: str, mail_id: str, address: str, others: str = "") -> Message:
    return email.message_from_bytes(bounce_bytes(name, mail_id, address, others))
