"""Install a lock file into the virtual environment that runs us, quietly; says what to do where that fails.

Uses nothing but the standard library: it runs before anything is installed.
"""

from __future__ import annotations

import subprocess
import sys


def main(lock: str) -> int:
    """Exit code: 0, or 2 where the packages could not be installed."""
    print(f"安装 {lock} 中的依赖（首次约需几分钟）……", flush=True)
    # The lock names every package, so nothing is left to resolve; and pip before 23.3, which Python 3.11 brings, takes a
    # newer release for a package that one asks for with an extra and the lock pins without it.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--require-hashes", "--no-deps", "-r", lock],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode == 0:  # what it warned of is of use only where it failed
        return 0
    print(done.stdout, file=sys.stderr)
    print(
        f"安装失败：请检查网络和 pip 的软件源设置，再运行同一命令。锁定文件 {lock} 要求逐个核对哈希。", file=sys.stderr
    )
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
