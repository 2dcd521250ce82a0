"""`make registry FILE= FROM= [BY=] [STREETS=]`: units that are new, renamed or moved from a day on.

FILE is a CSV, or a folder of subjects.csv, attributes.csv and links.csv. It is kept in the archive. Units that it does not name stay as they are; periods that ended before that day keep
the register of then.
"""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
from pathlib import Path

from sqlalchemy import Connection

from include.db.engine import in_transaction, look_at_tables
from include.items.handing_over import hand_over
from include.period import now
from include.registry.imports import import_register
from include.registry.units import ImportResult
from ops.command import BadArgumentsError, run_command
from ops.last_database import speak_to_last_database


def main() -> None:
    parser = argparse.ArgumentParser(description="把登记册导入上次 demo、close 或 up 的数据库。")
    parser.add_argument("--file", default="", help="CSV in the columns of registry.csv, that in gzip, or a folder")
    parser.add_argument("--from", dest="valid_from", default="", help="first day on which it holds, e.g. 2026-03-01")
    parser.add_argument("--streets", default="", help="CSV of the streets' names: code, name")
    parser.add_argument("--by", default="", help="who imports; the account without it")
    options = parser.parse_args()
    problems = [
        f"缺少参数 {name}，例如 {example}。"
        for name, value, example in (
            ("FILE", options.file, "FILE=名册.csv"),
            ("FROM", options.valid_from, "FROM=2026-03-01"),
        )
        if not value
    ]
    problems += [
        f"{name} 指定的文件 {value} 不存在。"
        for name, value in (("FILE", options.file), ("STREETS", options.streets))
        if value and not (Path(value).is_file() or (name == "FILE" and Path(value).is_dir()))
    ]
    valid_from = None
    try:
        valid_from = dt.date.fromisoformat(options.valid_from) if options.valid_from else None
    except ValueError:
        problems.append(f"FROM 的值“{options.valid_from}”不是日期：请写成 2026-03-01。")
    if problems or valid_from is None:
        raise BadArgumentsError(*problems)
    speak_to_last_database(may_lack_units=True)
    streets = Path(options.streets) if options.streets else None
    by, moment = options.by or getpass.getuser(), now()

    def imported(connection: Connection) -> tuple[ImportResult, int]:
        result = import_register(connection, Path(options.file), valid_from, by, streets)
        return result, hand_over(connection, moment)

    result, handed = in_transaction(imported)
    look_at_tables(is_all_new=True)
    print(
        f"登记册自 {valid_from} 起：新增 {result.added} 个单位，变动 {result.changed} 个，没有变动 {result.unchanged} 个"
        f"{f'；属性和联系写入 {result.facts} 条' if result.facts else ''}"
        f"{f'；{handed} 个整改事项已移交承接单位' if handed else ''}。"
    )


if __name__ == "__main__":
    run_command(main)
