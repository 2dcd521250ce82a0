"""Plugs pulled while a stack of containers works: processes killed, the disk filled, the mail server cut off, the clock moved."""

from __future__ import annotations

import email
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from pathlib import Path

from ops.cluster.stack import PLAY, PROJECT, Stack

KILLED = ("worker", "scheduler", "triggerer", "dag-processor", "api-server", "postgres", "redis")
_BACK_SECONDS = 600
DRIVER = ("run", "--rm", "--no-deps", "driver", "python", "-m", "ops.cluster.driver", "play", "--half-year-only")


def kill(stack: Stack, service: str) -> None:
    """kill -9 of the first process of each container of a service, and with it of all in it; whoever runs the containers
    starts them again."""
    for container in stack.ids(service, running=True):
        if pid := stack.pid(container):
            os.kill(pid, signal.SIGKILL)


def wait_until_back(stack: Stack, service: str) -> None:
    """Raises AssertionError where nothing has started it again."""
    deadline = time.monotonic() + _BACK_SECONDS
    while not stack.ids(service, running=True):
        assert time.monotonic() < deadline, f"{service} stayed down:\n{stack.logs(service)}"
        time.sleep(1)


def cut_off_mail(stack: Stack) -> None:
    for container in stack.ids("mail"):
        stack.engine.run("network", "disconnect", f"{PROJECT}_outside", container)


def join_mail(stack: Stack) -> None:
    for container in stack.ids("mail"):
        stack.engine.run("network", "connect", "--alias", "mail.localhost", f"{PROJECT}_outside", container)


@dataclass
class Played:
    """What the driver printed and how it ended, and at which of its lines which plug was pulled."""

    lines: list[str] = field(default_factory=list)
    pulled: list[tuple[str, str]] = field(default_factory=list)
    code: int = -1

    @property
    def said(self) -> str:
        return "".join(self.lines) + "\n" + "\n".join(f"{plug} after: {line.strip()}" for plug, line in self.pulled)


def play(stack: Stack, pull: Callable[[int], str], *, after_seconds: float = 2.0) -> Played:
    """The driver's play; after each line of progress `pull` (given its number) pulls a plug, while the next step works, and
    says which."""
    played = Played()
    driver = stack.start_command(*DRIVER, piped=True)
    assert driver.stdout is not None
    threads = []
    for line in driver.stdout:
        played.lines.append(line)
        print(line, end="", flush=True)
        if line.startswith("["):
            number = sum(one.startswith("[") for one in played.lines) - 1
            threads.append(threading.Thread(target=_pull, args=(played, pull, number, line, after_seconds)))
            threads[-1].start()
    played.code = driver.wait()
    for thread in threads:
        thread.join()
    return played


def _pull(played: Played, pull: Callable[[int], str], number: int, line: str, after_seconds: float) -> None:
    time.sleep(after_seconds)
    if plug := pull(number):
        print(f"  -> {plug}", flush=True)
        played.pulled.append((plug, line))


def mails_twice(folder: Path = PLAY / "run/demo/mails") -> list[str]:
    """Mails that a server of mails has taken more than once: by their Message-ID, which is the notice's own."""
    found = Counter(
        str(email.message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"])
        for path in folder.glob("*.eml")
    )
    return [message for message, count in found.items() if count > 1]
