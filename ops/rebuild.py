"""`python -m ops.rebuild`: any past state again from raw files, arrivals and decisions, in a new database; what differs.

The source is the business database of the settings (AIRFLOW_CONN_DUBAN_DB), the archive that of DUBAN_ARCHIVE.
"""

from __future__ import annotations

import argparse
import sys

from include.db.engine import database_url, get_engine, make_engine, migrate
from include.period import now, parse_moment
from include.rebuild import Rebuilt, rebuild
from ops.command import run_command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", help="an empty database to write to, e.g. sqlite:////tmp/again.db")
    parser.add_argument("--as-of", default="", help="the moment, e.g. 2026-08-20T09:00:00; now without it")
    arguments = parser.parse_args()
    as_of = parse_moment(arguments.as_of, "--as-of") if arguments.as_of else now()
    engine = make_engine(database_url(arguments.target))
    migrate(engine)
    rebuilt = rebuild(get_engine(), engine, as_of)
    engine.dispose()
    _tell(rebuilt)
    sys.exit(0 if rebuilt.is_same else 1)


def _tell(rebuilt: Rebuilt) -> None:
    print(
        f"截至 {rebuilt.as_of:%Y-%m-%d %H:%M:%S} 的状态：重放登记册导入 {rebuilt.imports} 次、来件 {rebuilt.arrivals} 件、"
        f"决定 {rebuilt.decisions} 项、考评 {rebuilt.assessments} 次、公文 {rebuilt.circulars} 份、"
        f"整改办理 {rebuilt.item_moves} 项、督办 {rebuilt.chases} 次。"
    )
    print("\n".join(rebuilt.differences) or "与记录完全一致。")


if __name__ == "__main__":
    run_command(main)
