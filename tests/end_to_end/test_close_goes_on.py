"""A close that was killed, and whose components were killed, comes to the end that an undisturbed one comes to."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from include.settings import REPO
from tests.end_to_end.conftest import Command, hashes
from tests.end_to_end.office import REGISTER, UNITS, forms_of, moment_before_due, title_of
from tests.intake.receive_street import drop, workbook

pytestmark = [pytest.mark.airflow, pytest.mark.long]
COMPONENTS = (
    "ops.warm_scheduler",
    "airflow scheduler",
    "triggerer",
    "dag-processor",
    "api",
    "mail_sink",
    "airflow worker",
)


def disturbed(command: list[str], runs: Path, said: Path, kills: int, chance: random.Random, *, is_killed: bool) -> int:
    """Run the command while its components are killed one after the other; `is_killed`: in the end the command itself.

    What it says, and what was killed when, goes to `said`.
    """
    environment = {**os.environ, "PYTHONPATH": str(REPO), "PYTHONUNBUFFERED": "1", "DUBAN_RUNS": str(runs)}
    with said.open("a", encoding="utf-8") as output:
        process = psutil.Popen([sys.executable, *command], cwd=REPO, env=environment, stdout=output, stderr=output)
        while process.poll() is None:
            time.sleep(chance.uniform(6, 12))
            with suppress(psutil.NoSuchProcess):
                if kills == 0 and is_killed:
                    for one in (process, *process.children(recursive=True)):
                        one.kill()
                found = [one for one in process.children(recursive=True) if "<idle>" not in title_of(one)]
                targets = [one for one in found if any(name in title_of(one) for name in COMPONENTS)]
                if kills > 0 and targets:
                    victim = chance.choice(targets)
                    print(
                        f"{time.strftime('%H:%M:%S')} kill -9 {victim.pid}: {title_of(victim)}", file=output, flush=True
                    )
                    victim.kill()
            kills -= 1
        return int(process.wait())


def message_ids(mails: Path) -> Counter[str]:
    heads = (path.read_bytes().split(b"\r\n\r\n")[0].decode() for path in mails.glob("*.eml"))
    lines = (line for head in heads for line in head.splitlines())
    return Counter(line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("message-id:"))


def test_a_close_that_is_killed_goes_on_by_the_same_command_and_mails_nobody_twice(
    command: Command, tmp_path: Path, runs: Path
) -> None:
    registry, chance = tmp_path / "registry.csv", random.Random(20260820)
    registry.write_text(REGISTER, encoding="utf-8")
    for unit, figures in forms_of("2026H1", UNITS).items():
        drop(tmp_path, f"{unit.name}.xlsx", workbook(unit, "2026H1", **figures), moment_before_due("2026H1"))
    wanted: list[str] = [
        "--period",
        "2026H1",
        "--registry",
        str(registry),
        "--inbox",
        str(tmp_path / "inbox"),
        "--approve",
        "王书记",
    ]
    whole = command("close", *wanted, "--out", tmp_path / "whole")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    expected = message_ids(runs / "close/mails")
    own = tmp_path / "runs"
    close = ["-m", "ops.close", *wanted, "--out", str(tmp_path / "out")]
    said = tmp_path / "said.txt"
    assert disturbed(close, own, said, 2, chance, is_killed=True) < 0, said.read_text(encoding="utf-8")
    assert disturbed(close, own, said, 5, chance, is_killed=False) == 0, said.read_text(encoding="utf-8")
    assert hashes(tmp_path / "out").keys() == hashes(tmp_path / "whole").keys()
    assert (tmp_path / "out/manifest.json").read_bytes() == (tmp_path / "whole/manifest.json").read_bytes()
    arrived = message_ids(own / "close/mails")
    assert arrived == expected and set(arrived.values()) == {1}
