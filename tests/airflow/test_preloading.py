"""What is loaded before tasks are forked, and that a change of ours counts from the next task on all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from include.settings import REPO

_WAY_OF_A_HAND_IN = ("dags.receive", "dags.send_notices", "dags.score_provisional")
_LATE = """
import importlib, sys
from include.airflow_ext import preloading
top = lambda: {{name.partition(".")[0] for name in sys.modules}}
preloading.preload()
before, loaded = top(), set(sys.modules)
from include.validation.suite import great_expectations
great_expectations()
for name in {ways}: importlib.import_module(name)
print(sorted(top() - before - set(sys.stdlib_module_names) - {{"dags"}}))
print(sorted(name for name in set(sys.modules) - loaded if name.startswith("include.")))
"""
_TASKS = """
import os, sys
from pathlib import Path
from include.airflow_ext import preloading
preloading.load_libraries = lambda: None  # other people's modules are not what is asked here
preloading.preload()
import include.errors, include.schemes.loader

def task():
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        os.wait()
        print(os.read(reader, 1_000).decode())
        return
    from include import errors
    from include.schemes import loader
    said = (errors is include.errors, getattr(errors, "NEW", None), loader.default_system())
    os.write(writer, repr(said).encode())
    os._exit(0)

task()
errors = Path("include/errors.py")
errors.write_text(errors.read_text() + "NEW = 1\\n")
task()
errors.write_text(errors.read_text() + "NEW = 2\\n")
task()
default = Path("systems/_shared/default.yaml")
default.write_text(default.read_text().replace("half_year", "five_good"))
task()
"""


def _run(code: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()


def test_a_change_of_code_or_of_a_systems_file_counts_from_the_next_task_on(tmp_path: Path) -> None:
    """In a copy of the checkout, by real forks: what was loaded beforehand is used as it is until a file changes."""
    for folder in ("include", "plugins", "systems"):
        shutil.copytree(REPO / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    assert _run(_TASKS, tmp_path)[-4:] == [
        "(True, None, 'half_year')",
        "(False, 1, 'half_year')",
        "(False, 2, 'half_year')",
        "(False, 2, 'five_good')",
    ]


@pytest.mark.long
def test_a_task_that_receives_scores_or_sends_imports_nothing_that_is_not_loaded_beforehand() -> None:
    assert _run(_LATE.format(ways=_WAY_OF_A_HAND_IN), REPO)[-2:] == ["[]", "[]"]
