"""Mails that came back, as servers write them (tests/notices/bounces), made about a mail of ours."""

from __future__ import annotations

import email
from email.message import Message
from pathlib import Path

FOLDER = Path(__file__).parent / "bounces"
_CHARSETS = {"qq": "gb18030", "winmail": "gb18030"}


def bounce_bytes(name: str, mail_id: str, address: str, others: str = "") -> bytes:
    """The bounce of that name for an address; `others` is everybody to whom the mail went."""
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    said = text.replace("{mail_id}", mail_id).replace("{address}", address).replace("{others}", others or address)
    return said.replace("\n", "\r\n").encode(_CHARSETS.get(name, "utf-8"))


def bounce(name: str, mail_id: str, address: str, others: str = "") -> Message:
    return email.message_from_bytes(bounce_bytes(name, mail_id, address, others))
