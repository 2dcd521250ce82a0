"""Where the machine is at fault, people read what, where and what to do, in Chinese, and nothing is taken for their mistake."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from include.db import engine as engines
from include.db.engine import database_url, in_transaction, make_engine
from include.errors import UserError
from include.machine_faults import MachineError, as_fault
from include.settings import REPO
from ops.environment import free_port

# Files of more than 100 kB cannot be written by this process, as on a disk that is full.
_NO_ROOM = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from ops.command import run_command
from include.archive import contents
run_command(lambda: print(contents.{how}))
"""


def fault_of(error: BaseException) -> str:
    fault = as_fault(error)
    assert fault is not None
    return str(fault)


@pytest.mark.parametrize(
    "how", ["store(b'x' * 200_000)", "store_all([b'x' * 200_000])", "store_pieces([b'x' * 99_000] * 3)"]
)
def test_a_full_archive_is_named_with_its_free_space_and_leaves_no_litter(world: Path, how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _NO_ROOM.format(how=how)],
        env={**os.environ, "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith(f"错误：磁盘满了：{world / 'archive'} 写不进去（还剩 ")
    assert "Traceback" not in done.stderr
    assert [path for path in (world / "archive").rglob("*") if path.is_file()] == []


def test_a_disk_without_room_and_a_read_only_one_are_told_apart() -> None:
    with pytest.raises(OSError) as full, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert "磁盘满了：/dev" in str(as_fault(full.value, Path("/dev")))
    with pytest.raises(OSError) as read_only:
        Path("/sys/kernel/nothing").write_text("x", encoding="utf-8")
    assert fault_of(read_only.value).startswith("写不了 /sys/kernel/nothing：")


def test_a_database_that_stays_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "duban.db"
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{path}")
    one, other = (make_engine(database_url(f"sqlite:///{path}")) for _ in range(2))
    with one.begin(), pytest.raises(OperationalError) as locked, other.begin():
        pass
    assert fault_of(locked.value).startswith("业务数据库一直被别的程序占用") and str(path) in fault_of(locked.value)
    one.dispose()
    other.dispose()


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with pytest.raises(OSError) as refused:
        socket.create_connection(("127.0.0.1", port), timeout=2)
    assert "网络连不上 所设的服务器：对方没有开放这个端口" in fault_of(refused.value)
    address = f"postgresql://duban@127.0.0.1:{port}/duban"
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", address)
    with pytest.raises(OperationalError) as away:
        make_engine(database_url(address)).connect()
    assert f"连不上业务数据库（127.0.0.1:{port}/duban）：对方没有开放这个端口" in fault_of(away.value)


def test_a_mistake_of_ours_is_no_fault_of_the_machine() -> None:
    for error in (ValueError("x"), KeyError("x"), FileNotFoundError(2, "x"), UserError("x")):
        assert as_fault(error) is None
    assert issubclass(MachineError, UserError)


def test_two_that_write_the_same_row_at_once_both_succeed(database: Engine) -> None:
    """The second waits for the first, is refused by PostgreSQL, and finds on its next look what the first has written."""
    if database.dialect.name == "sqlite":
        pytest.skip("lets one write at a time")
    waiting, tries = threading.Event(), []
    with database.begin() as admin:
        admin.execute(text("CREATE TABLE once (key TEXT PRIMARY KEY)"))
    insert, count = text("INSERT INTO once VALUES ('a')"), text("SELECT COUNT(*) FROM once")

    def write(connection: object) -> int:
        tries.append(1)
        if (found := connection.execute(count).scalar_one()) == 0:  # type: ignore[attr-defined]
            waiting.set()
            connection.execute(insert)  # type: ignore[attr-defined]
        return int(found)

    with database.connect() as first:
        first.execute(insert)
        second = threading.Thread(target=lambda: tries.append(10 * in_transaction(write)))
        second.start()
        assert waiting.wait(10)
        first.commit()
    second.join(10)
    assert tries == [1, 1, 10], "two tries, and the second has found the row"
