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
    """One kill after each line of progress, while the next step works."""
    left = list(services[:20])

    def pull(number: int) -> str:
        if not left or number < _FIRST:  # before the first one nothing has begun
            return ""
        kill(stack, service := left.pop(0))
        wait_until_back(stack, service)
        return service

    played = play(stack, pull)
    assert not left or len(played.pulled) >= sum(line.startswith("[") for line in played.lines) - _FIRST - 1
    _came_through(played, undisturbed)


def test_a_mail_server_that_is_cut_off_for_a_minute_gets_every_mail_once(stack: Stack, undisturbed: Path) -> None:
    def pull(number: int) -> str:
        if number != 2:
            return ""
        cut_off_mail(stack)
        time.sleep(_CUT_SECONDS)
        join_mail(stack)
        return "mail server cut off"

    _came_through(play(stack, pull), undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for the archive."""
    folder = tmp_path / "archive"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=128m,uid={OURS},mode=0770", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_that_is_cleared_after_a_minute_loses_nothing(small_disk: Path, undisturbed: Path) -> None:
    stack = ready_stack(settings={"DUBAN_ARCHIVE_VOLUME": str(small_disk)}, builds=False)

    def pull(number: int) -> str:
        if number != 2:
            return ""
        ballast = small_disk / "ballast"
        with suppress(OSError), ballast.open("wb") as file:
            while file.write(b"0" * 65536):
                file.flush()
        time.sleep(_CUT_SECONDS)
        ballast.unlink()
        return "disk full"

    try:
        start(stack, workers=2)
        _came_through(play(stack, pull), undisturbed)
    finally:
        stack.down()


def test_a_clock_that_jumps_back_a_day_and_forward_again_changes_nothing(stack: Stack, undisturbed: Path) -> None:
    clock = PLAY / "run/demo/clock"

    def pull(number: int) -> str:
        if number != 4:
            return ""
        told = dt.datetime.fromisoformat(clock.read_text(encoding="utf-8"))
        clock.write_text((told - dt.timedelta(days=1)).isoformat(), encoding="utf-8")
        time.sleep(10)
        clock.write_text(told.isoformat(), encoding="utf-8")
        return "clock a day back for ten seconds"

    _came_through(play(stack, pull), undisturbed)
