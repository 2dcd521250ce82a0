"""Lines of the log bear system, period, street and unit as fields of their own, and nobody's name."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.contextvars import get_contextvars

from include.intake.receive import drain
from include.log_context import of_run
from include.settings import REPO
from tests.intake.receive_street import FIRST, STREET, drop, prepare, workbook

_LOGS = """
import logging, sys
from airflow._shared.logging.structlog import configure_logging
configure_logging(json_output=True, log_level="INFO", output=sys.stdout.buffer)
from include.log_context import about, of_run
log = logging.getLogger("include.test")
with about(**of_run("half_year/2026H1/990000001", {})):
    with about(unit="990000001001", stage="receive"):
        log.info("收到 1 件")
    with about(unit="杏花社区", system="Wang Qiang"):
        log.info("其他")
log.info("外面")
"""


def test_airflows_own_json_logs_have_what_a_run_is_about_as_fields() -> None:
    run = subprocess.run([sys.executable, "-c", _LOGS], cwd=REPO, capture_output=True, text=True, check=True)
    first, second, outside = [json.loads(line) for line in run.stdout.splitlines() if "include.test" in line]
    told = {"system": "half_year", "period": "2026H1", "street": "990000001"}
    assert told | {"unit": "990000001001", "stage": "receive", "event": "收到 1 件"} == {
        name: first[name] for name in (*told, "unit", "stage", "event")
    }
    assert told.items() <= second.items() and "unit" not in second, "what is no code is left out"
    assert not told.keys() & outside.keys()


def test_a_run_is_about_what_its_key_says_else_its_form() -> None:
    assert of_run("five_good/2026", {"period": "2025"})["period"] == "2026"
    assert of_run("", {"scheme": "grid", "period": "2026Q1", "streets": ["990000001"]}) | {"unit": None} == {
        "system": "grid",
        "period": "2026Q1",
        "street": "990000001",
        "unit": None,
    }
    assert of_run("committee/2026-07-01", {})["period"] is None


@pytest.mark.usefixtures("database")
def test_the_answer_to_a_file_is_a_line_about_its_unit(world: Path, caplog: pytest.LogCaptureFixture) -> None:
    prepare(world)
    drop(world, "杏花.xlsx", workbook(), "2026-07-18T09:05:00")
    drop(world, "其他.txt", b"no form", "2026-07-18T09:06:00")
    told: dict[str, dict[str, object]] = {}
    keep = logging.Handler()
    keep.emit = lambda record: told.setdefault(record.getMessage().split()[0], get_contextvars())  # type: ignore[assignment]
    log = logging.getLogger("include.intake.answering")
    log.addHandler(keep)
    with caplog.at_level(logging.INFO, log.name):
        drain("run")
    log.removeHandler(keep)
    assert told == {
        "accepted": {"system": "half_year", "period": "2026H1", "street": STREET, "unit": FIRST.code},
        "refused": {},
    }
