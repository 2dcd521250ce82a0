"""Airflow's executor of one machine, made to survive the killing of any of its worker processes.

Its tasks find loaded what they need (include/airflow_ext/preloading.py).

LocalExecutor 3.3 does not survive it: a worker killed while it waits holds the lock of the queue from which all others read, and a
task whose worker was killed before it could say that it runs cannot be taken back; both stay until the scheduler restarts.
"""

from __future__ import annotations

import ctypes
import multiprocessing
from multiprocessing import SimpleQueue
from typing import Any

from airflow.executors.local_executor import LocalExecutor

from include.airflow_ext.preloading import preload


class PatientLocalExecutor(LocalExecutor):
    """LocalExecutor that reads on from a new queue after a worker was killed, and whose stuck tasks may be queued anew.

    The latter after `[scheduler] task_queued_timeout` seconds. A worker that was only slow finds its task taken back when
    it reports, and stops: the API server lets one begin.
    """

    def start(self) -> None:
        preload()
        super().start()
        self._retired: list[Any] = []

    def revoke_task(self, *, ti: Any) -> None:
        for key in (ti.key, ti.id):  # 3.3 keeps some under the one, some under the other
            self.running.discard(key)
            self.queued_tasks.pop(key, None)

    def _check_workers(self) -> None:
        if any(worker.exitcode not in (None, 0) for worker in self.workers.values()):
            self._begin_anew()
        super()._check_workers()  # type: ignore[no-untyped-call]

    def _begin_anew(self) -> None:
        """New workers on a new queue; those that live finish what they have, then end. Tasks that nobody got are stuck."""
        living = [worker for worker in self.workers.values() if worker.is_alive()]
        for _ in living:
            self.activity_queue.put(None)
        self._retired += living
        self.activity_queue, self.workers = SimpleQueue(), {}
        self._unread_messages = multiprocessing.Value(ctypes.c_uint)
        self._spawn_workers_with_gc_freeze(self.parallelism)  # type: ignore[no-untyped-call]

    def end(self) -> None:
        for worker in self._retired:
            worker.terminate()
        super().end()
