"""`make secrets`: every secret of docker-compose.yaml as a file of its own under secrets/, the office's folder, and .env.

What is there stays. Nothing but the standard library is needed: a server has neither our virtual environment nor an image yet.
Passwords stand in addresses too; they are made of letters and digits, so that no address needs quoting.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
POSTGRES, VALKEY, OURS, NGINX = 999, 999, 10001, 101  # the users that the services run as
_DEFAULT_USERS = "admin:admin,committee:user,county:user,viewer:viewer"
_ENVIRONMENT = """\
# 本机的设置，没有一项是秘密；密码和密钥都在 secrets/ 里，一个文件一项。各项的意思见 docs/operations.md。
# office：一个办公室，任务由调度进程自己做。city：多个街道，任务交给 worker，可以有多个。再要 HTTPS 的写 office,https 或 city,https。
COMPOSE_PROFILES=office
DUBAN_PORT=8080
"""


def make_secrets(folder: Path, users: str = _DEFAULT_USERS, given: dict[str, str] | None = None) -> list[str]:
    """The files that are not there yet, each readable by the user of its services alone; their names.

    `given`: texts to take instead of making them. What is made of another secret follows it as it is now.
    """
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    made: list[str] = []

    def keep(name: str, owner: int, make: Callable[[], str]) -> str:
        path = folder / name
        if not path.exists():
            _write(path, (given or {}).get(name) or make(), owner)
            made.append(name)
        return path.read_text(encoding="utf-8").strip()

    keep("postgres_superuser", POSTGRES, _password)
    airflow = keep("postgres_airflow", POSTGRES, _password)
    duban = keep("postgres_duban", POSTGRES, _password)
    redis = keep("redis_conf", VALKEY, lambda: f"requirepass {_password()}\nappendonly yes\ndir /data\n")
    queue = next(line.split()[1] for line in redis.splitlines() if line.startswith("requirepass "))
    keep("airflow_database", OURS, lambda: f"postgresql+psycopg2://airflow:{airflow}@postgres/airflow")
    keep("airflow_results", OURS, lambda: f"db+postgresql://airflow:{airflow}@postgres/airflow")
    keep("airflow_broker", OURS, lambda: f"redis://:{queue}@redis:6379/0")
    keep("airflow_fernet_key", OURS, lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    keep("airflow_secret_key", OURS, _password)
    keep("airflow_jwt_secret", OURS, lambda: secrets.token_hex(64))
    database = {"conn_type": "postgres", "host": "postgres", "login": "duban", "password": duban, "schema": "duban"}
    keep("airflow_conn_duban_db", OURS, lambda: json.dumps(database))
    keep("airflow_conn_duban_smtp", OURS, str)
    keep("airflow_conn_duban_imap", OURS, str)
    keep("airflow_conn_duban_ldap", OURS, str)
    keep("duban_metrics_token", OURS, str)
    keep("duban_secret", OURS, lambda: secrets.token_hex(32))
    _passwords(folder / "airflow_passwords", users, made)
    made += _certificate(folder)
    return made


def login_names(users: str) -> list[str]:
    """Of admin:admin,committee:user the logins."""
    return [entry.split(":")[0].strip() for entry in users.split(",")]


def _passwords(path: Path, users: str, made: list[str]) -> None:
    """One for each login; those that are there stay."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    wanted = known | {name: _password(12) for name in login_names(users) if name not in known}
    if wanted != known:
        path.unlink(missing_ok=True)
        _write(path, json.dumps(wanted, indent=1, ensure_ascii=False), OURS)
        made.append(path.name)


def _certificate(folder: Path) -> list[str]:
    """One that no browser trusts, until the office puts its own in its place; none where the machine has no openssl."""
    certificate, key = folder / "tls_certificate", folder / "tls_key"
    if certificate.exists() or key.exists() or not shutil.which("openssl"):
        return []
    for path in (certificate, key):
        _write(path, "", NGINX)
    command = ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "825", "-subj", "/CN=duban",
               "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return [certificate.name, key.name]


def _password(length: int = 32) -> str:
    return secrets.token_hex(length)[:length]


def _write(path: Path, text: str, owner: int) -> None:
    """A file that only its owner can read, from its first byte on."""
    path.touch(mode=0o600, exist_ok=False)
    if text:
        path.write_text(text, encoding="utf-8")  # and no line's end, which would be part of the secret
    os.chown(path, owner, owner if owner != OURS else 0)


def make_office(folder: Path) -> bool:
    """The office's own folder, with the file of offices as it comes, where it is not there; whether it was made."""
    path = folder / "offices.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return False
    shutil.copyfile(REPO / "include/registry/offices.yaml", path)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="写出 docker-compose.yaml 所需的密码、密钥和设置；已有的不动。")
    parser.add_argument("--to", type=Path, default=REPO, help="secrets/、office/ 和 .env 写到哪个文件夹")
    folder = parser.parse_args().to.absolute()
    if os.geteuid() != 0:
        print("请用 root 运行（sudo make secrets）：每个文件要归各自服务的用户所有，别人读不了。", file=sys.stderr)
        return 2
    environment = folder / ".env"
    if not environment.exists():
        environment.write_text(_ENVIRONMENT, encoding="utf-8")
    made = make_secrets(folder / "secrets", os.environ.get("DUBAN_USERS", _DEFAULT_USERS))
    make_office(folder / "office")
    print(f"写入 {folder / 'secrets'}：{'、'.join(made) or '没有缺的，一个也没有动'}。")
    print(
        "登录用的密码在 secrets/airflow_passwords；发信、收信的连接写进 secrets/airflow_conn_duban_smtp、_imap（JSON），单位的统一登录写进 _ldap。"
    )
    print("secrets/duban_secret 要与档案夹分开备份：没有它，档案夹里的文件打不开。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
