"""Airflow's scheduler with the heavy libraries already loaded.

LocalExecutor forks its tasks from the scheduler, so a task finds Great Expectations imported instead of
spending eight seconds on it. Loading them takes the time in which Airflow's database is migrated anyway:
the scheduler itself starts when the file named on the command line appears.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import time
from pathlib import Path

LIBRARIES = ("great_expectations", "openpyxl", "xlsxwriter", "python_calamine", "airflow.sdk")

if __name__ == "__main__":
    migrated = Path(sys.argv[1])
    for library in LIBRARIES:
        importlib.import_module(library)
    while not migrated.exists():
        time.sleep(0.1)
    sys.argv = ["airflow", "scheduler", "-s"]
    runpy.run_module("airflow", run_name="__main__")
