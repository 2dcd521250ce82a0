"""Runs over past periods that an act starts: one after the other, without mails."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator

from include.acts.act import Run

IS_BACKFILL = "is_backfill"
_PATIENCE_SECONDS = 5


def arguments_of(run: Run, asked_in: str) -> dict[str, Any]:
    """What the operator below takes of a run that was asked for in the run `asked_in`.

    System and period stand in its id and its configuration: Airflow 3.3.2 hands a task's partition key on to no run.
    """
    return {
        "trigger_dag_id": run.workflow,
        "trigger_run_id": f"{run.system}_{run.period}__{asked_in}",
        "conf": {"scheme": run.system, "period": run.period, "streets": list(run.streets), IS_BACKFILL: True},
    }


def one_by_one(task_id: str, what: str, runs: Any) -> Any:
    """Start the runs in their order, each when the one before it has ended. A workflow that is paused fails at once.

    The task waits in its process: while it were deferred, Airflow would start the next one. Nor is it tried again, for its
    run is there; who wants another one acts again.
    """
    return TriggerDagRunOperator.partial(
        task_id=task_id, task_display_name=f"{what} {task_id}", logical_date=None, wait_for_completion=True,
        poke_interval=_PATIENCE_SECONDS, fail_when_dag_is_paused=True, max_active_tis_per_dagrun=1, retries=0,
        map_index_template="{{ task.conf['scheme'] }}/{{ task.conf['period'] }}",
    ).expand_kwargs(runs)  # fmt: skip


def is_started_by_act(dag_run: Any) -> bool:
    return bool((dag_run.conf or {}).get(IS_BACKFILL))
