"""A county's households of one quarter, from accepted sheets to OUT: 200 communities × 3,000 households, in time and memory.

`python -m bench.county [--communities 200 --households 3000 --streets 10]`. The sheets are received before; measured is what closes
the period: scoring every street and writing its OUT. SQLite, two processes, no Airflow.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import text

from bench.timing import timed
from include.db.engine import migrate, reading, transaction
from include.intake import inbox
from include.intake.receive import drain
from include.period import Period, end_of, parse_moment
from include.registry.units import import_units
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.scoring.assess import assess

SYSTEM, PERIOD = "hygiene", Period.parse("2026Q2")
MOST_SECONDS, MOST_MB = 180, 2048


def _prepare(folder: Path, communities: int, households: int, streets: int) -> list[str]:
    """The register, and a sheet of each community in which every household was looked at; the streets."""
    drawn = random.Random(7)  # noqa: S311 - figures
    codes = [f"9900{n:05}" for n in range(1, streets + 1)]
    subjects, links = [], []
    scheme = load_scheme(SYSTEM, PERIOD)
    name = next(form.name for form in scheme.forms if form.key == "households")
    received = end_of(scheme.dates.due_date) - dt.timedelta(hours=9)
    for number in range(communities):
        street = codes[number % streets]
        code = f"{street}{number // streets + 1:03}"
        subjects.append(f"{code},第{number}社区,{street},第{number % streets}街道,社区,s{number}@x.cn")
        lines = [f"表,{name}", f"期间,{PERIOD}", f"编码,{code}", "", "编码,名称,室内卫生,室外卫生"]
        for door in range(households):
            own = f"H{number:03}-{door:04}"
            subjects.append(f"{own},{door // 4 + 1}幢{door % 4 + 1}室,{street},第{number % streets}街道,户,")
            links.append(f"{own},所属社区,{code}")
            lines.append(
                f"{own},{door // 4 + 1}幢{door % 4 + 1}室,{drawn.randint(40, 100) / 2},{drawn.randint(40, 100) / 2}"
            )
        path = folder / "inbox" / f"{code}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.utime(path, (received.timestamp(), received.timestamp()))
    registry = folder / "registry"
    registry.mkdir()
    for file, head, rows in (
        ("subjects", "code,name,street_code,street,kind,secretary_email", subjects),
        ("attributes", "code,name,value", []),
        ("links", "code,link,to_code", links),
    ):
        (registry / f"{file}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, registry, dt.date(2000, 1, 1))
    return codes


def _received(folder: Path, communities: int, households: int, streets: int) -> list[str]:
    """Register and sheets, received, by a process of its own: its memory is none of the closing's. The streets."""
    migrate()
    prepared = time.perf_counter()
    codes = _prepare(folder, communities, households, streets)
    print(f"register and sheets: {time.perf_counter() - prepared:.0f} s", flush=True)
    time.sleep(inbox.QUIET_SECONDS)
    print(f"received: {timed(lambda: drain('bench', PERIOD)):.0f} s", flush=True)
    return codes


def _close(streets: list[str], out: Path) -> int:
    """One process scores, a second writes what has been scored: two cores. The second's peak of memory, in kB."""
    scheme = load_scheme(SYSTEM, PERIOD)
    moment = parse_moment(f"{scheme.dates.circular_date}T09:00:00", "bench")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as second:
        written = []
        for street in streets:
            with transaction() as connection:
                assess(connection, scheme, street, moment, "bench")
            written.append(second.submit(_write, out / street, street))
        return max(one.result() for one in written)


def _write(out: Path, street: str) -> int:
    """OUT of a street; the memory of the process at its peak, in kB."""
    with reading() as connection:  # as an export does: it waits for nobody who scores
        write_out(connection, load_scheme(SYSTEM, PERIOD), out, street)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communities", type=int, default=200)
    parser.add_argument("--households", type=int, default=3_000)
    parser.add_argument("--streets", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["AIRFLOW_CONN_DUBAN_DB"] = f"sqlite:///{folder}/duban.db"
        os.environ |= {"DUBAN_ARCHIVE": f"{folder}/archive", "DUBAN_INBOX": f"{folder}/inbox"}
        os.environ |= {"DUBAN_NOW": "2026-07-10T09:00:00", "DUBAN_RECEIVED": "mtime"}
        (folder / "inbox").mkdir()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as before:
            asked = (folder, options.communities, options.households, options.streets)
            streets = before.submit(_received, *asked).result()
        began = time.perf_counter()
        other_kb = _close(streets, folder / "out")
        seconds = time.perf_counter() - began
        with transaction() as connection:
            scored = connection.execute(text("SELECT COUNT(*) FROM score WHERE total IS NOT NULL")).scalar_one()
        size = sum(path.stat().st_size for path in (folder / "out").rglob("*.csv")) / 1e6
    if scored != options.communities * options.households:
        raise SystemExit(f"{scored} households scored")
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + other_kb) / 1024
    out = f"from accepted sheets to OUT ({size:.0f} MB) in {seconds:.0f} s"
    print(f"{scored} households: {out}, peaks together {peak:.0f} MB")
    print(f"wanted: at most {MOST_SECONDS} s and {MOST_MB} MB")


if __name__ == "__main__":
    main()
