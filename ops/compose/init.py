"""The init service of docker-compose.yaml: both databases at their newest schema, users' passwords, the pool of one sender.

Repeatable: starting the stack again changes nothing but passwords that were changed in the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from include.rebuild.upgrade import upgrade
from include.steps.health import tell_unsound_systems

_POOL = ("outbox", "1", "发件箱：同一时刻只有一个发送任务")


def write_passwords(path: Path, users: str, environment: dict[str, str]) -> None:
    """Airflow's password file for `users` (admin:admin,committee:user), from DUBAN_PASSWORD_<USER>."""
    names = [entry.split(":")[0] for entry in users.split(",")]
    missing = [
        f"DUBAN_PASSWORD_{name.upper()}" for name in names if not environment.get(f"DUBAN_PASSWORD_{name.upper()}")
    ]
    if missing:
        raise SystemExit(f"缺少环境变量：{'、'.join(missing)}。每个用户都要有密码，本系统不设默认密码。")
    passwords = {name: environment[f"DUBAN_PASSWORD_{name.upper()}"] for name in names}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(passwords) + "\n", encoding="utf-8")


def main() -> None:
    environment = dict(os.environ)
    write_passwords(
        Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]),
        environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"],
        environment,
    )
    subprocess.run(["airflow", "db", "migrate"], check=True)
    upgrade()
    print(*tell_unsound_systems(), sep="\n", flush=True)
    subprocess.run(["airflow", "pools", "set", *_POOL], check=True)


if __name__ == "__main__":
    main()
