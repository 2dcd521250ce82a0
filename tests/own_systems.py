"""Systems that are invented for the tests, beside those of the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from include.settings import REPO

INVENTED = REPO / "tests/data/systems"


def add_systems(folder: Path, monkeypatch: pytest.MonkeyPatch, **run: str) -> Path:
    """A folder of systems with the invented ones; every office runs those of `run` from the period given, and no other."""
    systems = folder / "systems"
    shutil.copytree(REPO / "systems", systems)
    shutil.copytree(INVENTED, systems, dirs_exist_ok=True)
    monkeypatch.setenv("DUBAN_SYSTEMS", str(systems))
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["defaults"]["systems"] = {key: {"from": since} for key, since in run.items()}
    own = folder / "offices.yaml"
    own.write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    return systems
