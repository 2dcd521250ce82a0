"""Celery's settings for our workers: Airflow's own, and what tasks need is loaded before the worker forks."""

from __future__ import annotations

from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init  # type: ignore[import-untyped]

from include.airflow_ext.preloading import preload

CONFIG: dict[str, Any] = {**DEFAULT_CELERY_CONFIG}
"""What `[celery] celery_config_options` names; Airflow imports this module for it, in its scheduler too."""


@worker_init.connect  # type: ignore[untyped-decorator]
def _load(**_: Any) -> None:
    """In the worker itself, before its pool of processes is made."""
    preload()
