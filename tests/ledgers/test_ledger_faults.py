"""A ledger through faults: a run that ends in the middle of a sheet, two drains at once, and the record that comes again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from include.db import sql
from include.db.engine import make_engine, migrate, transaction, working_on
from include.intake.receive import drain
from include.ledgers import keeping
from include.period import parse_moment
from include.rebuild.replay import rebuild
from include.settings import REPO
from tests.invented import invented
from tests.town import STREET, Town

A = f"{STREET}001"
AID = (Path(__file__).parents[1] / "data/aid.yaml").read_text(encoding="utf-8")
HEAD = f"表,household\n期间,2026H1\n编码,{A}\n\n户号,困难类型,建档日期,退出日期,人口\n"
COLUMNS = (
    "filler_code, row_key, version, period, sha256, row_number, cells, valid_from, valid_to, known_from, known_until"
)


@pytest.fixture
def town(database: Engine, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with invented(tmp_path, "aid", AID):
        yield Town(world, monkeypatch, "aid", subjects=f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n", links="")


def put(town: Town, name: str, text: str, at: str) -> None:
    path, moment = town.world / "inbox" / name, parse_moment(at, "test")
    town.patch.setenv("DUBAN_NOW", moment.isoformat())
    path.write_text(text, encoding="utf-8")
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def kept() -> list[tuple[Any, ...]]:
    with transaction() as connection:
        rows = connection.exec_driver_sql(f"SELECT {COLUMNS} FROM ledger_row ORDER BY row_key, version").all()
        return [tuple(map(str, row)) for row in rows]


def statuses() -> list[str]:
    with transaction() as connection:
        return sorted(row[0] for row in connection.exec_driver_sql("SELECT status FROM delivery"))


def test_nothing_is_doubled_or_lost_and_the_rows_come_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{n:04},低保,2026-01-10,,{n % 5 + 1}" for n in range(1, 101)]
    put(town, "one.csv", HEAD + "\n".join(rows) + "\n", "2026-07-02T10:00:00")
    with monkeypatch.context() as patch:

        def dies(*_: Any, **__: Any) -> None:
            raise RuntimeError("killed")

        dying = SimpleNamespace(fetch=sql.fetch, execute_many=sql.execute_many, execute=dies)
        patch.setattr(keeping, "sql", dying)
        with pytest.raises(RuntimeError):
            drain("test")
    assert (statuses(), kept()) == (["waiting"], [])
    drain("test")
    assert (statuses(), len(kept())) == (["accepted"], 100)
    # a change that dies after the old knowledge was ended: nothing of it stays
    before = kept()
    put(town, "two.csv", HEAD + "0001,低保,2026-01-10,,9" + "\n0101,大病,2026-02-01,,3\n", "2026-07-03T10:00:00")
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "sql", dying)
        with pytest.raises(RuntimeError):
            drain("test")
    assert kept() == before
    # two drains at once, and the same sheet under two names
    put(town, "three.csv", HEAD + "0101,大病,2026-02-01,,3\n", "2026-07-03T10:00:00")
    put(town, "four.csv", HEAD + "0101,大病,2026-02-01,,3\n", "2026-07-03T10:00:01")
    drains = [threading.Thread(target=drain, args=("test",)) for _ in range(2)]
    for one in drains:
        one.start()
    for one in drains:
        one.join()
    assert statuses() == ["accepted", "accepted", "accepted", "duplicate"]
    assert len(kept()) == 102 and {row[1] for row in kept()} == {f"{n:04}" for n in range(1, 102)}


KILLED = """
import os, signal
from types import SimpleNamespace
from include.db import sql
from include.intake.receive import drain
from include.ledgers import keeping

def dies(connection, name, rows):
    sql.execute_many(connection, name, rows[: len(rows) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

keeping.sql = SimpleNamespace(fetch=sql.fetch, execute=sql.execute, execute_many=dies)
drain("killed")
"""


def test_a_process_that_is_killed_half_way_through_the_rows_leaves_nothing_and_the_next_takes_them_all(
    town: Town,
) -> None:
    rows = [f"{n:04},低保,2026-01-10,,{n % 5 + 1}" for n in range(1, 201)]
    put(town, "one.csv", HEAD + "\n".join(rows) + "\n", "2026-07-02T10:00:00")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}, timeout=120, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (kept(), [one for one in statuses() if one != "waiting"]) == ([], [])
    drains = [threading.Thread(target=drain, args=("test",)) for _ in range(2)]
    for one in drains:
        one.start()
    for one in drains:
        one.join()
    assert (statuses(), len(kept())) == (["accepted"], 200)


def test_a_rebuild_makes_the_same_rows(town: Town, database: Engine) -> None:
    if database.dialect.name != "sqlite":
        pytest.skip("the record comes again alike")
    put(town, "one.csv", HEAD + "0001,低保,2026-01-10,,1\n0002,低保,2026-01-10,,2\n", "2026-07-02T10:00:00")
    drain("test")
    put(town, "two.csv", HEAD + "0002,低保,2026-01-10,2026-06-01,2\n", "2026-07-04T10:00:00")
    drain("test")
    target = make_engine(database.url.set(database=str(town.world / "again.db")))
    migrate(target)
    found = rebuild(database, target, parse_moment("2026-08-01T10:00:00", "test"))
    assert found.differences == []
    before = kept()
    with working_on(target):
        assert kept() == before and len(before) == 3
    target.dispose()
