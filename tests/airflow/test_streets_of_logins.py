"""A person who acts in some streets only starts, in Airflow too, runs for these alone, and changes nothing that stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

from include.airflow_ext.logins import OfficeLogins, role_in_airflow
from include.airflow_ext.params import refuse_beyond_streets
from include.errors import UserError

OWN, OTHER = "990000001", "990000002"
PERSONS = f"""
persons:
  - {{account: liu, name: 刘明, roles: [ops], streets: ["{OWN}"], from: 2026-01-01}}
  - {{account: chen, name: 陈静, roles: [ops], from: 2026-01-01}}
"""


@pytest.fixture(autouse=True)
def persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "persons.yaml").write_text(PERSONS, encoding="utf-8")
    monkeypatch.setenv("DUBAN_PERSONS", str(tmp_path / "persons.yaml"))
    monkeypatch.setenv("DUBAN_NOW", "2026-07-20T10:00:00")


def _run(account: str | None, dag: str = "close_period", kind: str = "manual", **params: Any) -> dict[str, Any]:
    run = SimpleNamespace(triggering_user_name=account, dag_id=dag, run_type=kind)
    return {"dag_run": run, "params": params}


@pytest.mark.parametrize(
    ("context", "said"),
    [
        (_run("liu", streets=[OWN, OTHER]), f"账号 liu 不分管 {OTHER}"),
        (_run("liu", streets=None), "请在“街道”一栏填写这些街道的代码"),
        (_run("liu", kind="backfill", streets=[]), "请在“街道”一栏填写这些街道的代码"),
        (_run("liu", "chase"), "这个流程不分街道"),
    ],
)
def test_a_run_beyond_ones_streets_is_refused_in_a_sentence(context: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        refuse_beyond_streets(context)


def test_ones_own_streets_the_schedule_acts_and_what_runs_start_go_on() -> None:
    for context in (
        _run("liu", streets=[OWN]),
        _run("chen", streets=None),
        _run("chen", "chase"),
        _run(None, "chase", "scheduled"),
        _run("liu", "send_notices", "operator_triggered"),
        _run("liu", "act_extend"),
    ):
        refuse_beyond_streets(context)


def test_what_stands_in_airflow_is_changed_by_who_has_all_streets() -> None:
    assert (role_in_airflow("liu"), role_in_airflow("chen"), role_in_airflow("ops")) == ("user", "op", "op")
    manager, wanted = OfficeLogins(), {"liu": (True, True, False, False), "chen": (True, True, True, True)}
    asked: list[tuple[ResourceMethod, DagAccessEntity | None]] = [
        ("GET", DagAccessEntity.RUN), ("POST", DagAccessEntity.RUN), ("PUT", DagAccessEntity.TASK_INSTANCE), ("PUT", None),
    ]  # fmt: skip
    for account, expected in wanted.items():
        user = SimpleAuthManagerUser(username=account, role=role_in_airflow(account))
        may = [manager.is_authorized_dag(method=method, user=user, access_entity=one) for method, one in asked]
        assert tuple(may) == expected, account
