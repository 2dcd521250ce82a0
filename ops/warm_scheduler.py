"""Airflow's scheduler with what tasks need already loaded (include/airflow_ext/preloading.py).

Its executor would load it too, but only once Airflow's database is there. Here it is loaded in the time in which that
database is migrated: the scheduler itself starts when the file named on the command line appears, where one is named.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

from include.airflow_ext.preloading import preload

if __name__ == "__main__":
    preload()
    while any(not Path(migrated).exists() for migrated in sys.argv[1:]):
        time.sleep(0.1)
    sys.argv = ["airflow", "scheduler", "-s"]
    runpy.run_module("airflow", run_name="__main__")
