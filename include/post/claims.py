"""Who holds a mail while it goes, and when such a claim is dead.

A claim's age is measured by the real clock: the simulated one may stand still or be set back. A claimer of this machine
whose process is gone is dead at once; one of another machine when it has been silent for too long. Nothing hangs on
either being right: what a living claimer has lost it no longer hands over, and an answer that it still gets is recorded.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import re
import secrets
import socket

import psutil
from sqlalchemy import Connection

from include.db import sql
from include.outbox.outbox import catch_up_notices
from include.period import real_now

DIED_AFTER_HANDING_OVER = "发送程序在交给邮件服务器之后、记录结果之前中断，是否送达无法判断：请核实后在系统中登记结果。"
_CLAIMER = re.compile(r".*@(?P<host>[^@]*):(?P<pid>\d+)(?:/(?P<started>\d+))?:[0-9a-f]+", re.DOTALL)


def new_claimer(sent_by: str) -> str:
    """A name under which one run of this process claims mails: who, host, process and its beginning, a random part."""
    return f"{sent_by}@{socket.gethostname()}:{os.getpid()}/{_started(os.getpid())}:{secrets.token_hex(4)}"


def settle_dead_claims(connection: Connection, minutes: int) -> int:
    """Mails of dead claimers: not begun goes back, handed over is undecidable; how many. `minutes` is how long one may be silent.

    A claim that lies further ahead than that was made before the machine's clock was set back: it is dead as well.
    """
    silent = dt.timedelta(minutes=minutes)
    moment = real_now()
    claimers = [row["claimed_by"] for row in sql.fetch(connection, "post/select_claimers")]
    settled = 0
    for name in [claimer for claimer in claimers if _is_gone(claimer)]:
        settled += sql.execute(connection, "post/release_claims_of", claimed_by=name, error=DIED_AFTER_HANDING_OVER)
    settled += sql.execute(
        connection,
        "post/release_dead_claims",
        expired_at=moment - silent,
        ahead_at=moment + silent,
        error=DIED_AFTER_HANDING_OVER,
    )
    catch_up_notices(connection)
    return settled


def _is_gone(claimer: str) -> bool:
    """Whether it was a process of this machine that is no more; its number may be another's by now."""
    found = _CLAIMER.fullmatch(claimer)
    if found is None or found["host"] != socket.gethostname():
        return False
    started = _started(int(found["pid"]))
    return started == 0 or (found["started"] is not None and int(found["started"]) != started)


def _started(pid: int) -> int:
    """When a process began, in hundredths of a second; 0 where there is none."""
    return _own_start() if pid == os.getpid() else _start_of(pid)


@functools.cache
def _own_start() -> int:
    return _start_of(os.getpid())


def _start_of(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        is_dead = process.status() == psutil.STATUS_ZOMBIE
        return 0 if is_dead else int(process.create_time() * 100)
    except psutil.Error:
        return 0
