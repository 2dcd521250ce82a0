"""The executor that docker-compose.yaml names: it loads, a real worker of it takes a task from a real Redis, and kills end nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
import yaml
from sqlalchemy import URL, text

from include.db.engine import database_url
from include.settings import REPO
from ops.airflow_client import AirflowClient
from ops.compose.make_secrets import make_secrets
from ops.environment import free_port, program
from ops.logins import token_of
from ops.place import Place
from ops.supervisor import Supervisor
from tests.postgres import HAS_POSTGRES, POSTGRES, admin

STACK: dict[str, Any] = yaml.safe_load((REPO / "docker-compose.yaml").read_text(encoding="utf-8"))
IN_THE_FILE: dict[str, str] = STACK["services"]["scheduler"]["environment"]
REDIS = os.environ.get("DUBAN_TEST_REDIS", "redis://127.0.0.1:6379/0")
_OF_CELERY = ("RESULT_BACKEND_CMD", "BROKER_URL_CMD", "CELERY_CONFIG_OPTIONS")
_LOADED = """
from airflow.executors.executor_loader import ExecutorLoader
executor = ExecutorLoader.get_default_executor()
print(type(executor).__name__, executor.celery_app.conf.broker_url.split("@")[-1])
"""
_PROBE = """
import sys, time
from datetime import timedelta
from pathlib import Path
from airflow.sdk import dag, task

@dag(schedule=None)
def probe():
    @task
    def look():
        wanted = ("great_expectations", "include.steps.receiving", "include.post.sender")
        Path({found!r}).write_text(str([name in sys.modules for name in wanted]))
    look()

@dag(schedule=None)
def patient():
    @task(retries=6, retry_delay=timedelta(seconds=1))
    def work():
        with Path({worked!r}).open("a") as file:
            file.write("begun\\n")
            file.flush()
            time.sleep(8)
            file.write("done\\n")
    work()

probe()
patient()
"""
_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"


def _has_redis() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="files of other users are made by root")
def test_the_executor_of_the_compose_file_loads(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")
    names = ("AIRFLOW__CORE__EXECUTOR", *(f"AIRFLOW__CELERY__{name}" for name in _OF_CELERY))
    given = {name: IN_THE_FILE[name].replace("/run/secrets", str(tmp_path / "secrets")) for name in names}
    environment = {**os.environ, **given, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(REPO)}
    command = [sys.executable, "-c", _LOADED]
    loaded = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert loaded.stdout.splitlines()[-1:] == ["CeleryExecutor redis:6379/0"], loaded.stdout + loaded.stderr


@pytest.fixture
def metadata() -> Iterator[URL]:
    """An empty PostgreSQL database for Airflow itself: it runs Celery on no SQLite."""
    name = f"airflow_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield database_url(POSTGRES).set(drivername="postgresql+psycopg2", database=name)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def city(metadata: URL, folder: Path, probes: dict[str, str]) -> Iterator[tuple[Supervisor, AirflowClient]]:
    """All components of the compose file as processes, with workflows of their own beside ours; its queue is one that nobody else
    reads."""
    place = Place(str(folder / "cluster"))
    place.make()
    address = metadata.render_as_string(hide_password=False)
    queue = f"duban-{uuid.uuid4().hex[:12]}"
    own_dags = folder / "probes"
    own_dags.mkdir()
    (own_dags / "probe.py").write_text(_PROBE.format(**probes), encoding="utf-8")
    bundles = {"dags-folder": {}, "probes": {"path": str(own_dags)}}
    own = {
        "AIRFLOW__CORE__EXECUTOR": IN_THE_FILE["AIRFLOW__CORE__EXECUTOR"],
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{address}",
        "AIRFLOW__CELERY__BROKER_URL": REDIS,
        "AIRFLOW__OPERATORS__DEFAULT_QUEUE": queue,
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(
            [{"name": name, "classpath": _BUNDLE, "kwargs": kwargs} for name, kwargs in bundles.items()]
        ),
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": IN_THE_FILE["AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS"],
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    }
    airflow = program("airflow")
    with Supervisor(place, port=free_port(), extra=own) as supervisor:
        supervisor.start("migrate", [airflow, "db", "migrate"])
        supervisor._finish("migrate")
        subprocess.run(
            [sys.executable, "-c", "from include.db.engine import migrate; migrate()"],
            env=supervisor.environment,
            cwd=REPO,
            check=True,
        )
        for name in ("scheduler", "api-server", "dag-processor"):
            supervisor.start(name, [airflow, name])
        supervisor.start("worker", [airflow, "celery", "worker", "-s", "-q", queue])
        anyone = AirflowClient(supervisor.address, supervisor.revive)
        supervisor.wait_for(lambda: anyone.is_well(("metadatabase", "scheduler", "dag_processor")), "api-server", 240)
        client = anyone.with_token(token_of(place, "admin"))
        client.wait_until(lambda: {"self_check", "probe", "patient"} <= client.dag_ids(), "self_check", 120)
        yield supervisor, client


REAL = pytest.mark.skipif(not (HAS_POSTGRES and _has_redis()), reason="no PostgreSQL or no Redis answers on loopback")


@pytest.mark.long
@pytest.mark.airflow
@REAL
def test_a_celery_worker_takes_a_task_from_redis_and_does_it(metadata: URL, tmp_path: Path) -> None:
    """`self_check`, and beside it a task that looks at what it finds loaded: what any task of ours needs."""
    found = tmp_path / "found"
    with city(metadata, tmp_path, {"found": str(found), "worked": ""}) as (supervisor, client):
        for name in ("self_check", "probe"):
            client.set_paused(name, False)
            run_id = client.trigger(name)
            client.wait_for_run(name, run_id, 240)
            (executors,) = {task["executor"] for task in client.tasks(name, run_id)}
        taken = (supervisor.place.logs / "worker.log").read_text(encoding="utf-8", errors="replace")
    assert executors in (None, "CeleryExecutor")
    assert taken.count("execute_workload") >= 3 and "duban-" in taken
    assert found.read_text(encoding="utf-8") == "[True, True, True]"


@pytest.mark.long
@pytest.mark.airflow
@REAL
def test_a_task_is_done_though_worker_scheduler_and_connections_are_killed_while_it_works(
    metadata: URL, tmp_path: Path
) -> None:
    """What `make test-cluster` does with containers, with processes: no image is needed. One kill after another, each while
    the task is at work."""
    worked = tmp_path / "worked"
    with city(metadata, tmp_path, {"found": "", "worked": str(worked)}) as (supervisor, client):
        client.set_paused("patient", False)
        run_id = client.trigger("patient")
        _begun(client, worked, 1)
        _kill(supervisor, "worker")
        _begun(client, worked, 2)
        _kill(supervisor, "scheduler")
        with admin.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": metadata.database},
            )
        client.wait_for_run("patient", run_id, 300)
    lines = worked.read_text(encoding="utf-8").split()
    assert lines[:2] == ["begun", "begun"] and lines[-1] == "done" and lines.count("done") == 1, lines


def _begun(client: AirflowClient, worked: Path, times: int) -> None:
    def is_begun() -> bool:
        return worked.exists() and worked.read_text(encoding="utf-8").count("begun") >= times

    client.wait_until(is_begun, f"the task begun {times} times", 240)


def _kill(supervisor: Supervisor, name: str) -> None:
    """kill -9 of a component and all that it started."""
    process = psutil.Process(supervisor._processes[name].pid)
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            one.kill()
