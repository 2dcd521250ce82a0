"""Makes tests/data/upgrade/<version>.tar.zst: what an office on an older version has on its disk, made by the code of that version.

    python -m tests.history.make_past_version 0.1.0

The commit is taken out into a temporary folder; there that version's own demo plays its half year on the real Airflow, for the
few communities named here instead of all. Kept are the business database, the archive and the manifest of OUT. Airflow and
all else are of the lock of today: the versions asked for the same Airflow, SQLAlchemy, pandas and typst.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from include.settings import REPO

DATA = REPO / "tests/data/upgrade"
COMMITS = {"0.1.0": "d0d0252", "0.2.0": "47dd959"}
"""The last commit of each version, before the changelog begins the next one."""
COMMUNITIES = ("拾云", "听泉里", "揽月台", "青檐", "稻香坞")
"""One is corrected by the inspectors, one late, one handed in twice, one not at all, one weak: problems of every kind."""
_SAMPLE = "ops/sample_street.yaml"


def main(version: str) -> None:
    with tempfile.TemporaryDirectory(prefix="duban-past-") as folder:
        checkout = Path(folder) / "duban"
        _check_out(COMMITS[version], checkout)
        _make_small(checkout / _SAMPLE)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DUBAN_", "AIRFLOW"))}
        subprocess.run(
            [sys.executable, "-m", "ops.demo"], cwd=checkout, env=inherited | {"PYTHONPATH": "."}, check=True
        )
        _pack(checkout / "var", DATA / f"{version}.tar.zst")


def _check_out(commit: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    taken = subprocess.run(["git", "archive", commit], cwd=REPO, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=taken, check=True)
    (folder / "var").mkdir(exist_ok=True)
    (folder / "var/fonts").symlink_to((REPO / "var/fonts").resolve())


def _make_small(sample: Path) -> None:
    """The sample street is data: it has fewer communities."""
    data: dict[str, Any] = yaml.safe_load(sample.read_text(encoding="utf-8"))
    data["communities"] = [one for one in data["communities"] if one["name"] in COMMUNITIES]
    inspection = data["inspection"]
    inspection["corrections"] = [one for one in inspection["corrections"] if one["community"] in COMMUNITIES]
    sample.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _pack(var: Path, to: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="duban-pack-") as folder:
        packed = Path(folder)
        with sqlite3.connect(var / "run/demo/duban.db") as database:
            database.execute("VACUUM INTO ?", (str(packed / "duban.db"),))
        shutil.copytree(var / "run/demo/archive", packed / "archive")
        shutil.copyfile(var / "demo/manifest.json", packed / "manifest.json")
        whole = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"]
        names = ["archive", "duban.db", "manifest.json"]
        subprocess.run(["tar", "--zstd", *whole, "-cf", str(to), "-C", folder, *names], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
