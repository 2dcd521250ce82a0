"""The executor that docker-compose.yaml names: it loads, and a real worker of it takes a task from a real Redis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from sqlalchemy import URL, text

from include.db.engine import database_url
from include.settings import REPO
from ops.airflow_client import AirflowClient
from ops.environment import free_port, program
from ops.place import Place
from ops.supervisor import Supervisor
from tests.postgres import HAS_POSTGRES, POSTGRES, admin

STACK: dict[str, Any] = yaml.safe_load((REPO / "docker-compose.yaml").read_text(encoding="utf-8"))
IN_THE_FILE: dict[str, str] = STACK["services"]["scheduler"]["environment"]
REDIS = os.environ.get("DUBAN_TEST_REDIS", "redis://127.0.0.1:6379/0")
_LOADED = """
from airflow.executors.executor_loader import ExecutorLoader
executor = ExecutorLoader.get_default_executor()
print(type(executor).__name__, executor.celery_app.conf.broker_url.split("@")[-1])
"""


def _has_redis() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False


def test_the_executor_of_the_compose_file_loads(tmp_path: Path) -> None:
    names = ("AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CELERY__RESULT_BACKEND", "AIRFLOW__CELERY__BROKER_URL")
    given = {name: re.sub(r"\$\{\w+:\?[^}]+\}", "letters1", IN_THE_FILE[name]) for name in names}
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


@pytest.mark.long
@pytest.mark.airflow
@pytest.mark.skipif(not (HAS_POSTGRES and _has_redis()), reason="no PostgreSQL or no Redis answers on loopback")
def test_a_celery_worker_takes_a_task_from_redis_and_does_it(metadata: URL, tmp_path: Path) -> None:
    """`self_check` on all components of the compose file, its queue one that nobody else reads."""
    place = Place(str(tmp_path / "cluster"))
    place.make()
    address = metadata.render_as_string(hide_password=False)
    queue = f"duban-{uuid.uuid4().hex[:12]}"
    own = {
        "AIRFLOW__CORE__EXECUTOR": IN_THE_FILE["AIRFLOW__CORE__EXECUTOR"],
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{address}",
        "AIRFLOW__CELERY__BROKER_URL": REDIS,
        "AIRFLOW__OPERATORS__DEFAULT_QUEUE": queue,
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1",
    }
    airflow = program("airflow")
    with Supervisor(place, port=free_port(), extra=own) as supervisor:
        supervisor.start("migrate", [airflow, "db", "migrate"])
        supervisor._finish("migrate")
        subprocess.run(
            [sys.executable, "-c", "from include.db.engine import migrate; migrate()"],
            env=supervisor.environment, cwd=REPO, check=True,
        )  # fmt: skip
        for name in ("scheduler", "api-server", "dag-processor"):
            supervisor.start(name, [airflow, name])
        supervisor.start("worker", [airflow, "celery", "worker", "-s", "-q", queue])
        anyone = AirflowClient(supervisor.address, supervisor.revive)
        supervisor.wait_for(lambda: anyone.is_well(("metadatabase", "scheduler", "dag_processor")), "api-server", 240)
        admin = anyone.log_in("admin", supervisor.passwords["admin"])
        admin.wait_until(lambda: "self_check" in admin.dag_ids(), "self_check", 120)
        admin.set_paused("self_check", False)
        run_id = admin.trigger("self_check")
        admin.wait_for_run("self_check", run_id, 240)
        (executors,) = {task["executor"] for task in admin.tasks("self_check", run_id)}
    taken = (place.logs / "worker.log").read_text(encoding="utf-8", errors="replace")
    assert executors in (None, "CeleryExecutor")
    assert taken.count("execute_workload") >= 2 and queue in taken
