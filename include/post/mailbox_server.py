"""The mailbox of AIRFLOW_CONN_DUBAN_IMAP, as the environment says it now."""

from __future__ import annotations

from dataclasses import dataclass

from include.connections import Endpoint, parse_connection, reached_by
from include.settings import get_settings

SETTING = "AIRFLOW_CONN_DUBAN_IMAP"
_PORTS = (993, 143, 143)
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Mailbox(Endpoint):
    """Where hand-ins come to. `done_folder` is where mails go when they are taken in; empty: they stay, as seen.

    `authserv_id` is the name that the office's own mail server gives itself in Authentication-Results; empty: nobody is
    vouched for.
    """

    folder: str
    done_folder: str
    authserv_id: str = ""


def get_mailbox() -> Mailbox | None:
    """None where none is set. Raises UserError, in Chinese, with all that is wrong."""
    setting = get_settings().imap.strip()
    if not setting:
        return None
    found = parse_connection(SETTING, setting, required=("host", "login", "password"))
    return Mailbox(
        folder=found.text("folder") or "INBOX",
        done_folder=found.text("done_folder"),
        authserv_id=found.text("authserv_id"),
        **reached_by(found, _PORTS, _TIMEOUT_SECONDS),
    )
