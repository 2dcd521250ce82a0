"""Taking in the inbox: which files, when they count as received, what stays and what goes; each database."""

import os
from pathlib import Path

import pytest
from receive_street import PERIOD, SECOND, count, deliveries, drop, notices, rows, statuses, workbook

from include.db.engine import transaction
from include.db.sql import fetch_one
from include.errors import UserError
from include.intake.receive import drain
from include.period import now


@pytest.mark.parametrize(
    ("policy", "received"),
    [
        ("due", "2026-07-20T23:59:59+08:00"),
        ("2026-07-11T08:00:00", "2026-07-11T08:00:00+08:00"),
        ("mtime", "2026-07-18T09:00:00+08:00"),
        ("now", "2026-07-01T09:00:00+08:00"),
    ],
)
def test_the_time_of_receipt_is_a_setting(
    street: Path, monkeypatch: pytest.MonkeyPatch, policy: str, received: str
) -> None:
    monkeypatch.setenv("DUBAN_RECEIVED", policy)
    drop(street, "杏花.xlsx", workbook(), "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    assert notices("receipt")[0]["payload"]["received_at"] == received


def test_received_at_the_due_date_needs_a_period(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_RECEIVED", "due")
    with pytest.raises(UserError, match="需要指明期间"):
        drain()


def test_an_inbox_that_is_only_read_stays_as_it_is_and_is_read_once(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_INBOX_READ_ONLY", "true")
    monkeypatch.setenv("DUBAN_RECEIVED", "now")
    path = drop(street, "杏花.xlsx", workbook())
    assert drain(default_period=PERIOD).answered == 1
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    assert drain(default_period=PERIOD).answered == 0
    assert [p.name for p in (street / "inbox").iterdir()] == [path.name]


def test_passing_files_links_and_folders_of_folders_are_left_alone(street: Path) -> None:
    for name in ("~$杏花.xlsx", ".hidden.xlsx", "x.part", "y.tmp", "z.crdownload", "一/二.xlsx"):
        drop(street, name, workbook())
    (street / "inbox" / "link.xlsx").symlink_to(street / "registry.csv")
    (street / "inbox" / "一" / "深").mkdir()
    drop(street, "一/深.xlsx", workbook(SECOND))
    (street / "inbox" / "一" / "深" / "三.xlsx").write_bytes(workbook())
    drain(default_period=PERIOD)
    assert set(statuses()) == {"二.xlsx", "深.xlsx"}


def test_a_file_that_is_still_being_written_is_left_until_it_is_whole(street: Path) -> None:
    content, path = workbook(), street / "inbox" / "慢.xlsx"
    with path.open("wb") as file:
        file.write(content[:2000])
        file.flush()
        assert drain(default_period=PERIOD).answered == 0
        file.write(content[2000:])
    drain(default_period=PERIOD)
    assert len(deliveries()) == 1 and path.exists() is False


def test_a_name_in_an_old_encoding_is_readable(street: Path) -> None:
    folder = os.fsencode(street / "inbox")
    with open(folder + b"/" + "杏花.xlsx".encode("gb18030"), "wb") as file:  # noqa: PTH123
        file.write(workbook())
    drain(default_period=PERIOD)
    assert list(statuses()) == ["杏花.xlsx"]


def test_what_a_run_did_is_logged_and_an_idle_one_is_not(street: Path) -> None:
    drain("run-1")
    assert count("run_log") == 0
    drop(street, "杏花.xlsx", workbook(), "2026-07-18T09:00:00")
    drain("run-2", PERIOD)
    (logged,) = rows("SELECT run_id, stage, period, detail FROM run_log")
    assert (logged["run_id"], logged["stage"], logged["period"]) == ("run-2", "receive", "2026H1")
    assert '"answers": {"accepted": 1}' in str(logged["detail"])


def test_the_answer_to_a_file_whose_time_is_still_to_come_is_due_at_once(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose clock is ahead, or a file of today handed in on a simulated clock: it is answered all the same."""
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    drop(street, "快钟.xlsx", workbook(), "2026-07-21T09:00:00")
    drop(street, "不是表.txt", b"?", "2026-07-22T09:00:00")
    drain("", PERIOD)
    assert count("notice") == 2
    with transaction() as connection:
        assert fetch_one(connection, "notices/count_waiting", due_at=now()) == {"waiting": 2}
