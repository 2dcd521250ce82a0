"""Ops hear of what failed by itself; what was refused to a person is told to that person and writes nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from sqlalchemy import Engine

from include.airflow_ext.tasks import tell_ops
from include.machine_faults import MachineError
from tests.intake.receive_street import count


def _failure(error: Exception, user: str | None) -> dict[str, Any]:
    instance = SimpleNamespace(dag_id="close_period", run_id="r", task_id="plan", map_index=-1, try_number=1)
    return {"ti": instance, "dag_run": SimpleNamespace(triggering_user_name=user), "exception": error}


@pytest.mark.parametrize(
    ("error", "user", "told"),
    [
        (AirflowFailException("2031年上半年（2031H1）尚未结束"), "admin", 0),
        (AirflowFailException("登记册里没有在册的单位"), None, 1),
        (ValueError("broken"), "admin", 1),
    ],
)
def test_a_refusal_is_told_to_who_asked_and_all_else_to_ops(
    database: Engine, error: Exception, user: str | None, told: int
) -> None:
    tell_ops(_failure(error, user))
    assert count("notice") == told


def test_a_fault_of_the_machine_that_stops_many_runs_is_told_once(database: Engine) -> None:
    for free in (120, 119):
        for run in ("a", "b"):
            failure = _failure(MachineError(f"磁盘满了：/data/archive 写不进去（还剩 {free} MB）。"), None)
            failure["ti"].run_id = run
            tell_ops(failure)
    assert count("notice") == 1
    tell_ops(_failure(MachineError("网络连不上 10.0.0.1:465：对方没有回答。"), None))
    assert count("notice") == 2
