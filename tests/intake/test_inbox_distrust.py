"""Who may write into the inbox can lay down hand-ins, and nothing else: no time of receipt, no file from elsewhere."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from include.intake import channels
from include.intake.inbox import Folder
from include.intake.receive import drain
from tests.intake.receive_street import PERIOD, SECOND, count, drop, notices, rows, statuses, workbook


@pytest.fixture(autouse=True)
def _received_now(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_RECEIVED", "now")


@pytest.mark.parametrize("time_of_receipt", ["20260601T090000+0800", "old", "20260601T090000", "99999999T000000+0000"])
def test_what_lies_where_older_versions_moved_files_aside_is_taken_and_its_time_not_believed(
    street: Path, time_of_receipt: str
) -> None:
    left = street / "inbox/.taken" / time_of_receipt / "0" / "杏花.xlsx"
    left.parent.mkdir(parents=True)
    left.write_bytes(workbook())
    drop(street, "柳堤.xlsx", workbook(SECOND))
    assert drain(default_period=PERIOD).answered == 2
    assert {row["payload"]["received_at"] for row in notices("receipt")} == {"2026-07-01T09:00:00+08:00"}
    assert list((street / "inbox").iterdir()) == []


def test_a_stop_between_recording_and_removing_does_not_double_and_keeps_the_time(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(street, "杏花.xlsx", workbook())
    with monkeypatch.context() as stopped:
        stopped.setattr(Folder, "remove", lambda *_: exec('raise OSError("stopped")'))
        drain(default_period=PERIOD)
    assert path.exists() and count("delivery") == count("inbox_sighting") == 1
    monkeypatch.setenv("DUBAN_NOW", "2026-07-21T09:00:00")
    assert drain(default_period=PERIOD).answered == 0
    assert not path.exists() and (count("delivery"), count("inbox_sighting")) == (1, 0)


def test_a_file_that_comes_in_the_place_of_one_that_is_being_removed_is_kept_and_taken_next(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(street, "表.xlsx", workbook())
    removed = Folder.remove

    def late(self: Folder, seen: object) -> None:
        (street / "inbox/新.part").write_bytes(workbook(SECOND))
        (street / "inbox/新.part").replace(street / "inbox/表.xlsx")
        removed(self, seen)  # type: ignore[arg-type]

    with monkeypatch.context() as busy:
        busy.setattr(Folder, "remove", late)
        assert drain(default_period=PERIOD).answered == 1
    assert drain(default_period=PERIOD).answered == 1
    assert count("submission") == 2 and list((street / "inbox").iterdir()) == []


def test_links_pipes_and_what_lies_behind_them_are_never_taken(street: Path) -> None:
    """Files and folders are swapped for links and pipes all the time while the inbox is drained."""
    inbox, outside, over = street / "inbox", street / "outside", threading.Event()
    outside.mkdir()
    (outside / "表.xlsx").write_bytes(b"from outside the inbox")
    swaps: list[Callable[[], object]] = [
        lambda: (inbox / "表.xlsx").write_bytes(b"from inside"),
        lambda: (inbox / "表.xlsx").unlink(),
        lambda: (inbox / "表.xlsx").symlink_to(outside / "表.xlsx"),
        lambda: (inbox / "表.xlsx").unlink(),
        lambda: os.mkfifo(inbox / "表.xlsx"),
        lambda: (inbox / "表.xlsx").unlink(),
        lambda: (inbox / "一").mkdir(),
        lambda: (inbox / "一/表.xlsx").write_bytes(b"from inside, one below"),
        lambda: (inbox / "一").rename(inbox / ".away"),
        lambda: (inbox / "一").symlink_to(outside),
        lambda: (inbox / "一").unlink(),
        lambda: (inbox / ".away/表.xlsx").unlink(),
        lambda: (inbox / ".away").rmdir(),
    ]

    def swap() -> None:
        while not over.is_set():
            for act in swaps:
                try:
                    act()
                except OSError:
                    continue

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        until = time.monotonic() + 5
        while time.monotonic() < until:
            channels.take_inbox(PERIOD)
    finally:
        over.set()
        swapper.join()
    assert {row["bytes"] for row in rows("SELECT bytes FROM delivery")} <= {
        len(b"from inside"),
        len(b"from inside, one below"),
    }
    assert (outside / "表.xlsx").read_bytes() == b"from outside the inbox"


def test_what_nobody_takes_is_named_wherever_it_lies(street: Path) -> None:
    inbox = street / "inbox"
    for name in ("一/二/深.xlsx", ".hidden.xlsx", "~$表.xlsx", "一/二/三/四/更深.xlsx"):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(b"x")
    os.mkfifo(inbox / "管道")
    (inbox / "链接.xlsx").symlink_to(inbox / "一/二/深.xlsx")
    drain(default_period=PERIOD)
    assert statuses() == {}
    names = ["~$表.xlsx", ".hidden.xlsx", "一/二/深.xlsx", "一/二/三/四/更深.xlsx", "管道", "链接.xlsx"]
    assert Folder(inbox).lying(0) == sorted(names)
    assert Folder(inbox).lying(3600) == []
