"""Airflow's REST API, as far as the commands need it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from include.errors import UserError
from include.keys import PlaceKey
from include.settings import REPO

_POLL_SECONDS = 0.3
_BUSY_PAUSES_SECONDS = (1, 3, 10, 30)
_AWAY_SECONDS = 180
_STEP_SECONDS = 900  # several kills of one task, each found out after a minute
_ENDED = {"success", "failed"}
_STEP_ENDED = {*_ENDED, "skipped", "upstream_failed", "removed"}
_A_PAGE = 100  # Airflow gives no more at a time
_LINES = 10
_LONGEST = 1500


def _shown(line: dict[str, Any]) -> str:
    """A line of a task's log, its exception and the place in our own code that raised it."""
    text = str(line.get("event", ""))
    for error in line.get("error_detail") or []:
        ours = [
            f"{frame['filename']}:{frame['lineno']}"
            for frame in error["frames"]
            if "site-packages" not in frame["filename"]
        ]
        text += f"\n  {error['exc_type']}: {error['exc_value'][:_LONGEST]}" + "".join(
            f"\n    {place}" for place in ours[-3:]
        )
    return text


class AirflowClient:
    """Speaks as one of Airflow's users. `watch` is called at each poll and may raise (a component died)."""

    def __init__(self, address: str, watch: Callable[[], None] = lambda: None) -> None:
        self._address = address
        self._http = httpx.Client(base_url=address, timeout=60, trust_env=False)
        self._watch = watch

    def is_well(
        self, components: tuple[str, ...] = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    ) -> bool:
        """Whether every component says so of itself.

        Airflow builds what tasks talk to (/execution) on its first call, which takes some ten seconds: the first task
        shall not be the one to wait for it.
        """
        try:
            self._http.get("/execution/health")
            health = self._http.get("/api/v2/monitor/health", timeout=5)
        except httpx.TransportError:
            return False
        return health.status_code == 200 and all(health.json()[part]["status"] == "healthy" for part in components)

    def log_in(self, user: str, password: str) -> AirflowClient:
        """A client that acts as `user`."""
        answer, _ = self._patiently("POST", "/auth/token", {"json": {"username": user, "password": password}})
        if answer.is_error:
            raise UserError(f"Airflow 不让 {user} 登录（{answer.status_code}）：{answer.text[:500]}")
        return self.with_token(answer.json()["access_token"])

    def with_token(self, token: str) -> AirflowClient:
        """A client that acts in the session of that token."""
        client = AirflowClient(self._address, self._watch)
        client._http.headers["Authorization"] = f"Bearer {token}"
        return client

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        """One call; an answer of 4xx or 5xx is a UserError with Airflow's own words.

        A database that is busy for the moment (Airflow on SQLite under load) has rolled the call back: it is made again.
        So it is where the API server is away, for what we ask of it may be asked twice, and a look is repeated whose database went away.
        """
        for pause_seconds in (*_BUSY_PAUSES_SECONDS, None):
            answer, is_again = self._patiently(method, f"/api/v2{path}", arguments)
            if is_again and answer.status_code == httpx.codes.CONFLICT:
                return None  # it was done the first time
            is_passing = answer.status_code >= 500 and (method == "GET" or "Database error" in answer.text)
            if pause_seconds is None or not is_passing:
                break
            time.sleep(pause_seconds)
        if answer.is_error:
            raise UserError(f"Airflow 拒绝了请求 {method} {path}（{answer.status_code}）：{answer.text[:500]}")
        return answer.json() if answer.content else None

    def _patiently(self, method: str, path: str, arguments: dict[str, Any]) -> tuple[httpx.Response, bool]:
        """The answer, however long the API server takes to come back; and whether it was asked more than once."""
        deadline, is_again = time.monotonic() + _AWAY_SECONDS, False
        while True:
            try:
                return self._http.request(method, path, **arguments), is_again
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise UserError(
                        f"Airflow 的 api-server（{self._address}）{_AWAY_SECONDS} 秒没有回答：{error!r}。请看运行日志，再运行一次同样的命令。"
                    ) from error
            is_again = True
            self._watch()
            time.sleep(1)

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self._dags()}

    def has_read_all(self) -> bool:
        """Whether each file of dags/ was read: its workflows are known, or why it cannot be loaded. Who starts a run of one before
        that is told that there is none."""
        read = {Path(dag["fileloc"]).name for dag in self._dags()} | {
            Path(one["filename"]).name for one in self._broken()
        }
        return read >= {path.name for path in (REPO / "dags").glob("*.py")}

    def _dags(self) -> list[dict[str, Any]]:
        return list(self.request("GET", "/dags", params={"limit": 100})["dags"])

    def _broken(self) -> list[dict[str, Any]]:
        return list(self.request("GET", "/importErrors", params={"limit": 100})["import_errors"])

    def import_errors(self) -> list[str]:
        return [
            f"流程文件 {error['filename']} 载入失败，请改好它：\n{error['stack_trace']}" for error in self._broken()
        ]

    def set_paused(self, dag_id: str, is_paused: bool) -> None:
        self.request("PATCH", f"/dags/{dag_id}", json={"is_paused": is_paused})

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """A pool of that size, made or resized."""
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        if any(pool["name"] == name for pool in self.request("GET", "/pools")["pools"]):
            self.request("PATCH", f"/pools/{name}", json=body)
        else:
            self.request("POST", "/pools", json=body)

    def trigger(self, dag_id: str, *, partition_key: str | None = None, note: str | None = None, **params: Any) -> str:
        """Start a run; its id."""
        body: dict[str, Any] = {"logical_date": None, "conf": params, "note": note}
        if partition_key is not None:
            body["partition_key"] = partition_key
        return str(self.request("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The newest hundred runs of a DAG, newest first."""
        found = self.request("GET", f"/dags/{dag_id}/dagRuns", params={"limit": 100, "order_by": "-id"})
        return list(found["dag_runs"])

    def wait_for_run(
        self, dag_id: str, run_id: str, seconds: float = _STEP_SECONDS, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Until the run has ended well; a failed one is an error that shows the failed task's log."""

        def ended() -> str | None:
            meanwhile()
            state = str(self.request("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])
            return state if state in _ENDED else None

        if self.wait_until(ended, f"{dag_id} {run_id} 结束", seconds) == "failed":
            raise UserError(f"流程 {dag_id}（{run_id}）失败：\n{self.failure(dag_id, run_id)}")

    def wait_until(self, condition: Callable[[], Any], what: str, seconds: float) -> Any:
        """Poll until `condition` gives something true, and return that."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            self._watch()
            if time.monotonic() > deadline:
                raise UserError(
                    f"等了 {seconds:.0f} 秒，仍未等到：{what}。多半是机器太忙；过后再试仍不行的，请看任务的日志。"
                )
            time.sleep(_POLL_SECONDS)
        return found

    def tasks(self, dag_id: str, run_id: str, **only: Any) -> list[dict[str, Any]]:
        """The task instances of a run; `only`: those of a state, a map_index …"""
        path, found = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", list[dict[str, Any]]()
        while True:
            page = self.request("GET", path, params={"limit": _A_PAGE, "offset": len(found), **only})
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def failure(self, dag_id: str, run_id: str) -> str:
        """What the failed tasks of a run said last: events that are warnings or worse, and exceptions."""
        parts = []
        for task in self.tasks(dag_id, run_id, state="failed"):
            path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
            content = self.request("GET", path, params={"map_index": task["map_index"]})["content"]
            told = [line for line in content if str(line.get("level")) in ("warning", "error", "critical")]
            parts.append(f"[{task['task_id']}]\n" + "\n".join(_shown(line) for line in told[-_LINES:]))
        return "\n".join(parts) or "（没有失败任务的日志）"

    def answer(self, task: dict[str, Any], option: str, params: dict[str, Any]) -> None:
        """Answer a human step that waits: one of `tasks`."""
        path = (
            f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/{task['map_index']}"
        )
        self.request("PATCH", f"{path}/hitlDetails", json={"chosen_options": [option], "params_input": params})

    def see_through(
        self, places: Sequence[PlaceKey], reader: AirflowClient, option: str, params: dict[str, Any]
    ) -> None:
        """Give that answer about each document that waits at a place, until all steps of all have ended; `reader` may see them.

        Once a try: an answer quicker than the scheduler's own bookkeeping makes it ask again in a new one.
        """
        answered: dict[PlaceKey, int] = {}
        left = list(places)

        def is_over(place: PlaceKey) -> bool:
            tasks = reader.tasks(place.workflow, place.run_id, map_index=place.map_index)
            for task in tasks:
                if task["state"] == "awaiting_input" and task["try_number"] > answered.get(place, 0):
                    self.answer(task, option, params)
                    answered[place] = task["try_number"]
                elif task["state"] in ("failed", "upstream_failed"):
                    failure = reader.failure(place.workflow, place.run_id)
                    raise UserError(f"流程 {place.workflow}（{place.run_id}）失败：\n{failure}")
            return all(task["state"] in _STEP_ENDED for task in tasks)

        def are_through() -> bool:
            left[:] = [place for place in left if not is_over(place)]
            return not left

        reader.wait_until(are_through, f"{len(places)} 件公文办完", _STEP_SECONDS)
