"""Faults of the machine, said in Chinese: a disk that is full or read-only, a database that is locked or away, no network.

They may pass: whoever meets one can be tried again, which an input that is wrong cannot.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import re
import shutil
import socket
import ssl
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from include.data_files import read_yaml
from include.db.engine import BUSY_TIMEOUT_MS, database_url
from include.errors import UserError
from include.period import real_now
from include.settings import get_settings

_KINDS = {
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EFBIG: "full", errno.EROFS: "read_only", errno.EACCES: "read_only",
    errno.EPERM: "read_only", errno.EMFILE: "too_many_open", errno.ENFILE: "too_many_open", errno.EIO: "broken",
}  # fmt: skip
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
# What the drivers say, in small letters: SQLite's words, then those of PostgreSQL.
_OF_DATABASE = {
    "database is locked": "locked", "database table is locked": "locked", "lock timeout": "locked",
    "database or disk is full": "full", "no space left": "full", "readonly database": "read_only",
    "unable to open database file": "read_only", "disk i/o error": "broken", "database disk image is malformed": "broken",
}  # fmt: skip
_REASONS = {
    "connection refused": "refused",
    "could not translate host name": "unknown_host",
    "timeout": "timeout",
    "timed out": "timeout",
    "authentication failed": "rejected",
    "does not exist": "rejected",
    "no route": "unreachable",
    "unreachable": "unreachable",
}


class MachineError(UserError):
    """Nobody's input is wrong: the machine is at fault, and what failed may be tried again."""


def told_once(fault: MachineError) -> str:
    """What an alert of the fault is known by, the same for some hours: a disk that is full stops every run, and is told once."""
    words = re.sub(r"\d+(\.\d+)?", "", str(fault))  # what is free changes from try to try
    window = int(real_now().timestamp()) // (3600 * int(_texts()["hours_told_once"]))
    return f"fault/{hashlib.sha256(words.encode()).hexdigest()[:12]}/{window}"


def as_fault(error: BaseException, where: Path | str | None = None) -> MachineError | None:
    """The sentence for an error of the machine; None for any other, a bug among them.

    `where` is the folder or address that was meant, for errors that do not name theirs.
    """
    if isinstance(error, MachineError):
        return error
    if isinstance(error, OperationalError):
        return _of_database(error)
    if isinstance(error, OSError):
        return _of_network(error, where) or _of_disk(error, where)
    return None


def _of_disk(error: OSError, where: Path | str | None) -> MachineError | None:
    kind, settings = _KINDS.get(error.errno or 0), get_settings()
    if kind is None:
        return None
    if place := where or error.filename:
        return MachineError(_say(kind, Path(str(place))))
    named = f"本系统的某个文件夹（档案夹 {settings.archive}、结果 {settings.out} 等）"
    return MachineError(_say(kind, named, free=_free(settings.archive)))


def _of_database(error: OperationalError) -> MachineError | None:
    url = database_url(get_settings().database)
    said = str(error.orig).lower()
    kind = next((kind for words, kind in _OF_DATABASE.items() if words in said), None)
    if url.get_backend_name() == "sqlite":
        place = Path(url.database or "")
        return MachineError(_say(kind, place, seconds=BUSY_TIMEOUT_MS // 1000)) if kind else None
    address = f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"
    if kind in ("locked", "full", "read_only"):
        return MachineError(_say(kind, address, seconds=BUSY_TIMEOUT_MS // 1000))
    reason = next((reason for words, reason in _REASONS.items() if words in said), "broken_off")
    return MachineError(_texts()["no_database"].format(where=address, reason=_texts()["reasons"][reason]))


def _of_network(error: OSError, where: Path | str | None) -> MachineError | None:
    reason = ""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = "certificate"
    elif isinstance(error, ConnectionRefusedError):
        reason = "refused"
    elif isinstance(error, socket.gaierror):
        reason = "unknown_host"
    elif isinstance(error, TimeoutError):
        reason = "timeout"
    elif isinstance(error, ConnectionError | ssl.SSLError):
        reason = "broken_off"
    elif error.errno in _UNREACHABLE:
        reason = "unreachable"
    if not reason:
        return None
    named = where or "所设的服务器"
    return MachineError(_texts()["no_network"].format(where=named, reason=_texts()["reasons"][reason]))


def _say(kind: str, where: Path | str, **said: Any) -> str:
    if isinstance(where, Path):
        said.setdefault("free", _free(where))
    return str(_texts()[kind]).format_map({"free": "不详", **said, "where": where})


def _free(where: Path) -> str:
    """What is free on the disk of a path, of which the end may not be there."""
    there = next((one for one in (where.absolute(), *where.absolute().parents) if one.exists()), Path("/"))
    return f"{shutil.disk_usage(there).free / 1024**2:.0f} MB"


@functools.cache
def _texts() -> dict[str, Any]:
    return dict(read_yaml(Path(__file__).with_suffix(".yaml")))
