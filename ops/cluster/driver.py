"""The demo's calendar on a stack that somebody else runs: started, answered and read from inside its own network.

`prepare` before Airflow is up, for the clock and the file of offices are settings of every component; then `play`.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from types import TracebackType

from include.errors import UserError
from ops import demo
from ops.cluster import city
from ops.command import run_command
from ops.logins import keep_token_secret
from ops.place import Place
from ops.sample import street as sample_street

_FOLDER = Path("/play")
_TOKENS = Path("/run/secrets/airflow_jwt_secret")


class Stack:
    """The components as the driver meets them: by name on their network, revived by whoever runs the containers."""

    address = "http://api-server:8080"

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def start_mail_sink(self) -> None:
        return None

    def start_airflow(self) -> None:
        return None

    def wait_for(self, condition: object, component: str, seconds: float) -> None:
        assert callable(condition)
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise UserError(f"组件 {component} 等了 {seconds:.0f} 秒仍没有正常运行，请看它的日志。")
            time.sleep(0.5)

    def revive(self) -> None:
        return None

    def refuse_hopeless(self) -> None:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description="在 docker-compose.yaml 启动的整套系统上演示。")
    parser.add_argument("act", choices=["prepare", "play", "city"])
    parser.add_argument("--streets", type=int, default=20)
    parser.add_argument("--communities", type=int, default=100, help="of a street")
    parser.add_argument("--half-year-only", action="store_true", help="without what else the sample street runs")
    options = parser.parse_args()
    scheme, out, inbox = sample_street.default_scheme(), _FOLDER / "demo", _FOLDER / "demo-inbox"
    if options.act == "prepare":
        del os.environ["DUBAN_OFFICES"]  # that file is made now, of the one that everybody begins with
        demo.prepare(Place("demo"), scheme, out, inbox)
        return
    keep_token_secret(Place("demo"), _TOKENS.read_text(encoding="ascii").strip())
    kept = ("DUBAN_INBOX", "DUBAN_INBOX_READ_ONLY", "DUBAN_RECEIVED", "DUBAN_OUT", "DUBAN_OFFICES", "DUBAN_PERSONS", "DUBAN_ARCHIVE",
            "DUBAN_REPORTS")  # fmt: skip
    settings = {name: os.environ[name] for name in kept}
    if options.act == "city":
        city.play(
            scheme,
            inbox,
            streets=options.streets,
            a_street=options.communities,
            settings=settings,
            components=Stack(),
        )
        return
    demo.play(
        scheme,
        out,
        inbox,
        settings=settings,
        components=Stack(),
        with_systems=not options.half_year_only,
    )


if __name__ == "__main__":
    run_command(main)
