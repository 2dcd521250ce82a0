"""The mail server of AIRFLOW_CONN_DUBAN_SMTP: JSON or URI, with the extras of Airflow's own SMTP connection."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from include.connections import Endpoint, parse_connection, reached_by
from include.errors import UserError
from include.outbox.outbox import is_address
from include.outbox.own_mails import BOX_LENGTH, box_of
from include.outbox.policies import load_policies
from include.settings import get_settings

SETTING = "AIRFLOW_CONN_DUBAN_SMTP"
_PORTS = (465, 587, 25)
_ID = "{id}"
_LONGEST_BOX = 64  # characters before the @ (RFC 5321)


@dataclass(frozen=True, kw_only=True)
class Server(Endpoint):
    """Where mail goes. `sender` is the bare From address.

    `return_path` is an address with {id} in it, where mail that cannot be delivered comes back under an address of its own
    (plus addressing, or a domain that takes everything); empty: it comes back to the sender.
    """

    sender: str
    sender_name: str
    return_path: str = ""

    def return_path_of(self, mail_id: str) -> str:
        """To whom a mail comes back that does not reach its reader."""
        return self.return_path.replace(_ID, box_of(mail_id)) if self.return_path else self.sender

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
    name, sender = parseaddr(found.text("from_email") or found.login)
    problems = []
    if not found.host:
        problems.append(f"{SETTING} 中没有 host：请写上邮件服务器的地址。")
    if not is_address(sender):
        problems.append(f"{SETTING} 的 extra 中 from_email“{sender}”不是有效的邮箱地址：请写上发件邮箱。")
    return_path = found.text("return_path")
    if return_path and not _is_return_path(return_path):
        problems.append(
            f"{SETTING} 的 extra 中 return_path“{return_path}”不能用：应为含 {_ID} 的邮箱地址，如 {sender.replace('@', '+' + _ID + '@')}，"
            f"@ 之前（{_ID} 换成 {BOX_LENGTH} 个字符以后）不超过 {_LONGEST_BOX} 个字符；不用的请去掉这一项。"
        )
    if problems:
        raise UserError(*problems)
    return Server(
        sender=sender,
        sender_name=name or "督办系统",
        return_path=return_path,
        **reached_by(found, _PORTS, load_policies().sending.timeout_seconds),
    )


def _is_return_path(pattern: str) -> bool:
    filled = pattern.replace(_ID, "x" * BOX_LENGTH)
    return pattern.partition("@")[0].count(_ID) == 1 and is_address(filled)
