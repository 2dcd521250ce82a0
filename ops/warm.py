"""A component of Airflow with the libraries already loaded that what it forks needs: `python -m ops.warm NAME MIGRATED`.

LocalExecutor forks its tasks from the scheduler, so a task finds Great Expectations imported instead of
spending eight seconds on it; the dag-processor forks for each look at each workflow's file, every half minute.
Our own code is loaded by each of them afresh, so that a change counts from the next task, or look, on. Loading the
libraries takes the time in which Airflow's database is migrated anyway:
the component itself starts when the file named on the command line appears.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import time
from pathlib import Path

_OF_A_WORKFLOW = (
    "pydantic_settings", "alembic.config", "psycopg2.extras", "airflow.sdk", "airflow.sdk.definitions.decorators",
    "airflow.providers.standard.decorators.python", "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.providers.standard.operators.empty", "airflow.providers.standard.operators.hitl",
)  # fmt: skip
LIBRARIES = {
    "scheduler": (
        "great_expectations", "openpyxl", "xlsxwriter", "python_calamine",
        "imap_tools", "flufl.bounce", "inscriptis", "yagmail", *_OF_A_WORKFLOW,
    ),
    "dag-processor": _OF_A_WORKFLOW,
}  # fmt: skip
_OPTIONS = {"scheduler": ["-s"]}  # its log server is not started


def load(component: str) -> None:
    """Import what the component's children need of others."""
    for library in LIBRARIES[component]:
        importlib.import_module(library)
    importlib.import_module("airflow.sdk").Asset("warm://warm")  # loads the providers that know about assets


if __name__ == "__main__":
    name, migrated = sys.argv[1], Path(sys.argv[2])
    load(name)
    while not migrated.exists():
        time.sleep(0.1)
    sys.argv = ["airflow", name, *_OPTIONS.get(name, [])]
    runpy.run_module("airflow", run_name="__main__")
