"""`make cluster-tools`: Debian's podman with what it needs, by root, where no Docker engine runs."""

from __future__ import annotations

import os
import shutil
import subprocess

from include.errors import UserError
from ops.cluster.engine import has_docker
from ops.command import run_command

PACKAGES = ("podman", "runc", "netavark", "aardvark-dns", "iptables", "catatonit", "debootstrap")


def install_tools() -> None:
    """Says what it installs; nothing where nothing lacks."""
    if has_docker():
        print("这里有 Docker，不用另装。")
        return
    lacking = [name for name in PACKAGES if not _is_installed(name)]
    if not lacking:
        print(f"已装齐：{'、'.join(PACKAGES)}。")
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise UserError("只能由 root 在 Debian 上安装 podman；其他系统请自行装好 Docker Engine 或 podman。")
    print(f"用 apt-get 安装 Debian 的软件包：{'、'.join(lacking)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *lacking],
    ):
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"{' '.join(command)} 没有做成：\n{done.stderr[-2000:]}")


def _is_installed(package: str) -> bool:
    done = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False)
    return "install ok installed" in done.stdout


if __name__ == "__main__":
    run_command(install_tools)
