"""Systems that are invented for the tests, beside those of the repository."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import tempfile
from pathlib import Path

import pytest
import yaml

from include.settings import REPO

SHIPPED, INVENTED = REPO / "systems", REPO / "tests/data/systems"


def add_systems(folder: Path, monkeypatch: pytest.MonkeyPatch, **run: str) -> None:
    """Every office runs the systems of `run` from the period given, and no other; there are these, those that they read, and the
    default one. Without `run` there are all, the invented ones too. Nobody changes their files: the tests of a process share them."""
    monkeypatch.setenv("DUBAN_SYSTEMS", str(_systems(frozenset(run))))
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["defaults"]["systems"] = {key: {"from": since} for key, since in run.items()}
    own = folder / "offices.yaml"
    own.write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))


@functools.cache
def _systems(keys: frozenset[str]) -> Path:
    """A folder of these systems and all that they name; with no keys of every system."""
    files = {path.parent.name: path for root in (SHIPPED, INVENTED) for path in root.rglob("system.yaml")}
    folder = Path(tempfile.mkdtemp(prefix="duban-systems-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(SHIPPED / "_shared", folder / "_shared")
    found, asked = set(), {*keys, "half_year"} if keys else set(files)
    while asked:
        key = asked.pop()
        found.add(key)
        text = files[key].read_text(encoding="utf-8")
        asked |= {other for other in files.keys() - found if re.search(rf"(?<!\w){other}(?!\w)", text)}
        root = SHIPPED if files[key].is_relative_to(SHIPPED) else INVENTED
        own = files[key].relative_to(root).parts[0]  # systems that belong together lie in one folder
        shutil.copytree(root / own, folder / own, dirs_exist_ok=True)
    return folder
