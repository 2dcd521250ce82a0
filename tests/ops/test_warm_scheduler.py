"""What the scheduler loads before it forks tasks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from include.settings import REPO
from ops.warm_scheduler import LIBRARIES

_WAY_OF_A_HAND_IN = (
    "include.steps.receiving", "include.steps.sending", "include.intake.mailbox", "include.intake.receive",
    "include.validation.suite", "include.post.sender", "dags.receive", "dags.send_notices",
)  # fmt: skip
_LATE = """
import importlib, sys
from ops import warm_scheduler
top = lambda: {{name.partition(".")[0] for name in sys.modules}}
warm_scheduler.load()
before = top()
for name in {ours}: importlib.import_module(name)
print(sorted(top() - before - set(sys.stdlib_module_names) - {{"include", "dags"}}))
"""


def test_our_own_code_is_not_loaded_beforehand() -> None:
    assert not [name for name in LIBRARIES if name.partition(".")[0] in ("include", "dags", "ops")]


@pytest.mark.long
def test_a_task_that_receives_or_sends_imports_no_library_that_is_not_loaded_beforehand() -> None:
    code = _LATE.format(ours=_WAY_OF_A_HAND_IN)
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr
