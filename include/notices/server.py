"""The mail server of AIRFLOW_CONN_DUBAN_SMTP: JSON or URI, with the extras of Airflow's own SMTP connection."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from include.errors import UserError
from include.notices.outbox import is_address
from include.notices.policies import load_policies
from include.settings import get_settings

SETTING = "AIRFLOW_CONN_DUBAN_SMTP"
_TRUE = {"true", "1", "yes"}


@dataclass(frozen=True)
class Server:
    """Where mail goes. `login` is empty where the server wants none; `sender` is the bare From address."""

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    is_ssl: bool
    is_starttls: bool
    sender: str
    sender_name: str
    timeout_seconds: int

    @property
    def domain(self) -> str:
        """The right side of our Message-IDs."""
        return self.sender.rpartition("@")[2]


def get_server() -> Server:
    """The server as the environment says it now. Raises UserError, in Chinese, with all that is wrong."""
    setting = get_settings().smtp.strip()
    if not setting:
        raise UserError(f"没有配置邮件服务器：请设置 {SETTING}（JSON，含 host、port 和 extra 中的 from_email）。")
    fields = _fields(setting)
    extra = _extra(fields.get("extra"))
    is_ssl = not _is_true(extra.get("disable_ssl"))
    is_starttls = not is_ssl and not _is_true(extra.get("disable_tls"))
    login = str(fields.get("login") or "")
    name, sender = parseaddr(str(extra.get("from_email") or login))
    problems = []
    if not fields.get("host"):
        problems.append(f"{SETTING} 中没有 host：请写上邮件服务器的地址。")
    if not is_address(sender):
        problems.append(f"{SETTING} 的 extra 中 from_email“{sender}”不是有效的邮箱地址：请写上发件邮箱。")
    if problems:
        raise UserError(*problems)
    return Server(
        host=str(fields["host"]),
        port=int(fields.get("port") or (465 if is_ssl else 587 if is_starttls else 25)),
        login=login,
        password=str(fields.get("password") or ""),
        is_ssl=is_ssl,
        is_starttls=is_starttls,
        sender=sender,
        sender_name=name or "督办系统",
        timeout_seconds=int(extra.get("timeout") or load_policies().sending.timeout_seconds),
    )


def _fields(setting: str) -> dict[str, Any]:
    try:
        if setting.startswith("{"):
            return dict(json.loads(setting))
        parts = urlsplit(setting)
        return {
            "host": parts.hostname,
            "port": parts.port,
            "login": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "extra": dict(parse_qsl(parts.query)),
        }
    except ValueError:
        raise UserError(f"{SETTING} 既不是有效的 JSON，也不是有效的 URI：请检查引号和括号。") from None


def _extra(extra: Any) -> dict[str, Any]:
    """Airflow writes the extra as an object or as JSON text; a URI may carry it under __extra__."""
    if isinstance(extra, str):
        return dict(json.loads(extra or "{}"))
    fields = dict(extra or {})
    return {**fields, **json.loads(fields.get("__extra__") or "{}")}


def _is_true(value: Any) -> bool:
    return str(value).lower() in _TRUE
