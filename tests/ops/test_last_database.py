"""The handbook's commands, typed as it prints them: on the database of the last demo, close or up, and on no other."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from include.db.engine import database_url, make_engine, working_on
from include.registry.imports import import_register
from include.registry.units import find_unit
from include.settings import REPO
from ops.place import Place
from tests.intake.receive_street import FIRST, REGISTER, SECOND

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def make(runs: Path, tmp_path: Path) -> Make:
    """`make <target> NAME=value …` as people type it, its runs lying in a folder of the test."""

    def run(target: str, **arguments: str | Path) -> subprocess.CompletedProcess[str]:
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "DUBAN", "MAKE"))
        }
        return subprocess.run(
            ["make", "--no-print-directory", target, *(f"{name}={value}" for name, value in arguments.items())],
            cwd=REPO,
            env={**inherited, "DUBAN_RUNS": str(runs), "DUBAN_NOW": "2026-08-20T09:00:00"},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def last(runs: Path, tmp_path: Path, _sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """What a close leaves: its business database with two communities in the register, and a note that it was the last."""
    place = Place(str(runs / "close"))
    place.make()
    shutil.copy(_sqlite_template, place.database)
    place.airflow_database.touch()
    (runs / "last").write_text("close", encoding="utf-8")
    registry = tmp_path / "registry.csv"
    registry.write_text(REGISTER, encoding="utf-8")
    monkeypatch.setenv("DUBAN_ARCHIVE", str(place.archive))
    engine = make_engine(database_url(f"sqlite:///{place.database}"))
    with working_on(engine), engine.begin() as connection:
        import_register(connection, registry, dt.date(2000, 1, 1), "测试")
    engine.dispose()
    return place


@pytest.mark.parametrize(
    ("target", "arguments"),
    [
        ("why", {"PERIOD": "2026H1", "UNIT": FIRST.name}),
        ("registry", {"FILE": "{register}", "FROM": "2026-03-01", "BY": "张三"}),
        ("rebuild", {"TO": "{folder}/again.db", "AS_OF": "2026-08-20T09:00:00"}),
    ],
)
def test_without_a_database_a_command_is_refused_and_makes_none(
    make: Make, runs: Path, tmp_path: Path, target: str, arguments: dict[str, str]
) -> None:
    register = tmp_path / "名册.csv"
    register.write_text(REGISTER, encoding="utf-8")
    done = make(target, **{key: value.format(register=register, folder=tmp_path) for key, value in arguments.items()})
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout.startswith("数据库：") and "不存在" in done.stderr and "Traceback" not in done.stderr
    assert list(runs.rglob("*.db")) == [] == list(tmp_path.glob("again.db*"))


def test_why_takes_a_name_or_a_code_and_speaks_chinese(make: Make, last: Place) -> None:
    for named in (FIRST.name, FIRST.code):
        done = make("why", PERIOD="2026H1", UNIT=named)
        assert done.returncode == 0, done.stderr
        first, *rest = done.stdout.splitlines()
        assert first == f"数据库：{last.database}（上次 make close 的数据）"
        assert rest[0] == "2026H1：应发通知 0 条，已发送 0 条，未发送 0 条。"
    wrong = make("why", PERIOD="2026H1", UNIT="没有社区")
    assert wrong.returncode != 0 and "登记册里没有名为“没有社区”" in wrong.stderr


def test_a_register_is_imported_into_the_database_that_is_in_use(make: Make, last: Place, tmp_path: Path) -> None:
    register = tmp_path / "名册.csv"
    register.write_text(REGISTER.replace(SECOND.name, "新柳社区"), encoding="utf-8")
    done = make("registry", FILE=register, FROM="2026-03-01", BY="经办人")
    assert done.returncode == 0, done.stderr
    assert str(last.database) in done.stdout.splitlines()[0]
    assert "新增 0 个单位，变动 1 个，没有变动 1 个" in done.stdout
    engine = make_engine(database_url(f"sqlite:///{last.database}"))
    with engine.begin() as connection:
        found = find_unit(connection, SECOND.code, dt.date(2026, 3, 1))
    engine.dispose()
    assert found is not None and found.name == "新柳社区"
    wrong = make("registry", FILE=tmp_path / "没有.csv", FROM="三月")
    assert wrong.returncode == 2
    assert "FILE 指定的文件" in wrong.stderr and "FROM 的值“三月”不是日期" in wrong.stderr


def test_a_rebuild_takes_the_path_of_a_file_that_is_not_there(make: Make, last: Place, tmp_path: Path) -> None:
    target = tmp_path / "重建.db"
    done = make("rebuild", TO=target, AS_OF="2026-08-20T09:00:00")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "与记录完全一致" in done.stdout and target.is_file()
    again = make("rebuild", TO=target)
    assert again.returncode == 2 and "已经存在" in again.stderr


def test_a_database_that_nothing_is_in_is_refused(make: Make, last: Place, _sqlite_template: Path) -> None:
    shutil.copy(_sqlite_template, last.database)
    done = make("why", PERIOD="2026H1")
    assert done.returncode == 2 and "是空的" in done.stderr
    last.database.write_bytes(b"")
    done = make("why", PERIOD="2026H1")
    assert done.returncode == 2 and "没有本系统的数据" in done.stderr
    assert last.database.read_bytes() == b""
