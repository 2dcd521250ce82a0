"""The least that Airflow can do when a file lands: what bench/latency.py measures ours against."""

from __future__ import annotations

import datetime as dt
import os

from airflow.sdk import Asset, AssetWatcher, dag, task

from include.airflow_ext.inbox_trigger import InboxTrigger
from include.intake.inbox import watched
from include.settings import get_settings

_, POLL_SECONDS = watched(get_settings())
TRIGGER = InboxTrigger(os.environ["BENCH_LANDING"], POLL_SECONDS)
LANDED = Asset(name="bench", uri="bench://landed", watchers=[AssetWatcher(name="bench_watcher", trigger=TRIGGER)])


@dag(schedule=[LANDED], max_active_runs=1, catchup=False, start_date=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
def trivial() -> None:
    @task
    def first() -> None:
        pass

    @task
    def second() -> None:
        pass

    first() >> second()


trivial()
