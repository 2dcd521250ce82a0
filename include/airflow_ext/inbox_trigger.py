"""The watcher of the inbox: wakes the receiving workflow when files lie there, whole and still."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from include.in_force import is_due, kept_edition
from include.intake.inbox import Look, open_inbox

Snapshot = frozenset[tuple[str, Look]]
_CHANGED = Look(0, 0, "files that ops edit")
_log = logging.getLogger(__name__)


class InboxTrigger(BaseEventTrigger):
    """Fires when the inbox's files have changed and then stayed the same for one poll.

    So a half-written file is left until it is whole, and files dropped together wake one run. An event
    may come twice or not at all (Airflow gives at-least-once, and bursts get lost): it only wakes the
    receiving run, which lists the inbox itself. A change to the files that ops edit wakes it, too: any task takes
    it up. `inbox` is what DUBAN_INBOX may be. An inbox that cannot be looked at is told in the log, once for each reason,
    and tried again: a watcher that ended would not come back.
    """

    def __init__(self, inbox: str, poll_seconds: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.inbox = inbox
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return name, {"inbox": self.inbox, "poll_seconds": self.poll_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        announced: Snapshot = frozenset()
        before: Snapshot = frozenset()
        told = ""
        while True:
            try:
                current = await asyncio.to_thread(self._snapshot)
            except Exception as error:  # whatever a store may raise
                if str(error) != told:
                    _log.warning("cannot look into the inbox: %s", error)
                told, current = str(error), announced
            else:
                told = ""
            if current - announced and current == before:
                yield TriggerEvent({"waiting": len(current)})
                announced = current
            before = current
            await asyncio.sleep(self.poll_seconds)

    def _snapshot(self) -> Snapshot:
        from include.airflow_ext.object_store import open_store

        lying = open_inbox(self.inbox, open_store).look().items()
        changed = kept_edition() is not None and is_due()
        return frozenset([*lying, *([(changed, _CHANGED)] if changed else [])])
