"""`make up` and `make down`: the whole of Airflow in the background, on the last demo's or close's databases, or on new ones."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from include.errors import UserError
from include.rebuild.upgrade import upgrade
from include.settings import REPO
from include.steps.taking_up import take_up
from ops.airflow_client import AirflowClient
from ops.command import run_command
from ops.environment import duban_environment, free_port, mail_token
from ops.logins import duty_of, first_passwords, logins, new_password, token_of
from ops.place import RUNS, Place, last_place
from ops.supervisor import READY_SECONDS, Supervisor, tail

_STOP_SECONDS = 40
_PLAYED = ("demo", "close")
_CURRENT = RUNS / "up.name"


@contextmanager
def started(
    place: Place, port: int, mail_port: int, settings: dict[str, str]
) -> Iterator[tuple[Supervisor, AirflowClient]]:
    """The whole of Airflow, well and with nothing paused, and its administrator; gone after the context."""
    place.make()
    os.environ.update(duban_environment(place) | settings)
    upgrade()
    print(*take_up(anew=True), sep="\n", flush=True)
    with Supervisor(place, port=port, extra=settings) as supervisor:
        supervisor.start_mail_sink(page_port=mail_port)
        supervisor.start_airflow()
        client = AirflowClient(supervisor.address, supervisor.revive)
        supervisor.wait_for(client.is_well, "api-server", READY_SECONDS)
        admin = client.with_token(token_of(place, "admin"))
        admin.make_pool("outbox", 1, "发件箱：同一时间只有一个发送任务")
        supervisor.wait_for(admin.has_read_all, "dag-processor", READY_SECONDS)
        for dag_id in admin.dag_ids():
            admin.set_paused(dag_id, False)
        yield supervisor, admin


def settings_of(place: Place) -> dict[str, str]:
    """Those of the demo or close that the office goes on from; but what is handed in now is received now."""
    settings = dict(place.state().get("settings", {}))
    return settings | {"DUBAN_RECEIVED": "now"} if place.name in _PLAYED else settings


def serve(place: Place, port: int, mail_port: int) -> None:
    """Keep everything running until told to stop; a component that dies is started again."""
    with started(place, port, mail_port, settings_of(place)) as (supervisor, _):
        (place.folder / "ready").touch()
        while True:
            supervisor.revive()
            time.sleep(1)


def up(port: int, mail_port: int) -> None:
    """Start in the background; return when the UI can be used."""
    place = last_place() or Place("up")
    if (number := place.running()) is not None:
        raise UserError(f"已经在运行（进程 {number}）；要重新启动，请先运行 make down。")
    free_port(port)
    free_port(mail_port, "MAIL_PORT")
    place.make()
    os.environ.update(duban_environment(place) | settings_of(place))
    passwords = first_passwords(place)
    ready, log = place.folder / "ready", place.logs / "up.log"
    ready.unlink(missing_ok=True)
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "ops.up", "serve", "--port", str(port), "--mail-port", str(mail_port)],
            cwd=REPO,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _CURRENT.write_text(place.name, encoding="utf-8")
    while not ready.exists():
        if server.poll() is not None:
            raise UserError(f"启动失败：\n{tail(log)}")
        time.sleep(0.3)
    _welcome(place, port, mail_port, passwords)


def _welcome(place: Place, port: int, mail_port: int, passwords: dict[str, str]) -> None:
    """Where everything is. `passwords` are those that were made just now: nobody can tell them again."""
    users = "".join(f"\n    {user:<12}{passwords.get(user, '（不变）'):<16}{duty_of(user)}" for user in logins())
    kind = {"demo": "演示的数据", "close": "上次结账的数据"}.get(place.name, "空的数据库")
    address = f"http://127.0.0.1:{mail_port}/?token={mail_token(place)}"
    sink = "" if os.environ.get("AIRFLOW_CONN_DUBAN_SMTP") else f"\n  本地邮箱      {address}"
    environment = duban_environment(place) | settings_of(place)
    print(f"""Airflow 已启动（{kind}）。
  页面          http://127.0.0.1:{port}{sink}
  收件夹        {environment["DUBAN_INBOX"]}
  每天的日报    {environment["DUBAN_REPORTS"]}
  日志          {place.logs}
  用户与首次密码（只在这里写这一次；登录后在督办台右上角“我的账号”里修改，忘了的用 make password ACCOUNT=账号 另发）：{users}
先用 admin 登录，左边的“督办台”里看谁没报、办什么，在“公文与签发”里签发（街道 committee，县 county，或登记在 persons.yaml 里的人）；
“Dags”里是全部流程，名称前的数字是半年里的先后，“办 …”是人工办理。
浏览器的语言是中文，页面就是中文；不是的，在页面左下角的用户菜单里选“简体中文”。{_about_clock(place)}
停止：make down""")


def _about_clock(place: Place) -> str:
    """What the simulated clock means to who hands something in."""
    if not place.clock.exists():
        return ""
    moment = place.clock.read_text(encoding="utf-8").strip()
    return f"""
模拟时间：系统里的“现在”停在 {moment}，不会自己走。放进收件夹的文件算这一刻收到，几秒后答复；按日历运行的流程不会自动运行，
可以手工触发；要日历往前走，在督办台“今天”里点“到下一个日子”。要换成某一时刻，把它写进 {place.clock}，例如：echo 2027-02-18T08:30:00 > {place.clock}"""


def down() -> None:
    """Stop what `up` started, and wait until it is gone."""
    place = Place(_CURRENT.read_text(encoding="utf-8").strip()) if _CURRENT.is_file() else None
    number = place.running() if place else None
    if number is None:
        print("没有在运行。")
        return
    process = psutil.Process(number)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except psutil.TimeoutExpired:
        raise UserError(
            f"进程 {number} 在 {_STOP_SECONDS} 秒内没有停下，请查看 {place.logs if place else ''} 下的日志。"
        ) from None
    _CURRENT.unlink(missing_ok=True)
    print("已停止。")


def password(account: str) -> None:
    """Another first password for a login, printed once."""
    place = last_place() or Place("up")
    os.environ.update(duban_environment(place) | settings_of(place))
    print(f"{account} 的新密码：{new_password(place, account)}\n只写这一次；登录后在督办台右上角“我的账号”里修改。")


def main() -> None:
    parser = argparse.ArgumentParser(description="启动或停止整套 Airflow。")
    parser.add_argument("act", choices=["up", "down", "serve", "password"])
    parser.add_argument("--account", default="", help="另发首次密码的账号")
    parser.add_argument("--port", type=int, default=8080, help="页面的端口")
    parser.add_argument("--mail-port", type=int, default=8025, help="本地邮箱页面的端口")
    options = parser.parse_args()
    if options.act == "up":
        up(options.port, options.mail_port)
    elif options.act == "down":
        down()
    elif options.act == "password":
        password(options.account.strip())
    else:
        serve(last_place() or Place("up"), options.port, options.mail_port)


if __name__ == "__main__":
    run_command(main)
