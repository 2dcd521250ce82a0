"""The supervisor leaves nothing running, whatever was killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.errors import UserError
from ops.environment import free_port
from ops.place import Place
from ops.supervisor import Supervisor

# A component whose child lives on in a session of its own and shows neither name nor environment, as Airflow's workers do.
LEAVES_A_CHILD = """import os, sys, time
if os.fork() == 0:
    os.setsid()
    os.execve(sys.executable, ["worker", "-c", "import time; time.sleep(600)"], {})
time.sleep(600)"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(str(tmp_path / "run"))
    made.make()
    return made


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """The supervisor takes the signals of its process; the test run gets its own back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def component(supervisor: Supervisor) -> tuple[psutil.Process, psutil.Process]:
    """One that has started its child, and the child."""
    supervisor.start("component", [sys.executable, "-c", LEAVES_A_CHILD])

    def started() -> list[psutil.Process]:
        return psutil.Process(supervisor._processes["component"].pid).children()

    supervisor.wait_for(lambda: any(child.cmdline()[:1] == ["worker"] for child in started()), "component", 20)
    return psutil.Process(supervisor._processes["component"].pid), started()[0]


def test_what_a_killed_component_leaves_behind_ends_with_the_run(place: Place) -> None:
    with Supervisor(place, port=free_port()) as supervisor:
        parent, child = component(supervisor)
        parent.kill()
    child.wait(5)


def test_what_a_killed_run_left_behind_ends_with_the_start_of_the_next(place: Place) -> None:
    first = Supervisor(place, port=free_port())
    parent, child = component(first)
    parent.kill()
    first._processes["component"].wait()
    assert child.is_running()
    with Supervisor(place, port=free_port()):
        child.wait(5)


def test_somebody_who_reads_a_log_is_left_alone(place: Place) -> None:
    log = place.logs / "component.log"
    log.write_text("...", encoding="utf-8")
    reader = os.fork()
    if reader == 0:
        os.execv(sys.executable, [sys.executable, "-c", f"import time; f = open({str(log)!r}); time.sleep(600)"])
    try:
        while log not in [Path(one.path) for one in psutil.Process(reader).open_files()]:
            time.sleep(0.05)
        with Supervisor(place, port=free_port()):
            pass
        assert psutil.Process(reader).status() != psutil.STATUS_ZOMBIE
    finally:
        os.kill(reader, signal.SIGKILL)
        os.waitpid(reader, 0)


def test_a_component_keeps_its_own_environment_when_it_is_started_again(place: Place) -> None:
    said = place.folder / "said"
    code = f"import os; open({str(said)!r}, 'a').write(os.environ['OF_ALL'] + os.environ['ITS_OWN'] + '\\n')"
    with Supervisor(place, port=free_port(), extra={"OF_ALL": "a", "ITS_OWN": "a"}) as supervisor:
        supervisor.start("component", [sys.executable, "-c", code], {"ITS_OWN": "b"})
        supervisor._processes["component"].wait(20)
        supervisor.revive()
        supervisor._processes["component"].wait(20)
    assert said.read_text().splitlines() == ["ab", "ab"]


def test_a_component_that_is_killed_five_times_while_it_starts_is_waited_for_anew_each_time(place: Place) -> None:
    with Supervisor(place, port=free_port()) as supervisor:
        supervisor.start("component", [sys.executable, "-c", "import time; time.sleep(600)"])
        kills, began = 0, time.monotonic()

        def is_well() -> bool:
            nonlocal kills
            process = supervisor._processes["component"]
            if kills < 5 and process.poll() is None:
                time.sleep(0.4)
                process.kill()
                process.wait()
                kills += 1
                return False
            return kills == 5 and process.poll() is None

        supervisor.wait_for(is_well, "component", 1)
        assert kills == 5 and time.monotonic() - began > 1


def test_a_component_that_ends_by_itself_again_and_again_is_given_up_with_its_log(place: Place) -> None:
    with Supervisor(place, port=free_port()) as supervisor:
        supervisor.start("component", [sys.executable, "-c", "raise SystemExit('no such setting')"])
        with pytest.raises(
            UserError, match=r"(?s)组件 component 十分钟内意外结束了 5 次.*component\.log.*no such setting"
        ):
            supervisor.wait_for(lambda: False, "component", 60)


def test_a_run_begins_anew_only_when_nobody_of_the_killed_one_writes_any_more(place: Place) -> None:
    first = Supervisor(place, port=free_port())
    parent, child = component(first)
    parent.kill()
    first._processes["component"].wait()
    place.empty()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
