"""Where one run of Duban keeps its things: var/run/<name>/, and nothing outside it but OUT."""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from include.errors import UserError
from include.period import Period
from include.settings import REPO

RUNS = Path(os.environ.get("DUBAN_RUNS") or REPO / "var/run").absolute()
_LAST = RUNS / "last"
_STRAY_SECONDS = 10


@dataclass(frozen=True)
class Place:
    """The folder of one run: both databases, archive, clock, inbox, mails, logs and what the next command must know."""

    name: str

    @property
    def folder(self) -> Path:
        return RUNS / self.name

    @property
    def airflow_home(self) -> Path:
        return self.folder / "airflow"

    @property
    def airflow_database(self) -> Path:
        return self.folder / "airflow.db"

    @property
    def database(self) -> Path:
        return self.folder / "duban.db"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def mails(self) -> Path:
        return self.folder / "mails"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def collecting(self) -> Path:
        """Holds system and period of hand-ins that name none."""
        return self.folder / "collecting"

    def collect(self, system: str, period: Period) -> None:
        """What names no system is of this one from now on, what names no period of that."""
        self.collecting.write_text(f"{system}/{period}", encoding="utf-8")

    @property
    def process_file(self) -> Path:
        """Holds the id of the supervising process while the run's components are up."""
        return self.folder / "supervisor.pid"

    @property
    def is_used(self) -> bool:
        """Whether the run has databases to go on with."""
        return self.airflow_database.is_file()

    def empty(self) -> None:
        """Throw away what an earlier run of this name left, and make the folders anew; not under a running one."""
        self.refuse_if_running()
        self.end_strays()  # they would go on writing into the new folders
        if self.folder.exists():
            for path in self.folder.rglob("*"):
                if path.is_dir() and not path.is_symlink():
                    path.chmod(0o700)  # archived files lie in folders that may be closed
            shutil.rmtree(self.folder)
        self.make()

    def refuse_if_running(self) -> None:
        """Raise UserError where another command uses this run's folder."""
        number = self.running()
        if number is not None:
            raise UserError(f"{self.folder} 正在被另一个命令使用（进程 {number}）：请等它结束，或先运行 make down。")

    def running(self) -> int | None:
        """The process that now supervises the run's components; None where there is none."""
        if not self.process_file.is_file():
            return None
        number = int(self.process_file.read_text(encoding="ascii") or 0)
        try:
            command = psutil.Process(number).cmdline()
        except (psutil.NoSuchProcess, ValueError):
            return None
        return number if number != os.getpid() and any(part.startswith("ops.") for part in command) else None

    def end_strays(self) -> None:
        """Kill what a component or command that was killed has left behind: whoever still writes into this run's logs.
        They are gone when this returns.

        Not known by their environment: Airflow's workers write their titles over it.
        """
        strays = [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid() and lives(process) and _writes_into(process, self.logs)
        ]
        for process in strays:
            with suppress(psutil.NoSuchProcess):  # many end by themselves meanwhile: who started them is gone
                process.kill()
        wait_until_gone(strays, _STRAY_SECONDS)

    def make(self) -> None:
        """The folders, where they are not there; nobody else on the machine can look into them."""
        for folder in (self.airflow_home, self.archive, self.inbox, self.mails, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def note(self, **state: Any) -> None:
        """Write what a later command must know of this run, whole or not at all."""
        text = json.dumps(self.state() | state, ensure_ascii=False, indent=1, sort_keys=True)
        draft = self.folder / "state.json.part"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(self.folder / "state.json")

    def remember(self, **state: Any) -> None:
        """`note`, and that this run is now the last one."""
        self.note(**state)
        _LAST.write_text(self.name, encoding="utf-8")

    def state(self) -> dict[str, Any]:
        path = self.folder / "state.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def lives(process: psutil.Process) -> bool:
    """A zombie does not: it only waits for a parent that may never ask."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: list[psutil.Process], seconds: float) -> None:
    """For so long at most."""
    deadline = time.monotonic() + seconds
    while any(lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.1)


def _writes_into(process: psutil.Process, folder: Path) -> bool:
    try:
        found = process.open_files()
    except (psutil.Error, OSError):
        return False
    return any(one.mode != "r" and Path(one.path).is_relative_to(folder) for one in found)


def last_place() -> Place | None:
    """The run of the last demo or close; None where there was none."""
    place = Place(_LAST.read_text(encoding="utf-8").strip()) if _LAST.is_file() else None
    return place if place is not None and place.is_used else None
