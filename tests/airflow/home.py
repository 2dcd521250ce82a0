"""Airflow's home and settings for the tests of this folder. Whoever imports it has them set, before Airflow reads them, once a process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from include.settings import REPO

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
