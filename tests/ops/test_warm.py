"""What the scheduler loads before it forks tasks, and the dag-processor before it forks for a file."""

from __future__ import annotations

import subprocess
import sys

import pytest

from include.settings import REPO
from ops.warm import LIBRARIES

_WAY_OF_A_HAND_IN = (
    "include.steps.receiving", "include.steps.sending", "include.intake.mailbox", "include.intake.receive",
    "include.validation.suite", "include.post.sender", "dags.receive", "dags.send_notices",
)  # fmt: skip
_LATE = """
import importlib, sys
from ops import warm
top = lambda: {{name.partition(".")[0] for name in sys.modules}}
warm.load("{component}")
before = top()
for name in {ours}: importlib.import_module(name)
print(sorted(top() - before - set(sys.stdlib_module_names) - {{"include", "dags"}}))
"""


def test_our_own_code_is_not_loaded_beforehand() -> None:
    loaded = {name.partition(".")[0] for libraries in LIBRARIES.values() for name in libraries}
    assert not loaded & {"include", "dags", "ops"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("component", "ours"),
    [
        ("scheduler", _WAY_OF_A_HAND_IN),
        ("dag-processor", tuple(f"dags.{path.stem}" for path in sorted((REPO / "dags").glob("*.py")))),
    ],
)
def test_what_a_component_forks_imports_no_library_that_is_not_loaded_beforehand(
    component: str, ours: tuple[str, ...]
) -> None:
    code = _LATE.format(component=component, ours=ours)
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr
