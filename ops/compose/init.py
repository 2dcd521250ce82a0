"""The init service of docker-compose.yaml: both databases at their newest schema, first passwords, the pool of one sender.

Repeatable: starting the stack again changes nothing but passwords that were changed in their file, and makes first passwords for
persons who have come since, which it prints once.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from include.period import today
from include.rebuild.upgrade import upgrade
from include.registry import directory
from include.registry.passwords import first_password, is_right, read_passwords, write_passwords
from include.registry.persons import persons_from
from include.steps.taking_up import take_up
from ops.compose.make_secrets import login_names

_POOL = ("outbox", "1", "发件箱：同一时刻只有一个发送任务")


_GIVEN = "{}@environment"  # what the file gave last: what a person changed since then stands


def give_passwords(path: Path, users: str, given: dict[str, str]) -> dict[str, str]:
    """Passwords for the shared logins `users` (admin:admin,committee:user) as `given` by login, and first ones for persons who have
    none, which are returned: nobody can tell them again."""
    names = login_names(users)
    missing = [name for name in names if not given.get(name)]
    if missing:
        raise SystemExit(
            f"这些用户没有密码：{'、'.join(missing)}。本系统不设默认密码：运行 sudo make secrets，或写进 secrets/airflow_passwords。"
        )
    kept = read_passwords(path)
    given = {name: given[name] for name in names}
    new = {name: one for name, one in given.items() if not is_right(one, kept.get(_GIVEN.format(name), ""))}
    persons = {one.account for one in persons_from(today())} - kept.keys() - given.keys()
    persons = {account for account in persons if not directory.knows(account)}
    first = {account: first_password() for account in sorted(persons)}
    write_passwords(path, new | {_GIVEN.format(name): one for name, one in new.items()} | first)
    return first


def main() -> None:
    environment = dict(os.environ)
    first = give_passwords(
        Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]),
        environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"],
        json.loads(Path(environment["DUBAN_PASSWORDS"]).read_text(encoding="utf-8")),
    )
    for account, password in first.items():
        print(f"{account} 的首次密码：{password}（只写这一次，登录后在督办台“我的账号”里修改）", flush=True)
    subprocess.run(["airflow", "db", "migrate"], check=True)
    upgrade()
    print(*take_up(anew=True), sep="\n", flush=True)
    subprocess.run(["airflow", "pools", "set", *_POOL], check=True)


if __name__ == "__main__":
    main()
