"""Airflow's own API on this machine, spoken to with the caller's token: workflows that an act wakes, steps that wait for an answer, runs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.configuration import conf

from include.acts.act import Act, Run
from include.errors import UserError
from include.keys import PlaceKey
from plugins.duban_page.caller import Caller

_TIMEOUT_SECONDS = 30
_WOKEN = {
    "inbox": "receive",
    "notices": "send_notices",
    "submissions": "score_provisional",
    "scores": "circular",
    "letters": "letter",
}
_log = logging.getLogger(__name__)


class AirflowError(UserError):
    """Airflow did not do what it was asked."""


@dataclass(frozen=True)
class Airflow:
    caller: Caller

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One call. Raises AirflowError with what it said."""
        address = f"http://127.0.0.1:{conf.getint('api', 'port')}{API_ROOT_PATH.rstrip('/')}/api/v2{path}"
        head = {"Authorization": f"Bearer {self.caller.token}"}
        try:
            answer = httpx.request(
                method, address, headers=head, timeout=_TIMEOUT_SECONDS, trust_env=False, **arguments
            )
        except httpx.HTTPError as error:
            raise AirflowError(f"Airflow 没有回答（{error}）：请稍后再试。") from error
        if answer.is_error:
            raise AirflowError(f"Airflow 没有受理（{answer.status_code}）：{answer.text[:300]}")
        return answer.json() if answer.content else None

    def start(self, workflow: str, *, partition_key: str | None = None, **parameters: Any) -> None:
        body: dict[str, Any] = {"logical_date": None, "conf": parameters}
        if partition_key is not None:
            body["partition_key"] = partition_key
        self.call("POST", f"/dags/{workflow}/dagRuns", json=body)

    def wake(self, act: Act, said: str | list[Run] | None) -> str:
        """Start what an act sets going; a sentence where that failed: what was recorded stays, and the schedule comes to it."""
        try:
            if isinstance(said, list):
                for run in said:
                    self.start(run.workflow, partition_key=f"{run.system}/{run.period}", streets=list(run.streets))
            elif act.wakes in ("inbox", "notices"):
                self.start(_WOKEN[act.wakes])
            elif act.wakes and said:
                self.start(_WOKEN[act.wakes], partition_key=said)
        except AirflowError as error:
            _log.warning("%s", error)
            return "已存档；后续流程暂时没有启动，下一次按计划运行时接着办。"
        return ""

    def answer(self, place: PlaceKey, option: str, name: str, note: str) -> None:
        """Answer a step that waits, under the caller's login. Raises AirflowError."""
        path = f"/dags/{place.workflow}/dagRuns/{place.run_id}/taskInstances/{place.step}/{place.map_index}/hitlDetails"
        self.call("PATCH", path, json={"chosen_options": [option], "params_input": {"name": name, "note": note}})

    def workflows(self) -> Sequence[dict[str, Any]]:
        """Every workflow with its name, whether it is paused, and its next run."""
        found: list[dict[str, Any]] = self.call("GET", "/dags", params={"limit": 100, "order_by": "dag_display_name"})[
            "dags"
        ]
        return found

    def newest_runs(self) -> Sequence[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call(
            "GET", "/dags/~/dagRuns", params={"limit": 100, "order_by": "-run_after"}
        )["dag_runs"]
        return found
