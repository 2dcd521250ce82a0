"""A street office for tests: the whole of Airflow as `make up` starts it, in a folder and on ports of its own.

The office has eight communities. Tests act as its people do: files into the inbox, forms and answers over Airflow's
REST API under the name of a user; they look at the business database and at the mails that arrived.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, text

from include.db.engine import database_url, make_engine, working_on
from include.errors import UserError
from include.keys import PlaceKey
from include.period import Period, in_zone, parse_moment
from include.registry.units import Unit, import_units
from include.schemes.loader import load_scheme
from include.settings import REPO
from ops.airflow_client import AirflowClient
from ops.environment import free_port
from ops.logins import token_of
from ops.place import Place
from tests.intake.receive_street import FIRST, STREET, workbook

NAMES = ["杏花", "柳堤", "桃源", "竹影", "松间", "梅坞", "兰亭", "荷塘"]
UNITS = [
    replace(
        FIRST,
        code=f"{STREET}{number:03}",
        name=f"{name}社区",
        secretary_email=f"s{number}@x.cn",
        officer_email=f"o{number}@x.cn",
        liaison_email="l@x.cn",
    )
    for number, name in enumerate(NAMES, 1)
]
REGISTER = "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email\n" + "".join(
    f"{u.code},{u.name},{u.street_code},{u.street},{u.unit_type},{u.households},"
    f"{u.secretary_email},{u.officer_email},{u.liaison_email}\n"
    for u in UNITS
)
ANSWERED = "SELECT COUNT(*) AS n FROM delivery WHERE status <> 'waiting'"
UNSENT = "SELECT COUNT(*) AS n FROM notice WHERE state IN ('pending', 'sending')"


class Office:
    """One office; made by `open_office`."""

    def __init__(self, place: Place, environment: dict[str, str], engine: Engine, mails: Path) -> None:
        self.place, self.engine, self.mails = place, engine, mails
        self._environment = environment
        self.address = ""
        self.admin: AirflowClient
        self.committee: AirflowClient
        self.viewer: AirflowClient

    def start(self) -> None:
        """`make up`; also after everything was killed."""
        port = free_port()
        self._command("up", "--port", str(port), "--mail-port", str(free_port()))
        self.address = f"http://127.0.0.1:{port}"
        self.admin, self.committee, self.viewer = (self.log_in(user) for user in ("admin", "committee", "viewer"))

    def stop(self) -> None:
        """`make down`."""
        self._command("down")

    def _command(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "ops.up", *arguments],
            cwd=REPO,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def log_in(self, user: str) -> AirflowClient:
        return AirflowClient(self.address).with_token(token_of(self.place, user))

    def set_clock(self, moment: str) -> None:
        draft = self.place.clock.with_suffix(".part")
        draft.write_text(moment, encoding="utf-8")
        draft.replace(self.place.clock)

    def register(self, since: dt.date = dt.date(2000, 1, 1)) -> None:
        path = self.place.folder / "registry.csv"
        path.write_text(REGISTER, encoding="utf-8")
        with working_on(self.engine), self.engine.begin() as connection:
            import_units(connection, path, since)

    def rows(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        with self.engine.begin() as connection:
            return [dict(row) for row in connection.execute(text(query), parameters).mappings()]

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])

    def snapshot(self, *but: str) -> dict[str, list[str]]:
        """Every row of every table, those of `but` aside."""
        from include.db.tables import metadata

        wanted = [table.name for table in metadata.sorted_tables if table.name not in but]
        return {name: sorted(str(row) for row in self.rows(f"SELECT * FROM {name}")) for name in wanted}

    def drop(self, unit: Unit, period: str, received: str, **changes: str) -> None:
        """A form of a community lands in the inbox, whole, received at that moment (its time of change)."""
        draft = self.place.inbox / f".{unit.code}_{period}.part"
        draft.write_bytes(workbook(unit, period, **changes))
        seconds = parse_moment(received, "test").timestamp()
        os.utime(draft, (seconds, seconds))
        draft.rename(self.place.inbox / f"{unit.name}{period}_{received[:10]}.xlsx")

    def hand_in(self, period: str, units: list[Unit] = UNITS, **changes: str) -> None:
        """Every community's form, a day before the deadline, each with other figures; waits until all are answered."""
        before = self.rows(ANSWERED)[0]["n"]
        for unit, figures in forms_of(period, units).items():
            self.drop(unit, period, moment_before_due(period), **figures, **changes)
        self.wait(lambda: self.rows(ANSWERED)[0]["n"] >= before + len(units), f"{len(units)} 件全部答复", 180)

    def wait(self, condition: Any, what: str, seconds: float = 120) -> Any:
        return self.admin.wait_until(condition, what, seconds)

    def run(self, dag_id: str, *, partition_key: str | None = None, **params: Any) -> str:
        """One run to its good end; its id."""
        run_id = self.admin.trigger(dag_id, partition_key=partition_key, **params)
        self.admin.wait_for_run(dag_id, run_id, 180)
        return run_id

    def wait_for_mails(self) -> None:
        """Until nothing in the outbox waits to be tried."""
        self.run("send_notices")
        self.wait(lambda: self.rows(UNSENT)[0]["n"] == 0, "通知全部发出")

    def kinds_of_mails(self) -> dict[str, int]:
        found = self.rows("SELECT kind, COUNT(*) AS n FROM notice WHERE state = 'sent' GROUP BY kind")
        return {row["kind"]: row["n"] for row in found}

    def waiting_draft(self) -> tuple[str, dict[str, Any]] | None:
        """The run of `circular` that waits for the committee, and the first of its tasks that do."""
        for run in self.admin.runs("circular"):
            for task in self.admin.tasks("circular", run["dag_run_id"], state="awaiting_input"):
                return str(run["dag_run_id"]), task
        return None

    def sign(self, name: str) -> str:
        """The committee approves the draft that waits; the run, ended."""
        run_id, task = self.wait(self.waiting_draft, "通报草稿")
        self.answer_about(task, "同意", {"name": name, "note": ""})
        return str(run_id)

    def answer_about(self, task: dict[str, Any], option: str, params: dict[str, Any]) -> None:
        """The committee answers a task that waits; until all is done about its document."""
        place = PlaceKey(task["dag_id"], task["dag_run_id"], task["task_id"], task["map_index"], task["try_number"])
        self.committee.see_through([place], self.admin, option, params)

    def act(self, user: AirflowClient, dag_id: str, **form: Any) -> str:
        """Fill in an act's form and start it; "" where it was done, else what the person is told."""
        try:
            run_id = user.trigger(dag_id, **form)
        except UserError as error:
            return str(error)
        ended = user.wait_until(lambda: self._ended(dag_id, run_id), f"{dag_id} {run_id}", 120)
        return "" if ended == "success" else self.admin.failure(dag_id, run_id)

    def _ended(self, dag_id: str, run_id: str) -> str | None:
        state = str(self.admin.request("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])
        return state if state in ("success", "failed") else None

    def supervisor(self) -> psutil.Process:
        return psutil.Process(int(self.place.process_file.read_text(encoding="ascii")))

    def components(self) -> dict[str, psutil.Process]:
        """The processes that the supervisor started and that live, by name of the component."""
        found = {}
        for process in self.supervisor().children():
            words = title_of(process).replace("api_server", "api-server")
            for name in ("scheduler", "triggerer", "dag-processor", "api-server", "mail_sink"):
                if name in words:
                    found[name] = process
        return found


def title_of(process: psutil.Process) -> str:
    """Its command, or what it calls itself; empty for one that is dead."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def forms_of(period: str, units: list[Unit]) -> dict[Unit, dict[str, str]]:
    """What each community reports: all differ in one figure, so that all get another rank."""
    return {unit: {"branch_committees": str(number % 7)} for number, unit in enumerate(units)}


def moment_before_due(period: str) -> str:
    day = load_scheme("half_year", Period.parse(period)).dates.due_date - dt.timedelta(days=1)
    return f"{day}T10:00:00"


@contextmanager
def open_office(
    runs: Path,
    *,
    clock: str = "",
    mails: Path | None = None,
    settings: Mapping[str, str] | None = None,
    **variables: str,
) -> Iterator[Office]:
    """Start it; gone after the context. `clock`: a simulated moment that the test may move; else the real clock.

    `mails`: where a mail server of the test's own keeps them; else the office has its own. `settings` go to the
    components, `variables` to the command.
    """
    place = Place(str(runs / "up"))  # an absolute name: not among the developer's own runs
    place.make()
    if clock:
        place.clock.write_text(in_zone(parse_moment(clock, "test")).isoformat(), encoding="utf-8")
    chosen = {"DUBAN_RECEIVED": "mtime", "DUBAN_OUT": str(runs / "out"), **(settings or {})}
    (place.folder / "state.json").write_text(json.dumps({"settings": chosen}), encoding="utf-8")
    environment = command_environment(runs, variables)
    database = variables.get("AIRFLOW_CONN_DUBAN_DB") or json.dumps(
        {"conn_type": "sqlite", "host": str(place.database)}
    )
    engine = make_engine(database_url(database))
    office = Office(place, environment, engine, mails or place.mails)
    try:
        office.start()
        yield office
    finally:
        engine.dispose()
        office.stop()


def command_environment(runs: Path, variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "DUBAN"))}
    return {**inherited, "PYTHONPATH": str(REPO), "DUBAN_RUNS": str(runs), **variables}
