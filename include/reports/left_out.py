"""What OUT leaves out: whatever carries personal columns stays in the archive, and the list of arrivals says so."""

from __future__ import annotations

from include.archive import contents
from include.db import sql

PERSONAL = "（含个人信息：退回的文件和有关邮件不导出）"


def with_what_is_left_out(delivery: sql.Row) -> sql.Row:
    """A sheet of a ledger with personal columns says that what was sent back about it is not exported."""
    return (
        delivery | {"message": delivery["message"] + PERSONAL} if contents.is_personal(delivery["sha256"]) else delivery
    )
