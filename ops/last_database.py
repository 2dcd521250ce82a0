"""The database that the handbook's commands speak to: that of the last demo, close or up, said before anything else."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sqlalchemy import URL, inspect
from sqlalchemy.exc import OperationalError

from include.db import sql
from include.db.engine import SETTING, database_url, get_engine, transaction
from include.rebuild.upgrade import upgrade
from include.settings import REPO
from ops.command import BadArgumentsError
from ops.environment import duban_environment
from ops.place import Place, last_place

_WHOSE = {"demo": "上次 make demo 的数据", "close": "上次 make close 的数据", "up": "make up 的数据"}


def speak_to_last_database(*, may_lack_units: bool = False, is_upgraded: bool = True) -> None:
    """Set this process up for that database and its archive, and print which it is.

    What the caller's environment names wins. Raises BadArgumentsError where there is no such database, or it holds
    nothing; none is made. `may_lack_units`: one that `make up` has prepared and nobody has filled yet will do. Not `is_upgraded`: it stays what an older
    version left.
    """
    place = last_place() or Place("up")
    whose = _WHOSE.get(place.name, place.name)
    if os.environ.get(SETTING):
        whose = f"{SETTING} 所指"
    given = duban_environment(place) | place.state().get("settings", {})
    os.environ.update({name: value for name, value in given.items() if not os.environ.get(name)})
    url = database_url(os.environ[SETTING])
    print(f"数据库：{_shown(url)}（{whose}）", flush=True)
    if not _holds_tables(url):
        raise BadArgumentsError(
            f"数据库 {_shown(url)} 不存在，或者里面没有本系统的数据：请先运行 make demo、make close 或 make up，"
            f"或用 {SETTING} 指明要用的数据库。没有建立新的数据库。"
        )
    if is_upgraded:
        upgrade()
    if not may_lack_units and not _holds_anything():
        raise BadArgumentsError(f"数据库 {_shown(url)} 是空的，没有可查的内容：请先导入登记册（make registry）。")


def sqlite_file(text: str) -> str:
    """A database as a command takes it: a path is an SQLite file; an address or Airflow's JSON stays as it is."""
    if "://" in text or text.lstrip().startswith("{"):
        return text
    return json.dumps({"conn_type": "sqlite", "host": str(Path(text).absolute())})


def _shown(url: URL) -> str:
    if url.get_backend_name() != "sqlite":
        return url.render_as_string(hide_password=True)
    path = Path(url.database or "").absolute()
    return str(path.relative_to(REPO) if path.is_relative_to(REPO) else path)


def _holds_tables(url: URL) -> bool:
    """Asked of a file only where there is one: opening SQLite makes it."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not path.is_file() or path.stat().st_size == 0:
            return False
    try:
        return inspect(get_engine()).has_table("unit")
    except OperationalError as error:
        raise BadArgumentsError(f"数据库 {_shown(url)} 连不上：{str(error.orig).strip()}") from None


def _holds_anything() -> bool:
    with transaction() as connection:
        return bool((sql.fetch_one(connection, "ops/count_rows") or {})["row_count"])
