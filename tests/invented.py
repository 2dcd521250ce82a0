"""A folder of systems for tests: those that there are, and one that is invented."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from include.settings import systems_folder


@contextmanager
def invented(folder: Path, key: str, text: str) -> Iterator[None]:
    """Inside, there is a system of this key, whose system.yaml has the text, beside those of the repository."""
    systems = folder / "systems"
    shutil.copytree(systems_folder(), systems)
    (systems / key).mkdir()
    (systems / key / "system.yaml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUBAN_SYSTEMS", str(systems))
        yield
