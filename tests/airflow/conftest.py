"""Airflow's own settings for the tests of this folder: a home, a database and folders of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.settings import REPO

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

_HOME = Path(tempfile.mkdtemp(prefix="duban-airflow-"))
SETTINGS = {
    "AIRFLOW_HOME": str(_HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(REPO / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPO / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME / 'airflow.db'}",
    "AIRFLOW__CORE__AUTH_MANAGER": "include.airflow_ext.logins.OfficeLogins",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_HOME / "passwords.json"),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,committee:user,neighbour:user,viewer:viewer",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "PYTHONPATH": str(REPO),
}
os.environ.update(SETTINGS)  # before Airflow is imported, which reads them once


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's own database, at its newest schema."""
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    migrated = subprocess.run(command, capture_output=True, text=True)
    assert migrated.returncode == 0, migrated.stderr


@pytest.fixture(scope="session")
def bag() -> DagBag:
    """All workflows, loaded once; on the real clock, on which they have their schedules."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(REPO / "dags"))
