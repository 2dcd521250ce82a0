"""The mailboxes that hand-ins come to: that of AIRFLOW_CONN_DUBAN_IMAP, and those that offices have of their own (`imap` in
offices.yaml), as the environment says them now."""

from __future__ import annotations

import os
from dataclasses import dataclass

from include.connections import Endpoint, parse_connection, reached_by
from include.registry.offices import mailboxes
from include.settings import connection_variable, get_settings

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
    setting: str = SETTING  # the variable that says it


def get_mailboxes() -> dict[str, str]:
    """What is set, by the name of its variable; an office's own comes after the one of all."""
    found = {SETTING: get_settings().imap.strip()}
    found |= {name: os.environ.get(name, "").strip() for name in map(connection_variable, mailboxes())}
    return {name: value for name, value in found.items() if value}


def read_mailbox(setting: str, value: str) -> Mailbox:
    """Raises UserError, in Chinese, with all that is wrong."""
    found = parse_connection(setting, value, required=("host", "login", "password"))
    return Mailbox(
        setting=setting,
        folder=found.text("folder") or "INBOX",
        done_folder=found.text("done_folder"),
        authserv_id=found.text("authserv_id"),
        **reached_by(found, _PORTS, _TIMEOUT_SECONDS),
    )
