"""The keys under which contents and personal columns are encrypted: one for what comes in, one a ledger, subject and year.

The first is made of the installation's secret and stays. The others are random; each lies in the folder of keys, encrypted by
the secret, and is destroyed when the time of what it closes is up: whatever copy there is of that can be read by nobody then.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from include.errors import UserError
from include.identity import keep_key, secret
from include.machine_faults import as_fault
from include.private_files import private_folder
from include.settings import get_settings

INTAKE = ""
"""The name of the key of whatever comes in and goes out, which closes nothing that has a time."""
NONCE = 12
_ENDING, _GONE = ".key", ".destroyed"


class ErasedError(UserError):
    """What is asked for was closed by a key whose time is up: it is gone, as it should be."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{LedgerKey.parse(name).said}的个人信息保存期满，已经销毁，不能再读出。")


@dataclass(frozen=True, order=True)
class LedgerKey:
    """Whose key: `ledger` as `<system>.<form>`, `subject` the code of who filled it in, `year` of the sheet's period."""

    ledger: str
    subject: str
    year: int

    def __str__(self) -> str:
        return f"{self.ledger}/{quote(self.subject, safe='')}/{self.year}"

    @classmethod
    def parse(cls, name: str) -> LedgerKey:
        """Raises ValueError for what is no such name."""
        if (found := re.fullmatch(r"(\w[\w.]*)/([^/.][^/]*)/(\d{4})", name, re.ASCII)) is None:
            raise ValueError(f"not a name of a key: {name!r}")
        return cls(found[1], unquote(found[2]), int(found[3]))

    @property
    def said(self) -> str:
        """As people are told of it."""
        return f"{self.subject} {self.year} 年台账 {self.ledger} "

    @property
    def is_destroyed(self) -> bool:
        return _path(str(self)).with_suffix(_GONE).exists()


def key_for(ledger: str, subject: str, year: int, received: dt.date) -> str:
    """The name of the key for a sheet of that year: that of the year of receipt, where the year's own is destroyed."""
    own = LedgerKey(ledger, subject, year)
    return str(LedgerKey(ledger, subject, received.year) if own.is_destroyed else own)


def cipher(name: str, *, may_make: bool = False) -> AESGCM:
    """What encrypts and opens under a key; a new key where there is none and one may be made.

    Raises ErasedError for a destroyed one, UserError where it is lost, or closed by another secret.
    """
    return AESGCM(raw_key(name, may_make=may_make))


def raw_key(name: str, *, may_make: bool = False) -> bytes:
    """The 32 bytes of a key. Raises as `cipher`."""
    if name == INTAKE:
        return _own(secret(), "archive")
    path = _path(name)
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        if path.with_suffix(_GONE).exists():
            raise ErasedError(name) from None
        if not may_make:
            raise UserError(f"没有密钥文件 {path}，用它加密的材料打不开：请从备份恢复。") from None
        _make(path)
        changed = path.stat().st_mtime_ns
    return _opened(path, changed, secret())


def known_keys() -> Iterator[LedgerKey]:
    """Every key that is not destroyed, in order."""
    folder = keys_folder()
    for path in sorted(folder.glob(f"*/*/*{_ENDING}")):
        yield LedgerKey.parse(path.relative_to(folder).with_suffix("").as_posix())


def destroy(key: LedgerKey) -> bool:
    """Overwrite and remove a key, so that nothing under it can ever be read; false where it is gone already."""
    path = _path(str(key))
    try:
        private_folder(path.parent)
        path.with_suffix(_GONE).touch(mode=0o600)
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            file.write(secrets.token_bytes(size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise as_fault(error, keys_folder()) or error from error
    return True


def _own(of: bytes, purpose: str) -> bytes:
    return hmac.digest(of, f"duban/{purpose}".encode(), hashlib.sha256)


def keys_folder() -> Path:
    """Where the keys of ledgers lie, one file a key."""
    settings = get_settings()
    return settings.keys or settings.archive / ".keys"


def _path(name: str) -> Path:
    return keys_folder() / f"{name}{_ENDING}"


@functools.lru_cache(maxsize=4096)
def _opened(path: Path, _changed_ns: int, by: bytes) -> bytes:
    kept = path.read_bytes()
    try:
        return AESGCM(_own(by, "keys")).decrypt(kept[:NONCE], kept[NONCE:], path.stem.encode())
    except InvalidTag:
        raise UserError(f"密钥文件 {path} 打不开：本系统的密钥（DUBAN_SECRET）换过，或文件已损坏，请恢复。") from None


def _make(path: Path) -> None:
    nonce = secrets.token_bytes(NONCE)
    closed = nonce + AESGCM(_own(secret(), "keys")).encrypt(nonce, secrets.token_bytes(32), path.stem.encode())
    try:
        keep_key(path, closed)
    except OSError as error:
        raise as_fault(error, keys_folder()) or error from error
