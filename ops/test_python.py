"""`make test-python PYTHON=`: the suite with a newer Python than the supported 3.11, resolved anew for it, in an environment of its own.

What cannot be run is named as not run; only tests that fail are a failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess

from include.errors import UserError
from include.settings import REPO
from ops.command import BadArgumentsError, run_command

SUPPORTED = "3.11"
UV = REPO / "var/lock/bin/uv"
_INPUTS = ("requirements.in", "requirements-demo.in", "requirements-dev.in")


def version_of(python: str) -> str:
    """As 3.12; empty where it is not at hand."""
    try:
        done = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def main() -> None:
    parser = argparse.ArgumentParser(description="用较新的 Python 运行测试。")
    parser.add_argument("--python", default="")
    parser.add_argument("--tests", default="")
    options = parser.parse_args()
    if not options.python:
        raise BadArgumentsError("缺少参数 PYTHON，例如 PYTHON=python3.13：用哪个 Python 运行测试。")
    version = version_of(options.python)
    if not version:
        print(f"没有运行：本机没有 {options.python}。支持的是 Python {SUPPORTED}，由 make test 测试。")
        return
    if version == SUPPORTED:
        print(f"没有运行：{options.python} 就是支持的 {SUPPORTED}，由 make test 测试。")
        return
    folder = REPO / f"var/python-{version}"
    inputs = [name for name in _INPUTS if (REPO / name).is_file()]
    lock = f"var/python-{version}.txt"
    print(f"为 Python {version} 解析并安装依赖……", flush=True)
    _run([str(UV), "pip", "compile", *inputs, "-o", lock, "--generate-hashes", "--no-emit-index-url", "--no-annotate",
          "--no-header", "--quiet", "--python-version", version], f"依赖在 Python {version} 上解析不出")  # fmt: skip
    _run([str(UV), "venv", "--quiet", "--clear", "--python", options.python, str(folder)], "环境没有建成")
    python = str(folder / "bin/python")
    _run([str(UV), "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock], "依赖没有装成")
    tests = options.tests.split() or ["tests"]
    command = [python, "-m", "pytest", "-m", "not long", "-n", "2", "--dist", "loadfile", *tests]
    done = subprocess.run(command, cwd=REPO, env=os.environ | {"PYTHONPATH": "."}, check=False)
    if done.returncode:
        raise UserError(f"Python {version} 上有测试没有通过（见上）；支持的仍是 {SUPPORTED}。")
    print(f"Python {version} 上的测试都通过了（{'、'.join(tests)}）；支持的仍是 {SUPPORTED}。")


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{failure}：\n{done.stderr.strip() or done.stdout.strip()}")


if __name__ == "__main__":
    run_command(main)
