"""The mailbox of AIRFLOW_CONN_DUBAN_IMAP, as the environment says it now."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from include.errors import UserError
from include.settings import get_settings

SETTING = "AIRFLOW_CONN_DUBAN_IMAP"
_TRUE = {"true", "1", "yes"}


@dataclass(frozen=True)
class Mailbox:
    """Where hand-ins come to. `done_folder` is where mails go when they are taken in; empty: they stay, as seen."""

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    is_ssl: bool
    folder: str
    done_folder: str
    timeout_seconds: int


def get_mailbox() -> Mailbox | None:
    """None where none is set. Raises UserError, in Chinese, with all that is wrong."""
    setting = get_settings().imap.strip()
    if not setting:
        return None
    try:
        fields: dict[str, Any] = json.loads(setting)
        extra = fields.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
        problems = [
            f"{SETTING} 中没有 {name}：请补上。" for name in ("host", "login", "password") if not fields.get(name)
        ]
        is_ssl = str(extra.get("disable_ssl", "")).lower() not in _TRUE
        numbers = int(fields.get("port") or (993 if is_ssl else 143)), int(extra.get("timeout") or 60)
    except (ValueError, AttributeError) as error:
        raise UserError(f"{SETTING} 不是有效的 JSON：应含 host、port、login、password 和 extra。") from error
    if problems:
        raise UserError(*problems)
    return Mailbox(
        host=str(fields["host"]), port=numbers[0], login=str(fields["login"]), password=str(fields["password"]),
        is_ssl=is_ssl, folder=str(extra.get("folder") or "INBOX"), done_folder=str(extra.get("done_folder") or ""),
        timeout_seconds=numbers[1],
    )  # fmt: skip
