"""The mailbox of AIRFLOW_CONN_DUBAN_IMAP, as the environment says it now."""

from __future__ import annotations

from dataclasses import dataclass, field

from include.connections import parse_connection
from include.settings import get_settings

SETTING = "AIRFLOW_CONN_DUBAN_IMAP"
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Mailbox:
    """Where hand-ins come to. `done_folder` is where mails go when they are taken in; empty: they stay, as seen.

    `authserv_id` is the name that the office's own mail server gives itself in Authentication-Results; empty: nobody is
    vouched for. `ca_file` is the certificate of the authority that signed the server's, where the system does not know it.
    """

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    is_ssl: bool
    is_starttls: bool
    folder: str
    done_folder: str
    timeout_seconds: int
    authserv_id: str = ""
    ca_file: str = ""


def get_mailbox() -> Mailbox | None:
    """None where none is set. Raises UserError, in Chinese, with all that is wrong."""
    setting = get_settings().imap.strip()
    if not setting:
        return None
    found = parse_connection(SETTING, setting, required=("host", "login", "password"))
    is_ssl = not found.is_true("disable_ssl")
    is_starttls = not is_ssl and not found.is_true("disable_tls")
    return Mailbox(
        host=found.host,
        port=found.port or (993 if is_ssl else 143),
        login=found.login,
        password=found.password,
        is_ssl=is_ssl,
        is_starttls=is_starttls,
        folder=found.text("folder") or "INBOX",
        done_folder=found.text("done_folder"),
        timeout_seconds=found.timeout_seconds or _TIMEOUT_SECONDS,
        authserv_id=found.text("authserv_id"),
        ca_file=found.text("ca_file"),
    )
