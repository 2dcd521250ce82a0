"""An Airflow connection as a setting holds it, JSON or URI, taken apart: for the database and both mail servers."""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from include.errors import UserError

_TRUE = {"true", "1", "yes"}
_MAX_PORT = 65535


@dataclass(frozen=True)
class AirflowConnection:
    """The fields of a connection; empty where they are not given, and None for a port and a time-out in seconds."""

    conn_type: str
    host: str
    port: int | None
    login: str
    password: str = field(repr=False)
    schema: str
    timeout_seconds: int | None
    extra: dict[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """An extra, without blanks around it."""
        value = self.extra.get(name)
        return "" if value is None else str(value).strip()

    def is_true(self, name: str) -> bool:
        """Whether an extra is set: true, "true", 1, "yes"."""
        return self.text(name).lower() in _TRUE


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A mail server as it is reached and logged in to; `login` is empty where it wants none.

    `ca_file` is the certificate of the authority that signed the server's, where the system does not know it.
    """

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    is_ssl: bool
    is_starttls: bool
    timeout_seconds: int
    ca_file: str = ""


def reached_by(found: AirflowConnection, ports: tuple[int, int, int], timeout_seconds: int) -> dict[str, Any]:
    """The fields of an endpoint by a connection. `ports` and `timeout_seconds` hold where it names none: with TLS from the
    start, with STARTTLS, with neither."""
    is_ssl = not found.is_true("disable_ssl")
    is_starttls = not is_ssl and not found.is_true("disable_tls")
    return {
        "host": found.host,
        "port": found.port or ports[0 if is_ssl else 1 if is_starttls else 2],
        "login": found.login,
        "password": found.password,
        "is_ssl": is_ssl,
        "is_starttls": is_starttls,
        "timeout_seconds": found.timeout_seconds or timeout_seconds,
        "ca_file": found.text("ca_file"),
    }


def parse_connection(setting: str, value: str, required: Sequence[str] = ()) -> AirflowConnection:
    """The connection in the value of a setting; `required` names the fields that must not be empty.

    Raises UserError with all that is wrong. Its texts never show the value, which holds a password.
    """
    fields = _from_json(setting, value) if value.lstrip().startswith("{") else _from_uri(setting, value)
    extra = fields["extra"]
    problems = [f"{setting} 中没有 {name}：请补上。" for name in required if not fields.get(name)]
    port, timeout = _whole_number(fields.get("port")), _whole_number(extra.get("timeout"))
    if port is not None and not 0 < port <= _MAX_PORT:
        problems.append(f"{setting} 中的 port 应为 1 到 {_MAX_PORT} 的整数：请改正。")
    if timeout is not None and timeout <= 0:
        problems.append(f"{setting} 的 extra 中 timeout 应为大于 0 的整数（秒）：请改正。")
    if problems:
        raise UserError(*problems)
    texts = {name: str(fields.get(name) or "") for name in ("conn_type", "host", "login", "password", "schema")}
    return AirflowConnection(port=port, timeout_seconds=timeout, extra=extra, **texts)


def tls_context(setting: str, ca_file: str) -> ssl.SSLContext:
    """How a mail server proves who it is: by a certificate for its name, from an authority that the system knows or that
    `ca_file` (PEM) names. Raises UserError, in Chinese, where that file cannot be read."""
    try:
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
    except OSError as error:  # that it is no certificate is one as well
        raise UserError(
            f"{setting} 的 extra 中 ca_file“{ca_file}”读不了（{error}）：请写上签发证书机构的 PEM 文件。"
        ) from None
    return context


def untrusted(setting: str, where: str, error: ssl.SSLCertVerificationError) -> UserError:
    """What is said of a server that cannot prove that it is the one meant."""
    return UserError(
        f"{where} 的证书不可信（{error.verify_message}），没有登录，密码没有发出。请核对 {setting} 中的 host；"
        "证书由本单位自己签发的，在 extra 里用 ca_file 写上签发机构的证书文件（PEM）。"
    )


def _from_json(setting: str, value: str) -> dict[str, Any]:
    """Airflow writes the extra as an object or as JSON text."""
    try:
        fields: dict[str, Any] = json.loads(value)
        extra = fields.get("extra") or {}
        fields["extra"] = json.loads(extra) if isinstance(extra, str) else extra
        if not isinstance(fields["extra"], dict):
            raise TypeError
    except (ValueError, TypeError):
        raise UserError(
            f'{setting} 不是有效的 JSON 连接：请检查引号和括号，extra 应为一个对象，如 {{"host": "…", "extra": {{}}}}。'
        ) from None
    return fields


def _from_uri(setting: str, value: str) -> dict[str, Any]:
    """A URI carries the extra as its query, or as JSON under __extra__."""
    try:
        parts = urlsplit(value)
        extra: dict[str, Any] = dict(parse_qsl(parts.query))
        extra |= json.loads(extra.pop("__extra__", "") or "{}")
        return {
            "conn_type": parts.scheme,
            "host": parts.hostname,
            "port": parts.port,
            "login": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "schema": unquote(parts.path.removeprefix("/")),
            "extra": extra,
        }
    except (ValueError, TypeError):
        raise UserError(f"{setting} 既不是有效的 JSON，也不是有效的 URI：请检查引号和括号。") from None


def _whole_number(value: Any) -> int | None:
    """None where nothing is given; 0, which no port or time-out may be, for what is no whole number."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else 0
