"""Scoring from database to database against polars doing the same: the half year's 21 indicators, every point explained.

`python -m bench.scoring [--units 1000 10000 60000 --database sqlite postgresql]`. Both read the same accepted hand-ins, 64 cells a
unit, and write a score, 21 lines with sentences and 64 values a unit; ours street by street, polars all at once. Each works in a
process of its own. PostgreSQL is that of DUBAN_TEST_POSTGRES.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import scoring_floor
from include.db.engine import database_url, get_engine, in_transaction, migrate, reading, transaction
from include.period import Period, parse_moment
from include.schemes.loader import load_scheme
from include.scoring.assess import assess

PERIOD, MOMENT = Period.parse("2026H1"), "2026-08-16T09:00:00"
FLOOR, EXPONENT, MOST_MB = 4.0, 1.05, 1024
_POSTGRES = os.environ.get("DUBAN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def ours(units: int) -> dict[str, float]:
    """Every street, each in a transaction of its own."""
    scheme, moment = load_scheme("half_year", PERIOD), parse_moment(MOMENT, "bench")
    started, cpu = time.perf_counter(), time.process_time()
    for street in scoring_floor.streets(units):
        in_transaction(lambda connection, code=street: assess(connection, scheme, code, moment, "bench"))  # type: ignore[misc]
    return _taken(started, cpu)


def floor(units: int) -> dict[str, float]:
    started, cpu = time.perf_counter(), time.process_time()
    scoring_floor.score(get_engine(), load_scheme("half_year", PERIOD))
    return _taken(started, cpu)


def fill(units: int) -> dict[str, float]:
    migrate()
    with transaction() as connection:
        scoring_floor.fill(connection, load_scheme("half_year", PERIOD), units)
    with get_engine().connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return {}


def compare(units: int) -> dict[str, float]:
    """How many units have another total, or a place of their own, by the one and by the other."""
    with reading() as connection:
        rows = connection.execute(
            text(
                "SELECT COUNT(*) AS units, SUM(CASE WHEN ABS(score.total - floor_score.total) > 0.001 OR "
                "score.rank <> floor_score.rank THEN 1 ELSE 0 END) AS unlike FROM score JOIN floor_score "
                "ON floor_score.unit_code = score.unit_code"
            )
        ).one()
    return {"units": float(rows[0]), "unlike": float(rows[1] or 0)}


def _taken(started: float, cpu: float) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "mb": peak}


_STEPS = {step.__name__: step for step in (fill, ours, floor, compare)}


def _in_a_process(step: str, units: int, environment: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.scoring", "--step", step, "--units", str(units)],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _measure(dialect: str, units: int) -> tuple[float, float]:
    """Prints what was seen; the ratio, and our seconds."""
    name = f"duban_bench_{uuid.uuid4().hex[:8]}"
    admin = create_engine(database_url(_POSTGRES).set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT")
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'duban.db'}"
        if dialect == "postgresql":
            with admin.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            address = database_url(_POSTGRES).set(database=name).render_as_string(hide_password=False)
        environment = {"AIRFLOW_CONN_DUBAN_DB": address, "DUBAN_ARCHIVE": f"{folder}/archive", "DUBAN_NOW": MOMENT}
        try:
            _in_a_process("fill", units, environment)
            own = _in_a_process("ours", units, environment)
            polars = _in_a_process("floor", units, environment)
            unlike = _in_a_process("compare", units, environment)
        finally:
            if dialect == "postgresql":
                with admin.connect() as connection:
                    connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    if unlike != {"units": float(units), "unlike": 0.0}:
        raise SystemExit(f"scored otherwise: {unlike}")
    ratio = own["seconds"] / polars["seconds"]
    print(
        f"{dialect}, {units} units: ours {own['seconds']:.1f} s ({own['cpu']:.1f} s of processor, {1000 * own['seconds'] / units:.2f} ms "
        f"a unit, {own['mb']:.0f} MB), polars {polars['seconds']:.1f} s ({polars['cpu']:.1f} s, {polars['mb']:.0f} MB); "
        f"ours / floor = {ratio:.1f} (wanted at most {FLOOR:.0f}), by processor {own['cpu'] / polars['cpu']:.1f}; "
        f"memory wanted at most {MOST_MB} MB",
        flush=True,
    )
    return ratio, own["cpu"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, nargs="+", default=[1_000, 10_000, 60_000])
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--step", choices=sorted(_STEPS))
    options = parser.parse_args()
    if options.step:
        print(json.dumps(_STEPS[options.step](options.units[0])))
        return
    for dialect in options.database:
        seconds = {units: _measure(dialect, units)[1] for units in options.units}
        first, last = min(seconds), max(seconds)
        if last > first:
            exponent = math.log(seconds[last] / seconds[first]) / math.log(last / first)
            print(f"{dialect}: growth exponent {exponent:.2f} by processor (wanted at most {EXPONENT})")


if __name__ == "__main__":
    main()
