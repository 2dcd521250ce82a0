"""Passwords of persons as the office's own directory knows them (LDAP, Active Directory), where AIRFLOW_CONN_DUBAN_LDAP names one.

The directory says whether a password is right and nothing else: who a person is, what he may do, where and until when stands in
persons.yaml (ADR 62). Shared logins keep their passwords here.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from ldap3 import SIMPLE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.dn import escape_rdn

from include.connections import Endpoint, parse_connection, reached_by
from include.errors import UserError
from include.registry.persons import is_personal
from include.settings import connection_variable, get_settings

SETTING = connection_variable("duban_ldap")
_PORTS = (636, 389, 389)
_TIMEOUT_SECONDS = 10
_PLACE = "{account}"
_RIGHT = 0
# What a directory answers to a name that it does not know or a password that is wrong; anything else is no answer.
_WRONG = {32, 34, 48, 49, 53}


class NoAnswerError(UserError):
    """The directory did not say whether the password is right."""


@dataclass(frozen=True, kw_only=True)
class _Directory(Endpoint):
    """`name`: under which name a person logs in there, with {account} in it."""

    name: str


def knows(account: str) -> bool:
    """Whether the directory is asked for that login's password: of persons, where there is one."""
    return bool(get_settings().ldap) and is_personal(account)


def is_right(account: str, password: str) -> bool:
    """Whether the directory takes that password of a person's. Raises NoAnswerError where it cannot be asked."""
    directory = _directory()
    if not password:  # LDAP takes a name without a password for nobody, and lets nobody in
        return False
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=directory.ca_file or None)
    server = Server(
        directory.host, directory.port, use_ssl=directory.is_ssl, tls=tls, connect_timeout=directory.timeout_seconds
    )
    is_name = "=" in directory.name  # of a person in the tree; else an address, as Active Directory takes it
    name = directory.name.replace(_PLACE, escape_rdn(account) if is_name else account)
    line = Connection(
        server, name, password, authentication=SIMPLE, receive_timeout=directory.timeout_seconds, raise_exceptions=False
    )
    try:
        line.open()
        if directory.is_starttls:
            line.start_tls()
        line.bind()
        code, said = int(line.result["result"]), str(line.result["description"])
        line.unbind()
    except (LDAPException, OSError) as error:
        raise NoAnswerError(
            f"单位的统一登录（{directory.host}:{directory.port}）连不上：{error}。请稍后再试，或告知运维人员。"
        ) from error
    if code not in {_RIGHT, *_WRONG}:
        raise NoAnswerError(
            f"单位的统一登录（{directory.host}:{directory.port}）没有核对密码（{said}）：请告知运维人员。"
        )
    return code == _RIGHT


def _directory() -> _Directory:
    found = parse_connection(SETTING, get_settings().ldap, required=("host",))
    name = found.text("name")
    if _PLACE not in name:
        raise NoAnswerError(
            f"{SETTING} 的 extra 中 name 应写明人员在统一登录里的名称，其中 {_PLACE} 代表账号，"
            "如 uid={account},ou=people,dc=example,dc=cn，或 {account}@example.cn。"
        )
    return _Directory(**reached_by(found, _PORTS, _TIMEOUT_SECONDS), name=name)
