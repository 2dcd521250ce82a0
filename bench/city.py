"""What a city's half year costs in seconds of a processor, step by step: streets of a hundred communities, everything but Airflow.

`python -m bench.city [--streets 1 4 20]`. One process, SQLite; every community hands in a flat CSV with the figures of one of the
sample street's. Each size runs in a process of its own. Mails are made and not sent. The figures go into docs/performance.yaml.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.db.engine import migrate, reading, transaction
from include.intake import inbox
from include.period import Period, end_of
from include.registry.imports import import_register
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.steps.approvals import draft_circular
from include.steps.closing import close_streets
from include.steps.opening import open_streets
from include.steps.receiving import receive
from ops.cluster.city import write_hand_ins, write_register

SYSTEM, PERIOD, A_STREET = "half_year", "2026H1", 100


def city(streets: int) -> dict[str, float]:
    """Seconds of this process's processor by step."""
    spent: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = work()
        spent[name] = round(time.process_time() - began, 2)
        print(f"{streets * A_STREET} units, {name}: {spent[name]}", file=sys.stderr, flush=True)
        return result

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["AIRFLOW_CONN_DUBAN_DB"] = f"sqlite:///{folder}/duban.db"
        os.environ |= {"DUBAN_ARCHIVE": f"{folder}/archive", "DUBAN_INBOX": f"{folder}/inbox"}
        os.environ |= {"DUBAN_RECEIVED": "mtime", "DUBAN_NOW": f"{folder}/clock"}
        scheme = load_scheme(SYSTEM, Period.parse(PERIOD))
        clock = folder / "clock"
        clock.write_text(f"{scheme.dates.opens_date}T08:00:00", encoding="utf-8")
        migrate()
        units = write_register(folder / "registry.csv", streets, A_STREET)
        codes = sorted({code[:9] for code, _ in units})

        def take_register() -> None:
            with transaction() as connection:
                import_register(connection, folder / "registry.csv", dt.date(2000, 1, 1), "bench")

        step("register", take_register)
        step("forms opened", lambda: open_streets(SYSTEM, PERIOD, codes, "bench"))
        write_hand_ins(folder / "inbox", scheme, units)
        clock.write_text(end_of(scheme.dates.due_date).isoformat(), encoding="utf-8")
        time.sleep(inbox.QUIET_SECONDS)
        step("hand-ins received", lambda: receive("bench", PERIOD))
        clock.write_text(f"{scheme.dates.window_ends_date + dt.timedelta(days=1)}T08:00:00", encoding="utf-8")
        scored = step("closed", lambda: close_streets(SYSTEM, PERIOD, codes, "bench"))
        step("circulars drafted", lambda: [draft_circular(one) for one in scored])

        def export() -> None:
            for code in codes:
                with reading() as connection:
                    write_out(connection, scheme, folder / "out" / code, code)

        step("exported", export)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streets", type=int, nargs="+", default=[1, 4, 20])
    parser.add_argument("--one", type=int, help="this size, here; prints JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(city(options.one)))
        return
    table = {}
    for streets in options.streets:
        command = [sys.executable, "-m", "bench.city", "--one", str(streets)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        table[streets * A_STREET] = json.loads(done.stdout.splitlines()[-1])
    for step in table[min(table)]:
        print(f"{step:<20}" + "".join(f"{units:>8}: {spent[step]:>8.2f} s" for units, spent in table.items()))


if __name__ == "__main__":
    main()
