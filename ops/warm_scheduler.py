"""Airflow's scheduler with the heavy libraries already loaded.

LocalExecutor forks its tasks from the scheduler, so a task finds Great Expectations imported instead of
spending eight seconds on it. Our own code is loaded by each task afresh, so that a change counts from the next
task on. Loading the libraries takes the time in which Airflow's database is migrated anyway:
the scheduler itself starts when the file named on the command line appears.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import time
from pathlib import Path

LIBRARIES = (
    "great_expectations", "openpyxl", "xlsxwriter", "python_calamine", "alembic.config", "pydantic_settings",
    "imap_tools", "flufl.bounce", "inscriptis", "yagmail", "airflow.sdk", "airflow.sdk.definitions.decorators",
    "airflow.providers.standard.decorators.python", "airflow.providers.standard.operators.trigger_dagrun",
)  # fmt: skip


def load() -> None:
    """Import what tasks need of others."""
    for library in LIBRARIES:
        importlib.import_module(library)
    importlib.import_module("airflow.sdk").Asset("warm://warm")  # loads the providers that know about assets


if __name__ == "__main__":
    migrated = Path(sys.argv[1])
    load()
    while not migrated.exists():
        time.sleep(0.1)
    sys.argv = ["airflow", "scheduler", "-s"]
    runpy.run_module("airflow", run_name="__main__")
