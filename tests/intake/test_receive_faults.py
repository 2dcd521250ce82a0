"""Receiving is stopped, killed and run twice at once: nothing is lost, nothing is doubled."""

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from include.archive import contents
from include.intake import answering
from include.intake.receive import drain
from include.settings import REPO
from tests.intake.receive_street import FIRST, PERIOD, SECOND, count, deliveries, drop, notices, rows, workbook

DRAIN = [
    sys.executable,
    "-c",
    "from include.period import Period; from include.intake.receive import drain; drain('run', Period.parse('2026H1'))",
]


@pytest.fixture
def street(street: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That of conftest, but files are received when they are seen."""
    monkeypatch.setenv("DUBAN_RECEIVED", "now")
    return street


def start_drain() -> subprocess.Popen[bytes]:
    return subprocess.Popen(DRAIN, cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)})


def drop_versions(street: Path, how_many: int) -> None:
    """As many versions of two communities' forms, each file another content."""
    for number in range(how_many):
        unit = (FIRST, SECOND)[number % 2]
        drop(street, f"{number:02}.xlsx", workbook(unit, special_activity_names=f"第{number}次"))


def assert_each_once(how_many: int) -> None:
    found = deliveries()
    assert [row["status"] for row in found] == ["accepted"] * how_many
    versions = rows("SELECT unit_code, version FROM submission ORDER BY unit_code, version")
    expected = [(unit.code, version) for unit in (FIRST, SECOND) for version in range(1, how_many // 2 + 1)]
    assert [(row["unit_code"], row["version"]) for row in versions] == expected
    assert [row["version"] for row in found] == [number // 2 + 1 for number in range(how_many)], (
        "in the order of receipt"
    )
    assert len(notices("receipt")) == how_many
    assert count("submission_value") % how_many == 0


def test_an_answer_is_written_whole_or_not_at_all(street: Path, database: Engine) -> None:
    drop(street, "杏花.xlsx", workbook())
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE notice RENAME TO notice_away")
    with pytest.raises(DBAPIError):
        drain(default_period=PERIOD)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE notice_away RENAME TO notice")
    assert [row["status"] for row in deliveries()] == ["waiting"]
    assert (count("submission"), count("submission_value"), count("notice")) == (0, 0, 0)
    assert drain(default_period=PERIOD).answered == 1
    assert [row["status"] for row in deliveries()] == ["accepted"]


def test_a_file_taken_before_a_stop_keeps_its_time_of_receipt(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(street, "杏花.xlsx", workbook())
    monkeypatch.setenv("DUBAN_NOW", "2026-07-20T23:59:59")
    (street / "archive").write_text("a full disk")
    with pytest.raises(OSError):
        drain(default_period=PERIOD)
    assert deliveries() == []
    (street / "archive").unlink()
    monkeypatch.setenv("DUBAN_NOW", "2026-07-21T06:00:00")
    drain(default_period=PERIOD)
    assert notices("receipt")[0]["payload"]["received_at"] == "2026-07-20T23:59:59+08:00"
    assert not list((street / "inbox").rglob("*.xlsx"))


def test_a_stop_between_recording_and_removing_does_not_double(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook()
    drop(street, "杏花.xlsx", content)
    drain(default_period=PERIOD)
    left = street / "inbox/.taken/20260701T090000+0800/0/杏花.xlsx"
    left.parent.mkdir(parents=True)
    left.write_bytes(content)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    assert drain(default_period=PERIOD).answered == 0
    assert len(deliveries()) == 1 and not left.exists()


def test_a_drain_killed_in_the_middle_is_finished_by_the_next(street: Path) -> None:
    drop_versions(street, 24)
    process = start_drain()
    deadline = time.monotonic() + 60
    while count("submission") == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    drain(default_period=PERIOD)
    assert_each_once(24)


def test_two_drains_at_once_answer_each_file_once(street: Path) -> None:
    drop_versions(street, 24)
    processes = [start_drain(), start_drain()]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert_each_once(24)


POISON = """
import os
from include.intake import receive
from include.period import Period
read = receive.read_file
receive.read_file = lambda content, name, period: os._exit(9) if name == "毒.xlsx" else read(content, name, period)
receive.drain("run", Period.parse("2026H1"))
"""


def test_a_file_that_ends_the_process_is_tried_twice_then_refused_and_told_to_ops(street: Path) -> None:
    drop_versions(street, 4)
    drop(street, "毒.xlsx", workbook(FIRST, special_activity_names="毒"))

    def ended() -> int:
        return subprocess.run(
            [sys.executable, "-c", POISON], cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}, check=False
        ).returncode

    assert (ended(), ended(), ended()) == (9, 9, 0)
    found = {str(row["name"]): row["status"] for row in deliveries()}
    assert found.pop("毒.xlsx") == "refused" and set(found.values()) == {"accepted"}
    (refused,) = notices("refused")
    assert "两次都没能读完" in refused["payload"]["problems"][0]
    (told,) = notices("ops_alert")
    sha256 = rows("SELECT sha256 FROM delivery WHERE name = '毒.xlsx'")[0]["sha256"]
    assert str(sha256) in "".join(told["payload"]["lines"]), "and the file is kept"
    assert contents.load(str(sha256)) == workbook(FIRST, special_activity_names="毒")


def test_reading_leaves_no_attempt_behind(street: Path) -> None:
    drop_versions(street, 2)
    drain(default_period=PERIOD)
    assert rows("SELECT DISTINCT attempts FROM delivery") == [{"attempts": 0}]


def test_a_huge_file_is_archived_and_refused_without_being_held_in_memory(street: Path) -> None:
    path = drop(street, "巨.xlsx", b"PK")
    os.truncate(path, 64 * 1024 * 1024)
    tracemalloc.start()
    drain(default_period=PERIOD)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 1024 * 1024
    (delivery,) = rows("SELECT sha256, bytes, status, message FROM delivery")
    assert (delivery["bytes"], delivery["status"]) == (64 * 1024 * 1024, "refused")
    assert "64.0 MB，超过 20 MB 的上限" in str(delivery["message"])
    stored = contents.path_of(str(delivery["sha256"]))
    assert stored.stat().st_mode & 0o777 == 0o444
    contents.verify(str(delivery["sha256"]))
    with stored.open("rb") as file:
        assert file.read(1_000_000).count(0) < 10_000, "what lies there is encrypted"


def test_an_answer_that_cannot_be_written_holds_up_no_other(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_versions(street, 4)
    decide = answering._decide

    def broken(connection: Connection, case: answering.Case, marked: tuple[str, str] | None) -> object:
        if case.name == "01.xlsx":
            raise RuntimeError("no room on the disk")
        return decide(connection, case, marked)

    with monkeypatch.context() as patch:
        patch.setattr(answering, "_decide", broken)
        with pytest.raises(RuntimeError):
            drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == ["accepted", "waiting", "accepted", "accepted"]
    drain(default_period=PERIOD)
    assert {row["status"] for row in deliveries()} == {"accepted"}
    assert len(notices("receipt")) == 4
