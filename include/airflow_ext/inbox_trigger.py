"""The watcher of the inbox folder: wakes the receiving workflow when files lie there, whole and still."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

Snapshot = frozenset[tuple[str, int, int]]
_PASSING = re.compile(r"[.~].*|.*\.(part|tmp|crdownload)", re.IGNORECASE | re.DOTALL)


class InboxTrigger(BaseEventTrigger):
    """Fires when the folder's files have changed and then stayed the same for one poll.

    So a half-written file is left until it is whole, and files dropped together wake one run. An event
    may come twice or not at all (Airflow gives at-least-once, and bursts get lost): it only wakes the
    receiving run, which lists the folder itself.
    """

    def __init__(self, folder: str, poll_seconds: float = 0.5) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.folder = folder
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return name, {"folder": self.folder, "poll_seconds": self.poll_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        announced: Snapshot = frozenset()
        before: Snapshot = frozenset()
        while True:
            current = await asyncio.to_thread(snapshot, Path(self.folder))
            if current - announced and current == before:
                yield TriggerEvent({"waiting": len(current)})
                announced = current
            before = current
            await asyncio.sleep(self.poll_seconds)


def snapshot(inbox: Path) -> Snapshot:
    """Path, size and time of change of every file in the inbox and one folder below, but for those being written.

    The same files that include.intake.channels takes.
    """
    found = set()
    for path in [*inbox.glob("*"), *inbox.glob("*/*")]:
        if any(_PASSING.fullmatch(part) for part in path.relative_to(inbox).parts):
            continue
        try:
            status = path.lstat()
        except FileNotFoundError:  # taken away meanwhile
            continue
        if stat.S_ISREG(status.st_mode):
            found.add((str(path), status.st_size, status.st_mtime_ns))
    return frozenset(found)
