"""`make rebuild TO= [AS_OF=]`: any past state again from raw files, arrivals and decisions, in a new database; what differs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sqlalchemy import URL

from include.db.engine import database_url, get_engine, make_engine, migrate
from include.errors import UserError
from include.period import now, parse_moment
from include.rebuild.replay import Rebuilt, rebuild
from ops.command import BadArgumentsError, run_command
from ops.last_database import speak_to_last_database, sqlite_file


def main() -> None:
    parser = argparse.ArgumentParser(description="在一个新数据库里重建上次 demo、close 或 up 的数据，并列出差别。")
    parser.add_argument(
        "--to", default="", help="an empty database to write to: a file that is not there, or an address"
    )
    parser.add_argument("--as-of", default="", help="the moment, e.g. 2026-08-20T09:00:00; now without it")
    options = parser.parse_args()
    if not options.to:
        raise BadArgumentsError("缺少参数 TO，例如 TO=again.db：要写入的新数据库文件。")
    try:
        url = database_url(sqlite_file(options.to), "TO")
        as_of = parse_moment(options.as_of, "AS_OF") if options.as_of else None
        _refuse_used(url)
    except UserError as error:
        raise BadArgumentsError(*error.problems) from None
    speak_to_last_database()
    engine = make_engine(url)
    migrate(engine)
    rebuilt = rebuild(get_engine(), engine, as_of or now())
    engine.dispose()
    _tell(rebuilt)
    sys.exit(0 if rebuilt.is_same else 1)


def _refuse_used(url: URL) -> None:
    """A file that is there already is somebody's."""
    if url.get_backend_name() == "sqlite" and (path := Path(url.database or "")).exists() and path.stat().st_size > 0:
        raise UserError(f"TO 指定的文件 {path} 已经存在：重建只写入新的数据库，请换一个名字。")


def _tell(rebuilt: Rebuilt) -> None:
    print(
        f"截至 {rebuilt.as_of:%Y-%m-%d %H:%M:%S} 的状态：重放登记册导入 {rebuilt.imports} 次、来件 {rebuilt.arrivals} 件、"
        f"决定 {rebuilt.decisions} 项、考评 {rebuilt.assessments} 次、公文 {rebuilt.circulars} 份、"
        f"整改办理 {rebuilt.item_moves} 项、督办 {rebuilt.chases} 次。"
    )
    print("\n".join(rebuilt.differences) or "与记录完全一致。")
    for note in rebuilt.notes:
        print(note)


if __name__ == "__main__":
    run_command(main)
