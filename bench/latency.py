"""A file lands → its receipt is at the mail server, against what Airflow and Great Expectations cost anybody.

`python -m bench.latency [--times 20]`. All of it on one running Airflow, the one that `make up` starts. In turn, each time with
everything at rest: a file wakes a DAG of two tasks that do nothing (bench/dags/trivial.py), Great Expectations is imported in
a process that has Airflow loaded, and a community's workbook is put into the inbox. The sum is the first task's end after
its file, plus the import, plus the time from the first task's end to the second's. Our tasks find Great Expectations
imported already, by the scheduler that they are forked from (include/airflow_ext/preloading.py): they are spared that part of
the sum.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.timing import median_and_p95
from include.db.engine import transaction
from include.errors import UserError
from include.registry.units import Unit, import_units
from include.settings import REPO
from include.workbooks.forms import write_form
from ops.airflow_client import AirflowClient
from ops.environment import free_port
from ops.place import Place
from ops.sample import street as sample_street
from ops.sample.filling import fill_form
from ops.up import started

WANTED = 1.3
MOMENT = "2026-07-10T09:00:00+08:00"
OURS = ("receive", "send_notices", "score_provisional")
_WAIT_SECONDS = 120
_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
_IMPORT = """import airflow.sdk, time
start = time.perf_counter()
import great_expectations, great_expectations.expectations
print(time.perf_counter() - start)"""


def _settings(landing: Path) -> dict[str, str]:
    """What Airflow needs besides the settings of `make up`: our workflows and the trivial one, side by side."""
    ours = f'{{"name": "dags-folder", "classpath": "{_BUNDLE}", "kwargs": {{}}}}'
    trivial = f'{{"name": "bench", "classpath": "{_BUNDLE}", "kwargs": {{"path": "{REPO / "bench/dags"}"}}}}'
    return {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": f"[{ours}, {trivial}]", "BENCH_LANDING": str(landing)}


def _hand_ins(folder: Path, times: int) -> Iterator[tuple[Unit, bytes]]:
    """The street is registered; then so many of its communities with their forms, filled in truthfully."""
    registry, scheme = folder / "registry.csv", sample_street.default_scheme()
    sample_street.write_registry(registry)
    with transaction() as connection:
        import_units(connection, registry, dt.date(2000, 1, 1))
    for unit in sample_street.units()[:times]:
        form = write_form(scheme, scheme.forms[0].key, unit, {})
        yield unit, fill_form(form, sample_street.figures_of(scheme, unit.code))


def _land(folder: Path, name: str, content: bytes) -> float:
    """Put the file there, whole at once; the moment."""
    draft = folder / f".{name}.part"
    draft.write_bytes(content)
    draft.rename(folder / name)
    return time.time()


def _ours(admin: AirflowClient, place: Place, unit: Unit, content: bytes) -> float:
    landed_at = _land(place.inbox, f"{unit.name}.xlsx", content)
    receipt: Path = admin.wait_until(
        lambda: next(place.mails.glob(f"*{unit.secretary_email}*.eml"), None), f"{unit.name}的回执", _WAIT_SECONDS
    )
    return receipt.stat().st_mtime - landed_at


def _trivial(admin: AirflowClient, landing: Path, number: int) -> tuple[float, float]:
    """From the file to the end of the first task, from there to the end of the second."""
    before = len(admin.runs("trivial"))
    landed_at = _land(landing, f"{number}", b"anything")

    def ended() -> list[float]:
        runs = admin.runs("trivial")
        if len(runs) == before or runs[0]["state"] != "success":
            return []
        ends = {task["task_id"]: task["end_date"] for task in admin.tasks("trivial", runs[0]["dag_run_id"])}
        return [dt.datetime.fromisoformat(ends[name]).timestamp() for name in ("first", "second")]

    first, second = admin.wait_until(ended, "trivial 运行结束", _WAIT_SECONDS)
    return first - landed_at, second - first


def _import_seconds() -> float:
    command = [sys.executable, "-c", _IMPORT]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _is_loaded(admin: AirflowClient) -> bool:
    if errors := admin.import_errors():
        raise UserError(*errors)
    return {*OURS, "trivial"} <= admin.dag_ids()


def _rest(admin: AirflowClient) -> None:
    """Until nothing runs that one of the files has set going."""

    def is_quiet() -> bool:
        return not any(run["state"] in ("queued", "running") for dag_id in OURS for run in admin.runs(dag_id))

    for _ in range(2):  # the next workflow is woken a moment after the one before has ended
        admin.wait_until(is_quiet, "全部运行结束", _WAIT_SECONDS)
        time.sleep(1.5)


def _measured(place: Place, times: int) -> Iterator[dict[str, float]]:
    """So many rounds, each in seconds by what was measured."""
    landing = place.folder / "landing"
    place.make()
    landing.mkdir()
    place.clock.write_text(MOMENT, encoding="utf-8")
    with started(place, free_port(), free_port(), _settings(landing)) as (_, admin):
        admin.wait_until(lambda: _is_loaded(admin), "全部流程载入", _WAIT_SECONDS)
        for number, (unit, content) in enumerate(_hand_ins(place.folder, times)):
            _rest(admin)
            first, hop = _trivial(admin, landing, number)
            imported = _import_seconds()
            yield {"file": first, "import": imported, "hop": hop, "ours": _ours(admin, place, unit, content)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times: int = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        rounds: list[dict[str, Any]] = list(_measured(Place(f"{folder}/up"), times))
    for each in rounds:
        each["sum"] = each["file"] + each["import"] + each["hop"]
    print(f"{len(rounds)} files, one after the other; median and p95 in seconds:")
    names = {
        "ours": "file to receipt",
        "file": "file to the end of a trivial task",
        "import": "import of Great Expectations",
        "hop": "one task hop",
        "sum": "the sum of these three",
    }
    found = {key: median_and_p95([each[key] for each in rounds]) for key in names}
    for key, name in names.items():
        print(f"  {name:34} {found[key][0]:6.2f} {found[key][1]:6.2f}")
    print("the import is no part of ours: tasks are forked from a scheduler that has it done")
    for which, (ours, floor) in zip(("median", "p95"), zip(found["ours"], found["sum"], strict=True), strict=True):
        print(f"{which}: ours / sum = {ours / floor:.2f} (wanted at most {WANTED})")


if __name__ == "__main__":
    main()
