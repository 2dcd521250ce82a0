"""The mail server of AIRFLOW_CONN_DUBAN_SMTP: JSON or URI, with the extras of Airflow's own SMTP connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr

from include.connections import parse_connection
from include.errors import UserError
from include.notices.outbox import is_address
from include.notices.policies import load_policies
from include.settings import get_settings

SETTING = "AIRFLOW_CONN_DUBAN_SMTP"


@dataclass(frozen=True)
class Server:
    """Where mail goes. `login` is empty where the server wants none; `sender` is the bare From address.

    `ca_file` is the certificate of the authority that signed the server's, where the system does not know it.
    """

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    is_ssl: bool
    is_starttls: bool
    sender: str
    sender_name: str
    timeout_seconds: int
    ca_file: str = ""

    @property
    def domain(self) -> str:
        """The right side of our Message-IDs."""
        return self.sender.rpartition("@")[2]


def get_server() -> Server:
    """The server as the environment says it now. Raises UserError, in Chinese, with all that is wrong."""
    setting = get_settings().smtp.strip()
    if not setting:
        raise UserError(f"没有配置邮件服务器：请设置 {SETTING}（JSON，含 host、port 和 extra 中的 from_email）。")
    found = parse_connection(SETTING, setting)
    is_ssl = not found.is_true("disable_ssl")
    is_starttls = not is_ssl and not found.is_true("disable_tls")
    name, sender = parseaddr(found.text("from_email") or found.login)
    problems = []
    if not found.host:
        problems.append(f"{SETTING} 中没有 host：请写上邮件服务器的地址。")
    if not is_address(sender):
        problems.append(f"{SETTING} 的 extra 中 from_email“{sender}”不是有效的邮箱地址：请写上发件邮箱。")
    if problems:
        raise UserError(*problems)
    return Server(
        host=found.host,
        port=found.port or (465 if is_ssl else 587 if is_starttls else 25),
        login=found.login,
        password=found.password,
        is_ssl=is_ssl,
        is_starttls=is_starttls,
        sender=sender,
        sender_name=name or "督办系统",
        timeout_seconds=found.timeout_seconds or load_policies().sending.timeout_seconds,
        ca_file=found.text("ca_file"),
    )
