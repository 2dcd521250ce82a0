"""What every task needs is loaded once, before tasks are forked: libraries, our own modules, the systems' files.

A task looks first whether a file of ours has changed since. If one has, it drops all that was loaded of ours and reads it
anew, so that a change counts from the next task on, as if nothing had been loaded beforehand (ADR 22).
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import include
from include.errors import UserError
from include.in_force import kept_edition
from include.settings import REPO, get_settings

LIBRARIES = (
    "great_expectations", "great_expectations.expectations", "openpyxl", "xlsxwriter", "python_calamine", "alembic.config",
    "pydantic_settings", "imap_tools", "flufl.bounce", "inscriptis", "yagmail", "cryptography.hazmat.primitives.ciphers.aead",
    "airflow.sdk", "airflow.sdk.definitions.decorators", "airflow.providers.standard.decorators.python",
    "airflow.providers.standard.operators.trigger_dagrun",
)  # fmt: skip
_NO_TASKS = ("include.airflow_ext.logins",)  # what only the API server loads
_OURS = ("include", "plugins")
_CACHES = "__pycache__"
_log = logging.getLogger(__name__)

Marks = dict[str, tuple[int, int]]
_loaded: dict[Path, Marks] | None = None


def preload() -> None:
    """Load all of it, once a process. What cannot be loaded is left to the task that needs it, and that says so."""
    global _loaded
    if _loaded is not None:
        return
    _loaded = _marks()  # before the files are read: what changes meanwhile is read again
    load_libraries()
    load_ours()
    gc.collect()
    gc.freeze()  # a task's first collection would else write to every page that it shares with this process
    os.register_at_fork(after_in_child=forget_if_changed)


def load_libraries() -> None:
    """Import what tasks need of others."""
    for library in LIBRARIES:
        importlib.import_module(library)
    importlib.import_module("airflow.sdk").Asset("warm://warm")  # loads the providers that know about assets


def load_ours() -> None:
    """Import every module of ours, and read the systems that the forms of workflows offer."""
    try:
        for module in pkgutil.walk_packages(include.__path__, "include."):
            if module.name not in _NO_TASKS:
                importlib.import_module(module.name)
        importlib.import_module("include.airflow_ext.timetables").newest_periods("opens")
    except Exception:
        _log.warning("not loaded beforehand", exc_info=True)


def forget_if_changed() -> None:
    """In a process just forked: forget what was loaded of ours, where a file of ours is not what it was then."""
    global _loaded
    if _loaded is None or all(_loaded.get(folder) == marks for folder, marks in _marks().items()):
        return
    _loaded = None
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]


def _marks() -> dict[Path, Marks]:
    """By folder every file of ours and of the office with the time of its last change and its size: some 1,100 files in 5 ms."""
    return {folder: dict(_files(folder)) for folder in _folders()}


def _folders() -> Iterator[Path]:
    yield REPO / "include"
    yield REPO / "plugins"
    with suppress(UserError):  # a setting that is none: told by the task that needs it
        if kept_edition() is not None:  # those in force are known by their edition: nothing need be forgotten
            return
        settings = get_settings()
        yield settings.systems
        if settings.office is not None:
            yield settings.office


def _files(folder: Path | str) -> Iterator[tuple[str, tuple[int, int]]]:
    with suppress(OSError), os.scandir(folder) as entries:  # none there, or taken away meanwhile: so it differs
        for entry in entries:
            if entry.is_dir():
                if entry.name != _CACHES:
                    yield from _files(entry.path)
            else:
                stat = entry.stat()
                yield entry.path, (stat.st_mtime_ns, stat.st_size)
