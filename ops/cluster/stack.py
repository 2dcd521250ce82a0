"""docker-compose.yaml as one stack of this machine: up in its order, its services by name, gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from include.errors import UserError
from include.settings import REPO
from ops.cluster.engine import STATE, UMASK, Engine, find_engine
from ops.cluster.images import KEPT, make_images
from ops.compose.make_secrets import OURS, make_office, make_secrets

PROJECT = "duban-cluster"
PLAY = STATE / "play"
_FOLDERS = ("secrets", "office", "play")
_KINDS = ("network", "volume")
_READY_SECONDS = 900
_SMTP = {
    "conn_type": "smtp",
    "host": "mail.localhost",
    "port": 2525,
    "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "duban@duban.invalid"},
}


class Stack:
    """The services of one project. `profile`: `city` or `office`; `settings`: variables of the compose file."""

    def __init__(
        self, engine: Engine, profile: str = "city", settings: dict[str, str] | None = None, port: int = 8180
    ) -> None:
        self.engine = engine
        self.profile = profile
        images = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        self.variables = {
            **images,
            "COMPOSE_PROFILES": profile,
            "DUBAN_SECRETS_FOLDER": str(STATE / "secrets"),
            "DUBAN_OFFICE_FOLDER": str(STATE / "office"),
            "DUBAN_PLAY": str(PLAY),
            "DUBAN_PORT": str(port),
            **(settings or {}),
        }

    def prepare(self, secret: str) -> None:
        """Secrets, the office's folder and the folder of the play, all of them new but the installation's own `secret`."""
        _remove_folders()
        make_secrets(STATE / "secrets", given={"duban_secret": secret, "airflow_conn_duban_smtp": json.dumps(_SMTP)})
        make_office(STATE / "office")
        PLAY.mkdir(mode=0o700)
        os.chown(PLAY, OURS, 0)
        for path in ((STATE / "office"), *(STATE / "office").iterdir()):
            os.chown(path, OURS, 0)

    def compose(self, *arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """One call of compose on both files."""
        done = subprocess.run(
            self._command(arguments), check=False, text=True, errors="replace", env=self._environment, cwd=REPO,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, umask=UMASK, **options,
        )  # fmt: skip
        if check and done.returncode:
            raise UserError(f"compose {' '.join(arguments)} 没有做成：\n{done.stdout[-4000:]}")
        return done

    def start_command(self, *arguments: str, piped: bool = False) -> subprocess.Popen[str]:
        """One call of compose that goes on; its output is the user's, or comes by a pipe."""
        out = subprocess.PIPE if piped else None
        return subprocess.Popen(
            self._command(arguments), text=True, errors="replace", env=self._environment, cwd=REPO,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT if piped else None, umask=UMASK,
        )  # fmt: skip

    def _command(self, arguments: Sequence[str]) -> list[str]:
        files = ["-f", str(REPO / "docker-compose.yaml"), "-f", str(REPO / "ops/cluster/compose.yaml")]
        profiles = [part for one in (*self.profile.split(","), "driver") for part in ("--profile", one)]
        return [*self.engine.compose, *files, "-p", PROJECT, *profiles, *arguments]

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | self.engine.environment | self.variables

    def start_stores(self) -> None:
        """PostgreSQL, and the queue where the profile has one; healthy when this returns."""
        stores = ["postgres", *(["redis"] if "city" in self.profile else [])]
        self.compose("up", "-d", "--no-deps", *stores)
        for store in stores:
            self.wait_healthy(store)
        self.compose("run", "--rm", "--no-deps", "init")

    def start_airflow(self, workers: int = 1) -> None:
        """Airflow's components and the demo's mail server; healthy when this returns."""
        names = ["api-server", "dag-processor", "triggerer", "cleaner", "mail"]
        names += ["scheduler", "worker"] if "city" in self.profile else ["office"]
        scale = ["--scale", f"worker={workers}"] if "worker" in names else []
        self.compose("up", "-d", "--no-deps", *scale, *names)
        for name in names:
            if name != "mail":
                self.wait_healthy(name)

    def ids(self, service: str = "", *, running: bool = False) -> list[str]:
        """The containers of a service, of all services without one."""
        labels = [f"label=com.docker.compose.project={PROJECT}"]
        labels += [f"label=com.docker.compose.service={service}"] if service else []
        filters = [part for label in labels for part in ("--filter", label)]
        return self.engine.run("ps", *([] if running else ["-a"]), "-q", "--no-trunc", *filters).stdout.split()

    def wait_healthy(self, service: str, seconds: float = _READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while True:
            found = self.ids(service)
            if found and all(self._is_healthy(one) for one in found):
                return
            if time.monotonic() > deadline:
                raise UserError(f"{service} 等了 {seconds:.0f} 秒仍不正常。日志末尾：\n{self.logs(service)}")
            time.sleep(3)

    def _is_healthy(self, container: str) -> bool:
        if self.engine.is_podman:  # without systemd nobody asks but we
            return self.engine.run("healthcheck", "run", container, check=False).returncode == 0
        return self.engine.run("inspect", "-f", "{{.State.Health.Status}}", container).stdout.strip() == "healthy"

    def logs(self, service: str, lines: int = 40) -> str:
        """The end of what a service has printed."""
        parts = [self.engine.run("logs", "--tail", str(lines), one, check=False) for one in self.ids(service)]
        return "\n".join(part.stdout + part.stderr for part in parts)

    def pid(self, container: str) -> int:
        """The container's first process, as this machine numbers it; 0 where it does not run."""
        return int(self.engine.run("inspect", "-f", "{{.State.Pid}}", container, check=False).stdout.strip() or 0)

    def down(self) -> None:
        """Containers, networks, volumes and the folder of the play: nothing is left, whoever had made it."""
        self.compose("down", "-v", "--remove-orphans", check=False)
        if left := self.ids():
            self.engine.run("rm", "-f", "-v", *left, check=False)
        for kind in _KINDS:
            if names := _named(self.engine, kind):
                self.engine.run(kind, "rm", "-f", *names)
        _remove_folders()


def _remove_folders() -> None:
    for folder in _FOLDERS:
        shutil.rmtree(STATE / folder, ignore_errors=True)


def _named(engine: Engine, kind: str) -> list[str]:
    """The networks or volumes of the stack."""
    return engine.run(kind, "ls", "-q", "--filter", f"name=^{PROJECT}_").stdout.split()


def left_over(engine: Engine) -> list[str]:
    """Containers, networks and volumes of the stack that are still there."""
    return Stack(engine).ids() + [name for kind in _KINDS for name in _named(engine, kind)]


def ready_stack(
    profile: str = "city", settings: dict[str, str] | None = None, port: int = 8180, *, builds: bool = True
) -> Stack:
    """A stack whose images are made of what lies here now, or as they were made last, and of whose last run nothing is left."""
    engine = find_engine()
    if builds:
        make_images(engine)
    stack = Stack(engine, profile, settings, port)
    stack.down()
    return stack
