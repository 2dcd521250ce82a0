"""Start Airflow's components one by one, wait until they are well, and take all of them down again.

`airflow standalone` leaves orphans behind and opens its log servers to the network; this does neither.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType

import psutil

from include.errors import UserError
from include.settings import REPO
from ops.environment import (
    airflow_environment,
    api_server_environment,
    mail_token,
    program,
    sink_connection,
)
from ops.place import Place, lives, wait_until_gone

READY_SECONDS = 180
_TAIL_LINES = 30
_PDEATHSIG = 1
_STARTS = 5  # within so many seconds: more often is often
_MEMORY_SECONDS = 600
_MOST_DEATHS = 10  # within as many seconds: no command waits any longer for a component that does not stay
_LONGEST_PAUSE_SECONDS = 60.0


def _die_with_parent() -> None:
    """Linux: the component ends when its supervisor is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGTERM)


def tail(path: Path, lines: int = _TAIL_LINES) -> str:
    """The end of a log file."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if path.exists() else ""


class Supervisor:
    """The components of one run, as a context: up inside, all gone after.

    `address` is the UI and the REST API.
    """

    def __init__(self, place: Place, *, port: int, extra: dict[str, str] | None = None) -> None:
        self.place = place
        self.address = f"http://127.0.0.1:{port}"
        self.environment = airflow_environment(place, port) | (extra or {})
        self._commands: dict[str, tuple[list[str], dict[str, str]]] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: dict[str, list[tuple[float, int]]] = {}  # when, and with which code
        self._mourned: set[int] = set()

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _leave)
        self._claim()
        self.place.end_strays()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.stop()
        self.place.process_file.unlink(missing_ok=True)

    def _claim(self) -> None:
        """One supervisor a run folder."""
        self.place.refuse_if_running()
        self.place.process_file.write_text(str(os.getpid()), encoding="ascii")

    def start(self, name: str, command: list[str], own: dict[str, str] | None = None) -> None:
        """Start a component in a process group of its own, its output in logs/<name>.log.

        `own` is what its environment has besides, or instead of, what all have.
        """
        self._commands[name] = (command, own or {})
        with self._log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, env=self.environment | (own or {}), cwd=REPO, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip

    def start_mail_sink(self, page_port: int | None = None) -> None:
        """The run's own mail server, unless the user named a real one; with a page of its mails where a port is given."""
        if os.environ.get("AIRFLOW_CONN_DUBAN_SMTP"):
            return
        port_file = self.place.folder / "sink.port"
        port_file.unlink(missing_ok=True)
        folder = str(self.place.mails)
        command = [sys.executable, "-m", "ops.mail_sink", "--port", "0", "--folder", folder]
        page = [] if page_port is None else ["--http-port", str(page_port)]
        own = {"DUBAN_MAIL_TOKEN": mail_token(self.place)}
        self.start("mail-sink", [*command, "--port-file", str(port_file), *page], own)
        self.wait_for(lambda: port_file.is_file() and port_file.read_text().strip().isdigit(), "mail-sink", 30)
        port = port_file.read_text().strip()
        self.environment["AIRFLOW_CONN_DUBAN_SMTP"] = sink_connection(int(port))
        known = [*command[:4], port, *command[5:], "--port-file", str(port_file), *page]
        self._commands["mail-sink"] = (known, own)  # started again, it must be where the others look for it

    def start_airflow(self) -> None:
        """Bring Airflow's database up to date and start its four components; returns before they are well."""
        migrated = self.place.folder / "migrated"
        migrated.unlink(missing_ok=True)
        self.start("scheduler", [sys.executable, "-m", "ops.warm_scheduler", str(migrated)])
        self.start("migrate", [program("airflow"), "db", "migrate"])
        self._finish("migrate")
        migrated.touch()
        airflow = program("airflow")
        self.start("api-server", [airflow, "api-server"], api_server_environment(self.place))
        self.start("dag-processor", [airflow, "dag-processor"])
        self.start("triggerer", [airflow, "triggerer", "-s"])

    def _finish(self, name: str) -> None:
        """Wait for a component that is meant to end, and see that it ended well; killed, it is begun anew."""
        for _ in range(_STARTS):
            code = self._processes.pop(name).wait()
            if code == 0:
                return
            if code > 0:  # it ended by itself
                break
            self.start(name, *self._commands[name])
        self._fail(name)

    def wait_for(self, condition: object, component: str, seconds: float) -> None:
        """Poll until `condition` holds, for so long since the last start of a component at most: one that dies meanwhile
        is started again, and has its time anew. One that cannot run here, or too long a wait: an error that shows the log."""
        assert callable(condition)
        begun = time.monotonic()
        while not condition():
            self.revive()
            self.refuse_hopeless(by_itself=_STARTS)
            last_death = max((deaths[-1][0] for deaths in self._deaths.values()), default=begun)
            if time.monotonic() > max(begun, last_death) + seconds:
                self._fail(component)
            time.sleep(0.2)

    def refuse_hopeless(self, *, by_itself: int = _MOST_DEATHS) -> None:
        """Raise UserError for a component that does not stay: within ten minutes it died ten times, or ended `by_itself`
        so often. Fewer kills by others are no reason to give up what has been done."""
        for name, deaths in self._deaths.items():
            if len(deaths) >= _MOST_DEATHS or sum(code > 0 for _, code in deaths) >= by_itself:
                self._fail(name, f"十分钟内意外结束了 {len(deaths)} 次，不再重新启动")

    def dead(self) -> list[str]:
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def revive(self) -> None:
        """Start dead components again: at once, but one that has died often within ten minutes after a pause that grows
        to a minute. The others go on meanwhile; what a component does, the others may be able to wait for."""
        for name in self.dead():
            deaths, process = self._deaths.setdefault(name, []), self._processes[name]
            if process.pid not in self._mourned:
                self._mourned.add(process.pid)
                recent = [death for death in deaths if time.monotonic() - death[0] < _MEMORY_SECONDS]
                deaths[:] = [*recent, (time.monotonic(), process.returncode)]
                print(f"组件 {name} 意外结束（{process.returncode}），重新启动；日志在 {self._log(name)}", flush=True)
            pause = 0 if len(deaths) <= _STARTS else min(5.0 * 2 ** (len(deaths) - _STARTS), _LONGEST_PAUSE_SECONDS)
            if time.monotonic() - deaths[-1][0] >= pause:
                self.start(name, *self._commands[name])

    def _log(self, name: str) -> Path:
        return self.place.logs / f"{name}.log"

    def _fail(self, name: str, what: str = "没有正常运行") -> None:
        log = self._log(name)
        raise UserError(
            f"组件 {name} {what}。请看它的日志 {log}；内存不够的，先关掉别的程序。日志末尾如下：\n{tail(log)}"
        )

    def stop(self) -> None:
        """End every component and all that they started, politely first."""
        everyone = _families(process.pid for process in self._processes.values())
        for process in self._processes.values():
            _signal_group(process.pid, signal.SIGTERM)
        self._reap(everyone, 8)
        for survivor in _families(process.pid for process in everyone if lives(process)):
            with suppress(psutil.NoSuchProcess):
                survivor.kill()
        self.place.end_strays()
        self._reap(everyone, 5)
        self._processes.clear()

    def _reap(self, processes: list[psutil.Process], seconds: float) -> None:
        """Wait until the processes are gone, for so long at most."""
        wait_until_gone(processes, seconds)
        for component in self._processes.values():
            component.poll()


def _families(numbers: Iterable[int]) -> list[psutil.Process]:
    """The processes and all their descendants, also those in groups of their own."""
    found: dict[int, psutil.Process] = {}
    for number in numbers:
        try:
            process = psutil.Process(number)
            found |= {each.pid: each for each in [process, *process.children(recursive=True)]}
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def _signal_group(number: int, wanted: signal.Signals) -> None:
    try:
        os.killpg(number, wanted)
    except ProcessLookupError:
        return


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
