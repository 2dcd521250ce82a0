"""What the daily self-check finds wrong with the machine: disks that fill up, fonts that are missing, secrets that others can read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from include.archive.data_keys import keys_folder
from include.db.engine import database_url
from include.settings import get_settings
from include.steps.health import rules
from include.typesetting.fonts import find_fonts

_GB = 1024**3
_LOGS = "AIRFLOW__LOGGING__BASE_LOG_FOLDER"
_PASSWORDS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
_OTHERS = 0o077  # what group and others may do


def folders() -> dict[str, Path]:
    """Where we write, by what it is for: archive, out, reports, logs, and a database that is a file."""
    settings = get_settings()
    found = {"archive": settings.archive, "out": settings.out, "reports": settings.reports}
    if logs := os.environ.get(_LOGS):
        found["logs"] = Path(logs)
    url = database_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        found["database"] = Path(url.database).parent
    return found


def free_bytes() -> dict[str, int]:
    """What is free on the disk of each folder."""
    return {name: shutil.disk_usage(_there(folder)).free for name, folder in folders().items()}


def full_disks() -> list[str]:
    """A sentence for each disk of ours on which too little is free."""
    wanted = rules().free_gb_at_least
    found: dict[int, str] = {}
    for folder in folders().values():
        there = _there(folder)
        free = shutil.disk_usage(there).free
        if free < wanted * _GB:
            said = {"folder": folder, "free": f"{free / _GB:.1f} GB", "wanted": f"{wanted:g} GB"}
            found.setdefault(there.stat().st_dev, rules().findings["disk"].format(**said))
    return list(found.values())


def missing_fonts() -> list[str]:
    """Without a Chinese face no document becomes a PDF."""
    return [] if find_fonts() is not None else [rules().findings["fonts"]]


def open_secrets() -> list[str]:
    """A sentence for each file with a secret that others on the machine can read."""
    return [
        rules().findings["secret"].format(path=path, mode=f"{path.stat().st_mode & 0o777:o}")
        for path in _secret_files()
        if path.exists() and path.stat().st_mode & _OTHERS
    ]


def _secret_files() -> Iterator[Path]:
    settings = get_settings()
    if not settings.secret.get_secret_value():
        yield settings.secret_file
    yield keys_folder()
    if passwords := os.environ.get(_PASSWORDS):
        yield Path(passwords)


def _there(folder: Path) -> Path:
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
