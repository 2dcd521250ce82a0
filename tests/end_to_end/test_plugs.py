"""Any plug may be pulled at any point: a close on the real Airflow finishes by itself, nothing lost, nobody mailed twice.

Killed in turn, at random points of a fixed seed: the task at work, scheduler, triggerer, dag-processor, api-server, the
whole office with its supervisor; the mail server is away for a while, and so is the business database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from include.db.engine import database_url, migrate, transaction
from include.registry.units import import_units
from include.settings import REPO
from include.steps import closing, planning, receiving
from ops.environment import free_port, sink_connection
from tests.end_to_end.office import (
    ANSWERED,
    REGISTER,
    UNITS,
    UNSENT,
    Office,
    forms_of,
    moment_before_due,
    open_office,
    title_of,
)
from tests.intake.receive_street import drop, rows, workbook
from tests.postgres import HAS_POSTGRES, POSTGRES, admin

pytestmark = [pytest.mark.airflow, pytest.mark.long]
SEED = 20260820
WORKER = "airflow worker -- "
CODES = [unit.code for unit in UNITS]
CLOSED_AT = "2026-08-20T09:00:00"
SCORES = "SELECT unit_code, total, rank, grade, status FROM score"
POINTS = "SELECT unit_code, indicator, points, explanation FROM score_line"
QUICK = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20", "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "30"}


class MailServer:
    """A real SMTP server on a port of its own that can be switched off and on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def on(self) -> None:
        command = ["-m", "ops.mail_sink", "--port", str(self.port), "--folder", str(self.folder)]
        self._process = subprocess.Popen([sys.executable, *command], cwd=REPO, stdout=subprocess.DEVNULL)

    def off(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = None

    def message_ids(self) -> Counter[str]:
        heads = (path.read_bytes().split(b"\r\n\r\n")[0].decode() for path in self.folder.glob("*.eml"))
        lines = (line for head in heads for line in head.splitlines())
        return Counter(line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("message-id:"))


@pytest.fixture
def server(world: Path) -> Iterator[MailServer]:
    """Switched off to begin with."""
    made = MailServer(world / "mails")
    yield made
    made.off()


@contextmanager
def business_database(name: str) -> Iterator[str]:
    """A database of PostgreSQL that is gone after the context; "" for the office's own SQLite where no server answers."""
    if not HAS_POSTGRES:
        yield ""
        return
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield database_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def database_away(name: str, office: Office) -> Iterator[None]:
    """Every connection cut and none let in, or the file locked, until the context ends."""
    if not HAS_POSTGRES:
        with office.engine.begin():
            yield
        return
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        yield
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def kill(processes: list[psutil.Process]) -> int:
    """All of them and what they started, at once; how many."""
    family: set[psutil.Process] = set()
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            family |= {one, *one.children(recursive=True)}
    killed = 0
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
            killed += 1
    return killed


def component(office: Office, name: str) -> psutil.Process:
    """That component of the office; one that has just died is waited for."""
    found = patient(office, lambda: office.components().get(name), name)
    assert isinstance(found, psutil.Process)
    return found


def workers(office: Office, *, are_idle: bool) -> list[psutil.Process]:
    """Airflow's worker processes, those that are running a task now or those that wait for one."""
    titles = {one: title_of(one) for one in office.supervisor().children(recursive=True)}
    return [one for one, title in titles.items() if title.startswith(WORKER) and ("<idle>" in title) == are_idle]


def killed_at_work(office: Office, chance: random.Random) -> bool:
    """Kill the task that is at work, at a random moment of its life; one that is quicker is followed by another."""
    patient(office, lambda: workers(office, are_idle=False), "a task at work", 60)
    time.sleep(chance.uniform(0, 1.5))
    if kill(workers(office, are_idle=False)):
        return True
    office.admin.trigger("receive")
    return False


def patient(office: Office, ask: Callable[[], Any], what: str, seconds: float = 240) -> Any:
    """Ask until the answer is true; an api-server that is down for the moment is asked again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := ask():
                return found
        except Exception as error:  # whatever a component that is being killed answers
            last: object = error
        else:
            last = found
        time.sleep(0.5)
    raise AssertionError(f"{what}: {last}")


def undisturbed(world: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Scores and points of the same hand-ins, without Airflow and without trouble."""
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{world / 'undisturbed.db'}")
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    monkeypatch.setenv("DUBAN_NOW", CLOSED_AT)
    migrate()
    register = world / "registry.csv"
    register.write_text(REGISTER, encoding="utf-8")
    with transaction() as connection:
        import_units(connection, register, dt.date(2000, 1, 1))
    for unit, figures in forms_of("2026H1", UNITS).items():
        drop(world, f"{unit.name}.xlsx", workbook(unit, "2026H1", **figures), moment_before_due("2026H1"))
    receiving.receive("undisturbed", "2026H1")
    for batch in planning.plan("half_year", "2026H1", []):
        closing.close_streets("half_year", "2026H1", batch, "undisturbed")
    return plain(rows(SCORES)), plain(rows(POINTS))


def plain(found: list[dict[str, Any]]) -> list[list[str]]:
    """Rows as text, figures with two decimals: the same on SQLite and PostgreSQL."""
    as_text = [[f"{v:.2f}" if isinstance(v, int | float | Decimal) else str(v) for v in row.values()] for row in found]
    return sorted(as_text)


def state_of(office: Office, dag_id: str, run_id: str) -> str | None:
    state = str(office.admin.request("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])
    assert state != "failed", office.admin.failure(dag_id, run_id)
    return state if state == "success" else None


def test_whatever_plug_is_pulled_the_close_finishes_and_nobody_is_mailed_twice(
    world: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, chance, name = undisturbed(world, monkeypatch), random.Random(SEED), f"duban_plugs_{uuid.uuid4().hex[:8]}"
    with business_database(name) as database:
        variables = {"AIRFLOW_CONN_DUBAN_SMTP": sink_connection(server.port)}
        variables |= {"AIRFLOW_CONN_DUBAN_DB": database} if database else {}
        with open_office(
            world, clock="2026-07-21T09:00:00", mails=server.folder, settings=QUICK, **variables
        ) as office:
            office.register()
            _hand_in_while_the_task_is_killed(office, chance)
            _close_while_the_scheduler_is_killed(office, chance)
            _sign_while_the_rest_is_killed(office, chance, name)
            _mail_while_the_server_comes_and_goes(office, chance, server)
            patient(office, lambda: office.run("export", period="2026H1"), "export")
            assert (plain(office.rows(SCORES)), plain(office.rows(POINTS))) == expected
            _all_mailed_once(office, server)
            assert [row["state"] for row in office.rows("SELECT state FROM circular")] == ["issued"]
            assert office.count("document_number") == office.count("assessment") == 1
        left = [one for one in psutil.process_iter(["environ"]) if str(world / "up") in str(one.info["environ"])]
        assert left == []
    out = world / "out"
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert {"scores.csv", "points.csv", "items.csv", "circular.docx", "circular.html"} <= set(manifest["files"])
    for file, sha256 in manifest["files"].items():
        assert hashlib.sha256((out / file).read_bytes()).hexdigest() == sha256, file


def _hand_in_while_the_task_is_killed(office: Office, chance: random.Random) -> None:
    assert kill(workers(office, are_idle=True))  # one of them held the lock of the queue
    for unit, figures in forms_of("2026H1", UNITS).items():
        office.drop(unit, "2026H1", moment_before_due("2026H1"), **figures)
    patient(office, lambda: killed_at_work(office, chance), "a task killed at work")
    patient(office, lambda: office.rows(ANSWERED)[0]["n"] == len(UNITS), "all answered")


def _close_while_the_scheduler_is_killed(office: Office, chance: random.Random) -> None:
    office.set_clock(CLOSED_AT)
    run_id = office.admin.trigger("close_period", partition_key="2026H1")
    time.sleep(chance.uniform(0, 4))
    component(office, "scheduler").kill()  # alone: what it started goes on without it
    patient(office, lambda: state_of(office, "close_period", run_id), "closed")


def _sign_while_the_rest_is_killed(office: Office, chance: random.Random, database: str) -> None:
    kill([component(office, "triggerer"), component(office, "dag-processor")])
    patient(office, office.waiting_draft, "a draft that waits")
    kill([component(office, "api-server")])
    patient(office, lambda: answer(office), "an answer taken")
    time.sleep(chance.uniform(0, 2))
    with database_away(database, office):
        time.sleep(5)
    time.sleep(chance.uniform(0, 4))
    kill([office.supervisor()])
    office.start()
    patient(office, lambda: is_issued(office), "the circular issued")


def answer(office: Office) -> bool:
    """Approve what waits; the step that was killed while it read the answer asks once more."""
    if (waiting := office.waiting_draft()) is None:
        return False
    office.committee.answer(waiting[1], "同意", {"name": "张三", "note": ""})
    return True


def is_issued(office: Office) -> bool:
    if [run["state"] for run in office.admin.runs("circular")] == ["success"]:
        return True
    answer(office)
    return False


def _mail_while_the_server_comes_and_goes(office: Office, chance: random.Random, server: MailServer) -> None:
    assert server.message_ids() == Counter()
    server.on()
    office.admin.trigger("send_notices")
    time.sleep(chance.uniform(0.5, 3))
    server.off()
    time.sleep(1)
    server.on()
    for hour in range(
        10, 23
    ):  # on a simulated clock somebody has to turn it, for waits and dead senders' claims to end
        office.set_clock(f"2026-08-20T{hour}:00:00")
        run_id = office.admin.trigger("send_notices")
        patient(office, lambda run_id=run_id: ended(office, run_id), "a sending run ended")
        if not office.rows(UNSENT)[0]["n"]:
            return
    raise AssertionError(office.rows("SELECT kind, recipient, state, reason FROM notice WHERE state <> 'sent'"))


def ended(office: Office, run_id: str) -> bool:
    return office.admin.request("GET", f"/dags/send_notices/dagRuns/{run_id}")["state"] in ("success", "failed")


def _all_mailed_once(office: Office, server: MailServer) -> None:
    arrived = server.message_ids()
    assert set(arrived.values()) == {1}
    mails = {row["id"]: row["state"] for row in office.rows("SELECT id, state FROM mail")}
    assert set(mails.values()) <= {"sent", "unknown"}
    missing = [mail for mail, state in mails.items() if state == "sent" and not any(mail in one for one in arrived)]
    assert missing == []
    told = office.rows("SELECT kind, unit_code FROM notice WHERE state IN ('sent', 'unknown')")
    for kind in ("receipt", "circular"):
        assert sorted(row["unit_code"] for row in told if row["kind"] == kind and row["unit_code"]) == CODES, kind
    assert [row["kind"] for row in told].count("approval_waiting") == 1
