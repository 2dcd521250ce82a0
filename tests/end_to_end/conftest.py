"""Commands of the Makefile, run as people run them, in run folders of their own."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.settings import REPO

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the databases and logs of the commands under test lie: not where the developer's own do."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def command(runs: Path) -> Command:
    """Run `python -m ops.<name> …`; the outcome with its output."""

    def run(name: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "DUBAN"))}
        return subprocess.run(
            [sys.executable, "-m", f"ops.{name}", *map(str, arguments)],
            cwd=REPO,
            env={**inherited, "PYTHONPATH": str(REPO), "DUBAN_RUNS": str(runs), **environment},
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


@pytest.fixture(scope="session")
def demo(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """One demo, played once for all tests: its OUT and its inbox; what it printed lies beside them."""
    folder = tmp_path_factory.mktemp("demo")
    done = command("demo", "--out", folder / "out", "--inbox", folder / "inbox")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "printed").write_text(done.stdout, encoding="utf-8")
    yield folder / "out", folder / "inbox"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def hashes(out: Path) -> dict[str, str]:
    """SHA-256 of every file of an OUT by its path, the file of durations aside."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "intake.csv"
    }
