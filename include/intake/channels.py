"""Where hand-ins come from: every file becomes an archived content and a row of `delivery`, once.

A file of the inbox is first moved aside to .taken/<time of receipt>/<name>, so that its time of receipt survives a
crash: whoever comes next repeats the same steps with the same keys. It is removed when its row is written.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import hashlib
import logging
import os
import re
import signal
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.db.engine import transaction
from include.db.sql import execute, fetch_one
from include.errors import UserError
from include.intake import archive
from include.intake.limits import MAX_FILE_BYTES
from include.period import Period, end_of, from_timestamp, now, parse_moment
from include.schemes.loader import load_scheme, scheme_keys
from include.settings import get_settings

CHANNEL = "inbox"
QUIET_SECONDS = 1.0
_TAKEN = ".taken"
_FILES_AT_ONCE = 200  # held in memory together
_MOMENT = "%Y%m%dT%H%M%S%z"
_PASSING = re.compile(r"[.~].*|.*\.(part|tmp|crdownload)", re.IGNORECASE | re.DOTALL)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A file to be recorded. `name` is as received; `path` is where it lies now."""

    path: Path
    name: str
    received_at: dt.datetime


def take_inbox(default_period: Period | None) -> int:
    """Archive and record every whole file of the inbox; how many were new.

    Files of an inbox that is only read stay there, and are passed over when they are known by name and content.
    """
    settings = get_settings()
    if not settings.inbox.is_dir():
        raise UserError(f"收件文件夹 {settings.inbox} 不存在：请建立它，或检查 DUBAN_INBOX。")
    policy = _receipt_policy(default_period)
    found = [Arrival(path, _name(path), policy(path)) for path in _whole_files(settings.inbox)]
    found.sort(key=lambda arrival: (arrival.received_at, arrival.name))
    if settings.inbox_is_read_only:
        return _record(found, is_removed=False)
    for arrival in found:
        _move_aside(arrival, settings.inbox)
    return _record(_taken(settings.inbox), is_removed=True)


def delivery_id(channel: str, name: str, sender: str, received: dt.datetime | str, sha256: str) -> str:
    """The key of an arrival: the same file, from the same sender, at the same time, is one row."""
    moment = received if isinstance(received, str) else received.astimezone(dt.UTC).isoformat(timespec="seconds")
    parts = (channel, name, sender, moment, sha256)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def record_delivery(
    connection: Connection,
    *,
    channel: str,
    name: str,
    sender: str,
    received_at: dt.datetime,
    sha256: str,
    size: int,
    key: str = "",
) -> bool:
    """Write the row of an arrival whose content is archived; false where it is there already. For every channel.

    `key` tells arrivals apart in the place of the time of receipt, where a channel knows better (a Message-ID).
    """
    return bool(
        execute(
            connection, "intake/insert_delivery", id=delivery_id(channel, name, sender, key or received_at, sha256),
            sha256=sha256, bytes=size, file_name=name, channel=channel, sender=sender, received_at=received_at,
        )
    )  # fmt: skip


def _record(arrivals: list[Arrival], *, is_removed: bool) -> int:
    """Archive first, then all rows in one transaction, then the files go; so many files at a time."""
    pieces = [arrivals[start : start + _FILES_AT_ONCE] for start in range(0, len(arrivals), _FILES_AT_ONCE)]
    return sum(_record_piece(piece, is_removed=is_removed) for piece in pieces)


def _record_piece(arrivals: list[Arrival], *, is_removed: bool) -> int:
    archived = _archived(arrivals)
    new = 0
    with transaction() as connection:
        execute(connection, "intake/lock_answers")
        for arrival, sha256, before in archived:
            if not is_removed and fetch_one(
                connection, "intake/select_known_delivery", channel=CHANNEL, file_name=arrival.name, sha256=sha256
            ):
                continue
            new += record_delivery(
                connection, channel=CHANNEL, name=arrival.name, sender="", received_at=arrival.received_at,
                sha256=sha256, size=before.st_size,
            )  # fmt: skip
    for arrival, _, before in archived if is_removed else []:
        _remove(arrival.path, before)
    return new


def _archived(arrivals: list[Arrival]) -> list[tuple[Arrival, str, os.stat_result]]:
    """Each arrival with its content's SHA-256 and its state before it was read; those that cannot be read are left."""
    found: list[tuple[Arrival, str | None, os.stat_result]] = []
    contents: list[bytes] = []
    for arrival in arrivals:
        try:
            before = arrival.path.stat()
            with arrival.path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES) if before.st_size <= MAX_FILE_BYTES else None
        except FileNotFoundError:  # another drain was faster
            continue
        except OSError:
            _log.exception("cannot read %s; it is left for the next time", arrival.path)
            continue
        contents += [] if content is None else [content]
        found.append((arrival, archive.store_file(arrival.path) if content is None else None, before))
    names = iter(archive.store_all(contents))
    return [(arrival, sha256 or next(names), before) for arrival, sha256, before in found]


def _remove(path: Path, before: os.stat_result) -> None:
    """Away with a recorded file, unless somebody has gone on writing to it: then it is a new content, for next time."""
    try:
        if _signature(path.stat()) == _signature(before):
            path.unlink()
            path.parent.rmdir()
            path.parent.parent.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
            raise


def _whole_files(inbox: Path) -> list[Path]:
    """Regular files in the inbox and one folder below, but for those that are still being written."""
    seen = {}
    for path in sorted([*inbox.glob("*"), *inbox.glob("*/*")]):
        if any(_PASSING.fullmatch(part) for part in path.relative_to(inbox).parts):
            continue
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            seen[path] = status
    fresh = {path: status for path, status in seen.items() if time.time() - status.st_ctime < QUIET_SECONDS}
    if fresh:
        time.sleep(QUIET_SECONDS)
    return [path for path, status in seen.items() if _is_whole(path, status, is_fresh=path in fresh)]


def _is_whole(path: Path, before: os.stat_result, *, is_fresh: bool) -> bool:
    try:
        if is_fresh and _signature(path.lstat()) != _signature(before):
            return False
        return not _is_being_written(path)
    except FileNotFoundError:
        return False


def _is_being_written(path: Path) -> bool:
    """Whether a process has the file open for writing: the kernel grants a read lease only where none has.

    Where leases are not to be had (another owner's file, a network folder) the quiet second has to do.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # a lease that is broken must not end this process
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(handle)
    return False


def _signature(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _move_aside(arrival: Arrival, inbox: Path) -> None:
    folder = inbox / _TAKEN / arrival.received_at.strftime(_MOMENT)
    number = 0
    while True:  # two files of one name in one second (from two folders) keep apart
        place = folder / str(number) / arrival.path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            break
        number += 1
    try:
        arrival.path.rename(place)
    except FileNotFoundError:  # another drain was faster
        return


def _taken(inbox: Path) -> list[Arrival]:
    """Everything moved aside, by this drain or by one that was stopped, in the order of receipt."""
    found = []
    for path in (inbox / _TAKEN).glob("*/*/*"):
        received_at = dt.datetime.fromisoformat(path.parts[-3])
        found.append(Arrival(path, _name(path), received_at))
    return sorted(found, key=lambda arrival: (arrival.received_at, arrival.name, str(arrival.path)))


def _name(path: Path) -> str:
    """The name as received; bytes that are no UTF-8 are read as GB18030, as old Windows writes them."""
    raw = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _receipt_policy(default_period: Period | None) -> Callable[[Path], dt.datetime]:
    """The time of receipt of a file by DUBAN_RECEIVED. Raises UserError where the setting makes no sense."""
    setting = get_settings().received.strip() or "now"
    if setting == "mtime":
        return lambda path: from_timestamp(path.lstat().st_mtime)
    if setting == "now":
        moment = now()
    elif setting == "due":
        moment = end_of(_due_date(default_period))
    else:
        moment = parse_moment(setting, "DUBAN_RECEIVED")
    return lambda _path: moment


def _due_date(period: Period | None) -> dt.date:
    """The due date of the period being collected, by the first scheme that has such a period."""
    if period is None:
        raise UserError("DUBAN_RECEIVED=due 需要指明期间（PERIOD），才知道截止日期。")
    for key in sorted(scheme_keys(), key=lambda key: (key != "half_year", key)):
        try:
            return load_scheme(key, period.scored).dates.due_date
        except UserError:
            continue
    raise UserError(f"没有一个考评方案有{period.name}这样的期间，无法确定截止日期。")
