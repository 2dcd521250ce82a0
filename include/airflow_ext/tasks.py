"""What every workflow and task of ours has in common."""

from __future__ import annotations

import datetime as dt
import functools
import json
import logging
import os
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseHook, ExceptionRetryPolicy, RetryAction, RetryRule, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from include.acting import acting
from include.airflow_ext.backfills import is_started_by_act
from include.airflow_ext.params import refuse_beyond_streets
from include.errors import UserError
from include.in_force import is_due, kept_edition, reading_edition
from include.log_context import about, of_run
from include.settings import connection_variable

P = ParamSpec("P")
R = TypeVar("R")

OUTBOX_POOL = "outbox"
_MARK = re.compile("[，；。：]")
_log = logging.getLogger(__name__)
_CONNECTIONS = ("duban_db", "duban_smtp", "duban_imap")


def tell_ops(context: Any) -> None:
    """Failure callback: one notice to ops through the outbox, sent with the next mails.

    What is refused to a person who asked for it (an act, a run for a period that has not ended) is told to that person,
    who stands before the form, and to nobody else: nothing is written then. A fault of the machine stops many runs: it is
    told once within some hours, whichever of them it stopped.
    """
    from include.machine_faults import MachineError, told_once
    from include.steps import sending

    instance = context["ti"]
    is_asked_for = instance.dag_id.startswith("act_") or bool(context["dag_run"].triggering_user_name)
    if is_asked_for and isinstance(context.get("exception"), AirflowFailException | SystemExit):
        return
    lines = [f"运行：{instance.run_id}", f"尝试次数：{instance.try_number}", f"原因：{context.get('exception')}"]
    title = f"流程 {instance.dag_id} 的步骤 {instance.task_id} 失败"
    subject = f"{instance.dag_id}/{instance.run_id}/{instance.task_id}/{instance.map_index}"
    if isinstance(fault := context.get("exception"), MachineError):
        subject, title = told_once(fault), f"机器故障，流程 {instance.dag_id} 没有做完，好了以后会接着做"
    sending.alert(subject=subject, title=title, lines=lines)


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "督办",
    # A kill costs a try as a mistake does: with waits of 5, 10, 20 … seconds six of them are five minutes, in which
    # whatever was killed is back. What a person must mend is not tried again (`step`).
    "retries": 6,
    "retry_delay": dt.timedelta(seconds=5),
    "retry_exponential_backoff": True,
    "max_retry_delay": dt.timedelta(minutes=5),
    "execution_timeout": dt.timedelta(minutes=20),
    "on_failure_callback": tell_ops,
}
REFUSED_FOR_GOOD = ExceptionRetryPolicy(rules=[RetryRule(exception=SystemExit, action=RetryAction.FAIL)])
"""Of acts: what is refused to a person ends by an exit code, and is not tried again."""
COMMON: dict[str, Any] = {
    "default_args": DEFAULT_ARGS,
    "catchup": False,
    "max_active_runs": 1,
    "start_date": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
}


def use_connections() -> None:
    """Hand connections that live in Airflow's database or vault on to include/settings.py, which reads the environment."""
    for name in (*_CONNECTIONS, *_of_offices()):
        variable = connection_variable(name)
        if os.environ.get(variable):
            continue
        try:
            os.environ[variable] = _as_json(BaseHook.get_connection(name))
        except AirflowNotFoundException:
            continue


def _of_offices() -> list[str]:
    """Mailboxes that offices have of their own. A file of offices that cannot be read is told of by what needs it."""
    from include.registry.offices import mailboxes

    try:
        return mailboxes()
    except UserError:
        return []


def _as_json(connection: Any) -> str:
    fields = ("conn_type", "host", "port", "login", "password", "schema")
    found = {name: getattr(connection, name) for name in fields if getattr(connection, name)}
    return json.dumps(found | {"extra": connection.extra_dejson})


def wake_sender(
    task_id: str = "wake_sender", what: str = "通知发信", trigger_rule: TriggerRule = TriggerRule.ALL_SUCCESS
) -> TriggerDagRunOperator:
    """Start `send_notices` after a run that carries a partition key; `what` the page calls the task.

    Airflow hands the run's key on with each of its asset events, and an event with a key wakes no workflow
    without partitions: the outlet `notices` alone, which shows the flow in the graph, would not do.
    """
    return TriggerDagRunOperator(
        task_id=task_id,
        task_display_name=f"{what} {task_id}",
        trigger_dag_id="send_notices",
        logical_date=None,
        trigger_rule=trigger_rule,
    )


def _why_quiet(context: Any) -> str:
    """Why the notices of this run are not sent, in Chinese: a backfill only keeps the books unless told otherwise."""
    run = context["dag_run"]
    is_backfill = run.run_type == "backfill" or is_started_by_act(run)
    is_quiet = is_backfill and not context["params"].get("send_notices")
    return "回填（补算）不发通知；要发，请在触发时打开“补算也发信”。" if is_quiet else ""


def _take_up() -> None:
    """What ops changed in the files that they edit counts from this task on."""
    if is_due():
        from include.steps.taking_up import take_up_if_possible

        take_up_if_possible()


def step(**options: Any) -> Callable[[Callable[P, R]], Any]:
    """A task of ours: `options` are those of Airflow's @task.

    A UserError is what a person has to mend; trying again would not, so the task fails at once with its text; a fault of
    the machine is tried again, and told in Chinese as well (include/machine_faults.py). A backfill
    records its notices as skipped.
    The UI names it by the first words of its docstring, up to a mark, and its id.
    """

    def decorate(function: Callable[P, R]) -> Any:
        words = _MARK.split((function.__doc__ or "").strip(), maxsplit=1)[0]
        named = {"task_display_name": f"{words} {options.get('task_id', function.__name__)}".strip()}

        @functools.wraps(function)
        def body(*args: P.args, **kwargs: P.kwargs) -> R:
            from include.machine_faults import MachineError, as_fault
            from include.outbox.outbox import silence

            use_connections()
            _take_up()
            try:
                context = get_current_context()
                account = str(context["dag_run"].triggering_user_name or "")
                with (
                    silence(_why_quiet(context)),
                    acting(account),
                    reading_edition(kept_edition()),
                    about(**of_run(str(context["dag_run"].partition_key or ""), context["params"])),
                ):
                    refuse_beyond_streets(context)
                    return function(*args, **kwargs)
            except MachineError:
                raise  # may pass: tried again
            except UserError as error:
                if context["dag_run"].dag_id.startswith("act_"):  # the sentence alone, for who clicked: no traceback
                    _log.error("%s", error)
                    raise SystemExit(1) from None
                raise AirflowFailException(str(error)) from error
            except Exception as error:
                if (fault := as_fault(error)) is not None:
                    raise fault from error
                raise

        return task(**named | options)(body)

    return decorate
