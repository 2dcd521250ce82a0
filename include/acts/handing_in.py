"""What is recorded when somebody hands in a file for somebody else: an arrival like any other, and who brought it and why."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.decisions import record, refuse, text_problems
from include.intake.channels import record_delivery
from include.period import in_zone
from include.registry.persons import streets_of

CHANNEL = "page"
KIND = "hand_in"


def hand_in(
    connection: Connection,
    name: str,
    sha256: str,
    size: int,
    received_at: dt.datetime,
    reason: str,
    by: str,
    at: dt.datetime,
) -> str:
    """Put a file whose content is archived before the next drain; what was done, in Chinese.

    `received_at` is when it was given to who brings it: not after `at`. It counts within that person's streets alone. Raises UserError, all at once; the same file for the same
    moment once more changes nothing.
    """
    problems = text_problems(reason, by)
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    if not name:
        problems.append("没有选文件：请选一个再提交。")
    if received_at > at:
        problems.append(f"收到时间 {in_zone(received_at):%Y-%m-%d %H:%M} 还没有到：请填实际收到的时间，或留空。")
    refuse(problems)
    streets, moment = streets_of(by, in_zone(at).date()), in_zone(received_at).isoformat(timespec="seconds")
    record_delivery(
        connection, channel=CHANNEL, name=name, sender="", received_at=received_at, sha256=sha256, size=size,
        streets=streets, key="\n".join([moment, *streets]) if streets else "",
    )  # fmt: skip
    record(
        connection,
        {
            "kind": KIND, "scheme": "", "period": "", "unit_code": "", "field": name, "value": f"{in_zone(received_at):%Y-%m-%d %H:%M}",
            "reason": reason.strip(), "decided_by": by, "decided_at": at, "sha256": sha256, "account": by,
        },
    )  # fmt: skip
    return f"“{name}”已收下，几秒钟后有答复。"
