"""Passwords of the logins that Airflow keeps itself: a file of one line of JSON, each password as scrypt makes it unreadable."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from include.private_files import private_draft

_COST, _BLOCK, _WAYS = 2**14, 8, 1  # 16 MB and some 50 ms a try
_SALT_BYTES = 16
_KIND = "scrypt"
SHORTEST = 10


def first_password() -> str:
    """A random one, to be told once."""
    return secrets.token_urlsafe(9)


def hashed(password: str) -> str:
    """As it is kept: scrypt$salt$hash."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return "$".join((_KIND, base64.b64encode(salt).decode(), base64.b64encode(_hash(password, salt)).decode()))


def is_right(password: str, kept: str) -> bool:
    """Whether a password is the one that is kept so; nothing that is not kept so is right."""
    parts = kept.split("$")
    if len(parts) != 3 or parts[0] != _KIND:
        return False
    return hmac.compare_digest(_hash(password, base64.b64decode(parts[1])), base64.b64decode(parts[2]))


def read_passwords(path: Path) -> dict[str, str]:
    """Each login's as it is kept; none where there is no file yet."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def write_passwords(path: Path, changed: Mapping[str, str]) -> None:
    """Passwords in the place of those that the logins had, kept unreadable; the file is whole at every moment and its owner's alone."""
    known = read_passwords(path) | {account: hashed(password) for account, password in changed.items()}
    with private_draft(path, f"{json.dumps(known)}\n".encode()) as draft:
        draft.replace(path)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_WAYS)
