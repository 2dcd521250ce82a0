"""Every import that changed the register is kept with its file, and does the same again elsewhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from include.archive import contents
from include.db import sql, tables
from include.errors import UserError
from include.period import now
from include.registry.imports import import_register, replay_import
from include.registry.units import ImportResult, import_units

START, LATER = dt.date(2000, 1, 1), dt.date(2026, 3, 1)
OLD = "code,name\n990000001001,杏花社区\n990000001002,柳堤社区\n"


@pytest.fixture
def register(world: Path) -> Path:
    path = world / "register.csv"
    path.write_text(OLD, encoding="utf-8")
    return path


def _imports(connection: Connection) -> list[dict[str, Any]]:
    table = tables.registry_import
    return [dict(row) for row in connection.execute(select(table).order_by(table.c.imported_at)).mappings()]


def _replayed(connection: Connection) -> tuple[list[Any], list[Any]]:
    """The register as it is, and as its imports make it once more."""
    before, imports = (
        sql.fetch(connection, "registry/select_units"),
        sql.fetch(connection, "rebuild/select_imports", as_of_at=now()),
    )
    connection.execute(tables.unit.delete())
    connection.execute(tables.registry_import.delete())
    for row in imports:
        replay_import(connection, row)
    return before, sql.fetch(connection, "registry/select_units")


def test_an_import_is_kept_with_who_when_from_which_day_and_its_file(connection: Connection, register: Path) -> None:
    assert import_register(connection, register, LATER, " 张三 ") == ImportResult(2, 0, 0)
    [row] = _imports(connection)
    assert (row["kind"], row["imported_by"], row["valid_from"]) == ("import", "张三", LATER)
    assert contents.load(row["sha256"]).decode() == OLD


def test_the_same_import_again_leaves_no_second_record(connection: Connection, register: Path) -> None:
    import_register(connection, register, LATER, "张三")
    assert import_register(connection, register, LATER, "张三") == ImportResult(0, 0, 2)
    assert len(_imports(connection)) == 1


def test_a_register_with_a_mistake_writes_nothing(connection: Connection, register: Path) -> None:
    register.write_text("code,name\n12,杏花社区\n", encoding="utf-8")
    with pytest.raises(UserError, match="应为 12 位数字"):
        import_register(connection, register, LATER, "张三")
    assert _imports(connection) == []


def test_imports_replayed_make_the_same_register(
    connection: Connection, register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_register(connection, register, START, "张三")
    register.write_text(OLD.replace("杏花", "新桥"), encoding="utf-8")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    import_register(connection, register, LATER, "张三")
    before, after = _replayed(connection)
    assert before == after
    assert len(before) == 3


def test_a_register_that_was_there_before_imports_were_kept_is_kept_with_the_first_one(
    connection: Connection, register: Path
) -> None:
    import_units(connection, register, START)
    register.write_text(OLD.replace("杏花", "新桥"), encoding="utf-8")
    import_register(connection, register, LATER, "张三")
    assert [row["kind"] for row in _imports(connection)] == ["baseline", "import"]
    before, after = _replayed(connection)
    assert before == after
    assert len(before) == 3
