"""A half year closes on docker-compose.yaml although its plugs are pulled: same bytes, no mail twice, none lost."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ops.cluster import engine
from ops.cluster.compare import compare
from ops.cluster.images import KEPT
from ops.cluster.stack import PLAY, Stack, left_over, ready_stack
from ops.cluster.up import start
from ops.compose.make_secrets import OURS
from tests.cluster.plugs import KILLED, Played, cut_off_mail, join_mail, kill, mails_twice, play, wait_until_back

pytestmark = [
    pytest.mark.long,
    pytest.mark.cluster,
    pytest.mark.skipif(bool(engine.why_none()), reason=engine.why_none() or "-"),
]
_CUT_SECONDS = 60
_FIRST = 3  # lines of progress until the forms are being opened


@pytest.fixture
def stack(undisturbed: Path) -> Iterator[Stack]:
    stack = ready_stack(builds=not KEPT.exists())
    start(stack, workers=2)
    yield stack
    stack.down()
    assert left_over(stack.engine) == []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of the same play with every plug in its place: that of `make demo` where OUT names it, which plays the same by the same
    secret; else played on the same stack now."""
    if given := os.environ.get("OUT"):
        return Path(given).absolute()
    stack = ready_stack()
    try:
        start(stack, workers=2)
        played = play(stack, lambda _: "")
        assert played.code == 0, played.said
        return Path(shutil.copytree(PLAY / "demo", tmp_path_factory.mktemp("undisturbed") / "demo"))
    finally:
        stack.down()


def _came_through(played: Played, undisturbed: Path) -> None:
    assert played.code == 0, played.said
    assert mails_twice() == [], played.said
    found = compare(PLAY / "demo", undisturbed)
    assert found.different == [], played.said
    assert len(list((PLAY / "demo/mails").iterdir())) == len(list((undisturbed / "mails").iterdir()))


@pytest.mark.parametrize("services", [("worker", "scheduler", "postgres"), KILLED * 3], ids=["three", "twenty"])
def test_kills_at_many_points_of_a_half_year_change_nothing(
    stack: Stack, undisturbed: Path, services: tuple[str, ...]
) -> None:
    """One kill after each line of progress, after every other one two, while the next step works."""
    left = list(services[:20])

    def pull(number: int) -> str:
        killed = []
        while left and number >= _FIRST and len(killed) < 1 + number % 2:
            kill(stack, service := left.pop(0))
            wait_until_back(stack, service)
            killed.append(service)
        return "、".join(killed)

    played = play(stack, pull)
    assert not left, f"not killed: {left}"
    _came_through(played, undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for the archive."""
    folder = tmp_path / "archive"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=128m,uid={OURS},mode=0770", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_a_mail_server_cut_off_and_a_clock_that_jumps_lose_nothing(
    small_disk: Path, undisturbed: Path
) -> None:
    """One after the other in one half year: the first two for a minute each, the clock a day back for ten seconds."""
    stack = ready_stack(settings={"DUBAN_ARCHIVE_VOLUME": str(small_disk)}, builds=not KEPT.exists())
    clock, ballast = PLAY / "run/demo/clock", small_disk / "ballast"

    def pull(number: int) -> str:
        if number == _FIRST:
            with suppress(OSError), ballast.open("wb") as file:
                while file.write(b"0" * 65536):
                    file.flush()
            time.sleep(_CUT_SECONDS)
            ballast.unlink()
            return "disk full"
        if number == _FIRST + 1:
            cut_off_mail(stack)
            time.sleep(_CUT_SECONDS)
            join_mail(stack)
            return "mail server cut off"
        if number == _FIRST + 4:
            told = clock.read_text(encoding="utf-8")
            back = (dt.datetime.fromisoformat(told) - dt.timedelta(days=1)).isoformat()
            clock.write_text(back, encoding="utf-8")
            time.sleep(10)
            if clock.read_text(encoding="utf-8") == back:  # else the play has moved it on meanwhile
                clock.write_text(told, encoding="utf-8")
            return "clock a day back"
        return ""

    try:
        start(stack, workers=2)
        played = play(stack, pull)
        assert len(played.pulled) == 3, played.said
        _came_through(played, undisturbed)
    finally:
        stack.down()
        assert left_over(stack.engine) == []
