"""Notices through the outbox against the floor (the same bytes on one raw connection) and the peer (yagmail's send).

`python -m bench.notices [--count 10000]`. Every rate is mails a second to the same kind of SMTP server, a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import socket
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import yagmail
from aiosmtpd.smtp import SMTP
from sqlalchemy import text

from include.db.engine import migrate, transaction
from include.intake import archive
from include.notices.outbox import notify
from include.notices.sender import send_due
from include.period import now

FLOOR = 0.4
PEER = 3.0
PEER_MAILS = 300
PAYLOAD = {
    "scheme_name": "半年党建检查考评", "period_name": "2026年上半年", "unit_name": "望江社区",
    "received_at": "2026-07-18T16:40:00+08:00", "file_name": "望江社区填报表.xlsx", "version": 1, "is_late": False,
    "days_late": 0, "notes": [], "changes": [],
    "figures": [{"label": f"填报项{number}", "value": str(number)} for number in range(20)],
}  # fmt: skip


class _Counter:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return "250 OK"


def _serve(port: Pipe) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(_Counter(), hostname="localhost", loop=loop), "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class _Unit:
    name, officer_email, liaison_email = "望江社区", "", ""

    def __init__(self, number: int) -> None:
        self.code, self.secretary_email = f"{number:012}", f"shuji{number:06}@example.org"


def _raw(port: int, mails: list[bytes]) -> float:
    """Seconds for the mails on one bare connection, each step answered before the next."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        answers = line.makefile("rb")

        def say(words: bytes) -> None:
            line.sendall(words)
            while answers.readline()[3:4] == b"-":
                pass

        answers.readline()
        say(b"EHLO bench\r\n")
        start = time.perf_counter()
        for content in mails:
            say(b"MAIL FROM:<duban@example.org>\r\n")
            say(b"RCPT TO:<shuji@example.org>\r\n")
            say(b"DATA\r\n")
            say(content + b".\r\n")
        return time.perf_counter() - start


def _peer(port: int, body: str) -> float:
    start = time.perf_counter()
    client = yagmail.SMTP(
        "duban@example.org", host="127.0.0.1", port=port, smtp_ssl=False, smtp_starttls=False, smtp_skip_login=True
    )
    for number in range(PEER_MAILS):
        client.send(f"shuji{number}@example.org", "回执", body)
    client.close()
    return time.perf_counter() - start


def _timed(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    count: int = parser.parse_args().count
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "duban@example.org"}
        os.environ["AIRFLOW_CONN_DUBAN_DB"] = f"sqlite:///{folder}/duban.db"
        os.environ["DUBAN_ARCHIVE"] = str(Path(folder) / "archive")
        os.environ["AIRFLOW_CONN_DUBAN_SMTP"] = json.dumps({"host": "127.0.0.1", "port": port, "extra": extra})
        migrate()
        with transaction() as connection:
            for number in range(count):
                notify(connection, "receipt", subject=str(number), unit=_Unit(number), due_at=now(), payload=PAYLOAD)
        memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        outbox = count / _timed(lambda: send_due("bench"))
        grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_before) / 1024
        with transaction() as connection:
            mails = [archive.load(row[0]) for row in connection.execute(text("SELECT sha256 FROM mail"))]
        raw = count / _raw(port, mails)
        peer = PEER_MAILS / _peer(port, mails[0].decode())
    server.kill()
    print(
        f"mails {count}, {len(mails[0])} bytes each; outbox {outbox:.0f}/s, raw {raw:.0f}/s, yagmail.send {peer:.0f}/s"
    )
    print(f"floor: outbox / raw = {outbox / raw:.2f} (wanted {FLOOR})")
    print(f"peer:  outbox / yagmail.send = {outbox / peer:.1f} (wanted {PEER})")
    print(f"memory grown while sending: {grown_mb:.0f} MB")


if __name__ == "__main__":
    main()
