"""The watcher of the inbox, on real files."""

from __future__ import annotations

import asyncio
from pathlib import Path

from include.airflow_ext.inbox_trigger import InboxTrigger
from include.intake.inbox import Folder


async def events(folder: Path, acts: list[object], polls: int) -> list[int]:
    """How many files each event spoke of, while `acts` are done one a poll."""
    trigger = InboxTrigger(str(folder), poll_seconds=0.02)
    seen: list[int] = []

    async def collect() -> None:
        async for event in trigger.run():
            seen.append(event.payload["waiting"])

    task = asyncio.create_task(collect())
    for number in range(polls):
        if number < len(acts) and callable(acts[number]):
            acts[number]()
        await asyncio.sleep(0.1)
    task.cancel()
    return seen


def test_a_file_that_lands_wakes_once(tmp_path: Path) -> None:
    assert asyncio.run(events(tmp_path, [lambda: (tmp_path / "报表.xlsx").write_bytes(b"1")], 6)) == [1]


def test_files_that_lie_there_at_the_start_wake_once(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.xlsx").write_bytes(b"1")
    assert asyncio.run(events(tmp_path, [], 6)) == [3]


def test_a_changed_file_wakes_again(tmp_path: Path) -> None:
    path = tmp_path / "报表.xlsx"
    acts = [lambda: path.write_bytes(b"1"), None, None, lambda: path.write_bytes(b"22")]
    assert asyncio.run(events(tmp_path, acts, 8)) == [1, 1]


def test_a_file_that_is_taken_away_wakes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "报表.xlsx"
    acts = [lambda: path.write_bytes(b"1"), None, None, path.unlink]
    assert asyncio.run(events(tmp_path, acts, 8)) == [1]


def test_names_that_programs_use_while_writing_wake_nobody(tmp_path: Path) -> None:
    for name in (".hidden", "~$报表.xlsx", "报表.xlsx.part", "下载.crdownload"):
        (tmp_path / name).write_bytes(b"1")
    assert asyncio.run(events(tmp_path, [], 5)) == []


def test_a_missing_folder_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "later"

    def appear() -> None:
        folder.mkdir()
        (folder / "报表.xlsx").write_bytes(b"1")

    assert asyncio.run(events(folder, [None, appear], 7)) == [1]


def test_the_watcher_sees_the_files_that_a_run_takes_and_no_others(tmp_path: Path) -> None:
    for name in (
        "报表.xlsx",
        "杏花/报表.xlsx",
        "杏花/.hidden",
        "~$报表.xlsx",
        ".taken/20260701T090000+0800/0/a.xlsx",
        "a/b/c",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "报表.xlsx")
    seen = {place for place, _ in InboxTrigger(str(tmp_path), 0.5)._snapshot()}
    assert seen == {str(tmp_path / "报表.xlsx"), str(tmp_path / "杏花/报表.xlsx")} == set(Folder(tmp_path).whole())


def test_the_trigger_comes_back_from_airflows_database() -> None:
    path, arguments = InboxTrigger("/inbox", 0.5).serialize()
    assert path == "include.airflow_ext.inbox_trigger.InboxTrigger"
    assert InboxTrigger(**arguments).serialize() == (path, arguments)
    assert arguments == {"inbox": "/inbox", "poll_seconds": 0.5}
