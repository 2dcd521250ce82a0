"""What only this installation can have written: codes made with its one secret.

The secret is DUBAN_SECRET, else a file that is made once and only its owner can read. It outlives the databases, so that
the same hand-ins give the same bytes again; whoever moves or restores an installation takes it along.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from include.errors import UserError
from include.private_files import private_draft
from include.settings import get_settings

LENGTH = 16
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: none that is read for another
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", " ": "", "-": "", "\u3000": ""})


def code(purpose: str, *about: str) -> str:
    """16 letters and digits (80 bits) that nobody without the secret can make: HMAC-SHA256 over purpose and subject.

    `purpose` keeps codes of different kinds apart (a form's opens no verification); `about` names what it is for and
    to whom it was given.
    """
    text = "\x1f".join((purpose, *about)).encode()
    number = int.from_bytes(hmac.digest(secret(), text, hashlib.sha256)[: LENGTH * 5 // 8], "big")
    return "".join(_LETTERS[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def is_code(given: str, purpose: str, *about: str) -> bool:
    """Whether `given` is that code, as a person may have typed it: in small letters, in groups, O for 0."""
    read = given.upper().translate(_READ_AS)
    return hmac.compare_digest(read.encode(), code(purpose, *about).encode())


def secret() -> bytes:
    """The secret of this installation; made now where there is none yet."""
    return _secret(os.environ.get("DUBAN_SECRET"), os.environ.get("DUBAN_SECRET_FILE"))


@functools.lru_cache(maxsize=8)
def _secret(_given: str | None, _file: str | None) -> bytes:
    """Asked for with every mail that is made, so the settings are read only when they have changed."""
    settings = get_settings()
    given = settings.secret.get_secret_value().strip()
    return given.encode() if given else _kept(settings.secret_file)


@functools.cache
def _kept(path: Path) -> bytes:
    if not path.is_file():
        keep_key(path, f"{secrets.token_hex(32)}\n".encode())
    kept = path.read_text(encoding="utf-8").strip()
    if not kept:  # of an empty key anybody could make the codes
        raise UserError(
            f"密钥文件 {path} 是空的：请从备份恢复；没有备份的，删去这个文件再运行，以前发出的表和邮件将认不出来，档案库里的文件也打不开。"
        )
    return kept.encode()


def keep_key(path: Path, content: bytes) -> None:
    """A new file that only its owner reads: whole or not at all, and never in the place of another's; of two that make it at
    once the first one's stands."""
    with private_draft(path, content) as draft, suppress(FileExistsError):
        os.link(draft, path)
