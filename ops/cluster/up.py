"""`make cluster`: docker-compose.yaml, built and run here, plays the demo; `make cluster-down`: nothing of it is left."""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from include.errors import UserError
from include.identity import secret
from include.settings import REPO
from ops.cluster.compare import compare
from ops.cluster.engine import find_engine
from ops.cluster.stack import PLAY, Stack, left_over, ready_stack
from ops.command import run_command

OUT = REPO / "var/cluster"
_DEMO = REPO / "var/demo"


def start(stack: Stack, workers: int) -> None:
    """The whole stack, healthy, with the clock at the demo's first morning."""
    stack.prepare(secret().decode())
    stack.compose("run", "--rm", "--no-deps", "driver", "python", "-m", "ops.cluster.driver", "prepare")
    stack.start_stores()
    stack.start_airflow(workers)


def play(stack: Stack) -> None:
    """The demo's calendar, to its end; OUT is then in var/cluster."""
    driver = stack.start_command("run", "--rm", "--no-deps", "driver", "python", "-m", "ops.cluster.driver", "play")
    if code := driver.wait():
        raise UserError(f"演示没有做完（{code}），原因见上。整套系统还在运行，看完日志后用 make cluster-down 停掉。")
    take_out()


def take_out(to: Path = OUT) -> None:
    """What the play has written, from its folder into `to` and the folder beside it."""
    for name, target in (("demo", to), ("demo-systems", to.with_name(f"{to.name}-systems"))):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(PLAY / name, target)


def tell_difference(ours: Path, theirs: Path) -> list[str]:
    """Prints how two OUT folders compare; what differs."""
    if not theirs.is_dir():
        print(f"没有 {theirs.relative_to(REPO)} 可比：先运行 make demo，再运行 make cluster，就逐个文件比较。")
        return []
    found = compare(ours, theirs)
    print(f"{ours.relative_to(REPO)} 与 {theirs.relative_to(REPO)}：{found.equal} 个文件逐字节相同，", end="")
    print(f"{len(found.repacked)} 个只是压缩不同（内容逐个相同），{len(found.different)} 个不同。")
    return found.different


def up(profile: str, workers: int, port: int, *, builds: bool) -> None:
    began = time.monotonic()
    stack = ready_stack(profile, port=port, builds=builds)
    start(stack, workers)
    print(f"整套系统已启动（{profile}），都正常，用时 {time.monotonic() - began:.0f} 秒。", flush=True)
    play(stack)
    different = tell_difference(OUT, _DEMO)
    different += tell_difference(OUT.with_name("cluster-systems"), _DEMO.with_name("demo-systems"))
    print(
        f"页面 http://127.0.0.1:{port}，密码在 var/run/cluster/secrets/airflow_passwords；停止并清除：make cluster-down"
    )
    if different:
        raise UserError(*(f"与演示不同：{one}" for one in different))


def down() -> None:
    engine = find_engine()
    Stack(engine).down()
    if left := left_over(engine):
        raise UserError(f"没有清除干净：{'、'.join(left)}")
    print("容器、卷、网络都已清除。")


def main() -> None:
    parser = argparse.ArgumentParser(description="在本机构建并运行 docker-compose.yaml，演示一遍。")
    parser.add_argument("act", choices=["up", "down"])
    parser.add_argument("--profile", default="city", choices=["city", "office"])
    parser.add_argument("--no-build", action="store_true", help="with the images as they were made last")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--port", type=int, default=8180)
    options = parser.parse_args()
    if options.act == "up":
        up(options.profile, options.workers, options.port, builds=not options.no_build)
    else:
        down()


if __name__ == "__main__":
    run_command(main)
