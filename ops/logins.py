"""The logins of a run on this machine: who has one, first passwords, and how the commands here speak to Airflow as one of them."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import jwt

from include.errors import UserError
from include.period import today
from include.registry import directory
from include.registry.offices import answering_accounts
from include.registry.passwords import first_password, read_passwords, write_passwords
from include.registry.persons import name_of, persons_from, roles_of
from ops.place import Place, write_secret

_DAY_SECONDS = 24 * 3600
_DUTIES = {"ops": "运维", "committee": "签发", "inspector": "检查", "viewer": "只看"}


def shared_logins() -> dict[str, str]:
    """The logins that are there without any person, with what each may do in Airflow: ops, who only looks, and every login that
    answers for an office."""
    return {"admin": "admin", **dict.fromkeys(answering_accounts(), "user"), "viewer": "viewer"}


def logins() -> list[str]:
    """Everybody who has a login now, or will have one."""
    return list(dict.fromkeys([*shared_logins(), *(one.account for one in persons_from(today()))]))


def duty_of(account: str) -> str:
    """Who it is and what he does, as it is printed beside the password: 程晚舟，运维."""
    on = today()
    roles = "、".join(word for role, word in _DUTIES.items() if role in roles_of(account, on))
    name = name_of(account, on)
    return "，".join(word for word in ("" if name == account else name, roles or "尚未到任") if word)


def passwords_file(place: Place) -> Path:
    return place.airflow_home / "passwords.json"


def first_passwords(place: Place) -> dict[str, str]:
    """A password for each login that has none yet; told once, for they are kept unreadable."""
    known = read_passwords(passwords_file(place))
    made = {account: first_password() for account in logins() if account not in known and not directory.knows(account)}
    write_passwords(passwords_file(place), made)
    return made


def new_password(place: Place, account: str) -> str:
    """Another first password for who has forgotten his. Raises UserError for a login that there is not."""
    if account not in logins():
        raise UserError(f"没有账号“{account}”：现有 {'、'.join(logins())}；人员在 persons.yaml 里登记。")
    if directory.knows(account):
        raise UserError(f"账号“{account}”的密码由单位的统一登录管理：请在那里修改。")
    password = first_password()
    write_passwords(passwords_file(place), {account: password})
    return password


def new_token_secret(place: Place) -> str:
    """What Airflow's server signs its sessions with, new at each start; kept for the commands that speak to it meanwhile."""
    secret = secrets.token_hex(32)
    keep_token_secret(place, secret)
    return secret


def keep_token_secret(place: Place, secret: str) -> None:
    """What a server that somebody else has started signs with."""
    write_secret(_secret_file(place), secret)


def token_of(place: Place, account: str) -> str:
    """A session of a login as Airflow's server would give it, for a command on the machine that it runs on: for a day."""
    role = shared_logins().get(account, "op")
    moment = int(time.time())
    claims = {
        "sub": account, "role": role, "teams": None, "jti": secrets.token_hex(16), "aud": "apache-airflow", "nbf": moment,
        "iat": moment, "exp": moment + _DAY_SECONDS,
    }  # fmt: skip
    secret = _secret_file(place).read_text(encoding="ascii")
    return jwt.encode(claims, secret, algorithm="HS512", headers={"kid": "not-used"})


def _secret_file(place: Place) -> Path:
    return place.airflow_home / "sessions.key"
