"""Whichever runs containers here: a Docker engine with its compose, or podman with podman-compose (requirements-dev)."""

from __future__ import annotations

import functools
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.errors import UserError
from include.settings import REPO

STATE = REPO / "var/run/cluster"
_COMPOSE = Path(sys.executable).parent / "podman-compose"
UMASK = 0o022  # folders that an engine makes inside a container are for its users, who are not ours
# Where this process may not raise limits (a container itself), nor do containers that it starts; half of what it has passes.
_MOST_FILES, _MOST_PROCESSES = 65536, 32768


@dataclass(frozen=True)
class Engine:
    """`docker` or `podman`, and how compose is spoken to."""

    name: str
    compose: tuple[str, ...]

    @property
    def is_podman(self) -> bool:
        return self.name == "podman"

    def run(self, *arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """One call; what it printed is in the result. A UserError with its words where it must work and does not."""
        done = subprocess.run(
            [self.name, *arguments], check=False, text=True, errors="replace", env=os.environ | self.environment,
            capture_output=True, umask=UMASK, **options,
        )  # fmt: skip
        if check and done.returncode:
            raise UserError(
                f"{self.name} {' '.join(arguments)[:300]} 没有做成：\n{(done.stderr or done.stdout)[-3000:]}"
            )
        return done

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        return {"CONTAINERS_CONF": str(_podman_settings())} if self.is_podman else {}


def find_engine() -> Engine:
    """What this machine has. Raises UserError that says how to get one."""
    if problem := why_none():
        raise UserError(problem)
    if has_docker():
        return Engine("docker", ("docker", "compose"))
    return Engine("podman", (str(_COMPOSE), "--in-pod=false"))


def why_none() -> str:
    """Why no container can be run here; empty where one can."""
    if has_docker():
        return ""
    lacking = [name for name in ("podman", "runc", "iptables", "debootstrap") if not shutil.which(name)]
    if not _COMPOSE.exists():
        lacking.append("podman-compose（make test 会装上）")
    if os.geteuid() != 0:
        return "这里没有能用的 Docker，而 podman 要由 root 运行：请用 root，或装好 Docker Engine。"
    if lacking:
        return f"这里没有能用的 Docker，也没有装齐 podman（缺 {'、'.join(lacking)}）：请运行 make cluster-tools。"
    return ""


def has_docker() -> bool:
    if not shutil.which("docker"):
        return False
    commands: Sequence[Sequence[str]] = (("docker", "info"), ("docker", "compose", "version"))
    return all(subprocess.run(one, capture_output=True, check=False).returncode == 0 for one in commands)


def _podman_settings() -> Path:
    """Podman as it runs without systemd: limits that this process may set, cgroups by itself, and runc, for crun refuses
    cgroups of both versions at once."""
    STATE.mkdir(parents=True, exist_ok=True)
    path = STATE / "containers.conf"
    path.write_text(
        f"[containers]\ndefault_ulimits = {json.dumps(_limits())}\n"
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n',
        encoding="utf-8",
    )
    return path


def _limits() -> list[str]:
    files, processes = (resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
    files = _MOST_FILES if files == resource.RLIM_INFINITY else min(files, _MOST_FILES)
    processes = _MOST_PROCESSES if processes == resource.RLIM_INFINITY else min(processes // 2, _MOST_PROCESSES)
    return [f"nofile={files}:{files}", f"nproc={processes}:{processes}"]


def build_limits(engine: Engine) -> list[str]:
    """The same limits for `podman build`, which reads none from its settings."""
    return [part for limit in _limits() for part in ("--ulimit", limit)] if engine.is_podman else []
