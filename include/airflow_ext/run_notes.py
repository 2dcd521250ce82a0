"""A run's note says in a sentence what it did: written by a listener where Airflow ends the run, for no task can (Airflow 3.3).

What it says is in our log of runs; a reason that the run was started with stays before it.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.listeners import hookimpl

_MOST = 3  # sentences of one run; a close of a county has one a street
_LONGEST = 900
_log = logging.getLogger(__name__)


class RunNotes:
    """Airflow's listener of runs that end."""

    @hookimpl
    def on_dag_run_success(self, dag_run: Any, msg: str) -> None:
        _note(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:
        _note(dag_run)


def _note(dag_run: Any) -> None:
    """A note is worth no run: where it cannot be written, the scheduler goes on without."""
    try:
        said = what_it_did(dag_run.run_id)
        before = dag_run.note or ""
        if said and said not in before:
            dag_run.note = f"{before}\n{said}".strip()[:_LONGEST]
    except Exception as error:
        _log.warning("no note for %s: %s", dag_run.run_id, error)


def what_it_did(run_id: str) -> str:
    """The sentences of a run, each once; empty where it has none."""
    from include.db.engine import reading  # not while Airflow loads its plugins
    from include.reports.explaining import said_by_run

    with reading() as connection:
        said = said_by_run(connection).get(run_id, [])
    more = f"等 {len(said)} 条，见督办台“运行情况”。" if len(said) > _MOST else ""
    return "".join(said[:_MOST]) + more
