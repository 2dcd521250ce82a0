"""`python -m ops.import_registry register.csv --from 2026-03-01`: units that are new, renamed or moved from a day on.

Writes to the business database of the settings (AIRFLOW_CONN_DUBAN_DB); the file is kept in the archive. Units that the
file does not name stay as they are; periods that ended before that day keep the register of then.
"""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
from pathlib import Path

from include.db.engine import migrate, transaction
from include.registry.imports import import_register
from ops.command import BadArgumentsError, run_command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("register", type=Path, help="CSV in the columns of registry.csv, or that in gzip")
    parser.add_argument("--from", dest="valid_from", required=True, help="first day on which it holds, e.g. 2026-03-01")
    parser.add_argument("--streets", type=Path, help="CSV of the streets' names: code, name")
    parser.add_argument("--by", default="", help="who imports; the account without it")
    arguments = parser.parse_args()
    problems = [
        f"文件 {path} 不存在。"
        for path in (arguments.register, arguments.streets)
        if path is not None and not path.is_file()
    ]
    try:
        valid_from = dt.date.fromisoformat(arguments.valid_from)
    except ValueError:
        problems.append(f"--from 的值“{arguments.valid_from}”不是日期：请写成 2026-03-01。")
    if problems:
        raise BadArgumentsError(*problems)
    migrate()
    with transaction() as connection:
        by = arguments.by or getpass.getuser()
        result = import_register(connection, arguments.register, valid_from, by, arguments.streets)
    print(
        f"登记册自 {valid_from} 起：新增 {result.added} 个单位，变动 {result.changed} 个，没有变动 {result.unchanged} 个。"
    )


if __name__ == "__main__":
    run_command(main)
