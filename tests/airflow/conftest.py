"""Airflow's own settings for the tests of this folder: a home, a database and folders of their own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import tests.airflow.home  # noqa: F401 - before Airflow is imported
from include.settings import REPO

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


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
