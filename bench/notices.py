"""Notices through the outbox against the floor (the same bytes on one raw connection) and the peer (yagmail's send).

`python -m bench.notices [--count 10000]`. Every rate is mails a second to the same SMTP server, a process of its own that wants a
login, as every real one does; the sender, too, is a process of its own, and its memory is what it holds after each slice.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import logging
import multiprocessing
import os
import socket
import tempfile
import time
import warnings
from collections.abc import Callable
from email import message_from_bytes, policy
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import yagmail
from aiosmtpd.smtp import SMTP, AuthResult
from sqlalchemy import text

from bench.timing import timed
from include.archive import contents
from include.db.engine import migrate, transaction
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.period import Period, now
from include.post.sender import send_due
from include.schemes.loader import load_scheme

LOGIN, PASSWORD = "duban@example.org", "bench"
FLOOR = 0.4
PEER = 3.0
GROWTH_PCT = 5  # of memory, once SETTLED mails are out
SETTLED = 4000
SLICE = 2000
PEER_MAILS_A_SLICE = 200
PERIOD = Period.parse("2026H1")
SCHEME = load_scheme("half_year", PERIOD)
WORDS = {  # the receipt of the half year's form, the commonest mail: every figure that was read
    "scheme_name": SCHEME.name, "period_name": PERIOD.name, "unit_name": "望江社区",
    "received_at": "2026-07-18T16:40:00+08:00", "file_name": "望江社区填报表.xlsx", "version": 1, "is_late": False,
    "days_late": 0, "notes": [], "changes": [], "evidence": [], "evidence_open": [],
    "figures": [{"label": cell.label_in_errors, "value": "12"} for cell in SCHEME.cells if not cell.is_optional],
}  # fmt: skip


class _Counter:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return "250 OK"


def _serve(port: Pipe) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns at every login that it wants no TLS
    warnings.simplefilter("ignore")
    login: dict[str, Any] = {
        "hostname": "localhost",
        "auth_required": True,
        "auth_require_tls": False,
        "authenticator": lambda *_: AuthResult(success=True),
    }

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(_Counter(), **login, loop=loop), "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class _Unit:
    name, officer_email, liaison_email = "望江社区", "", ""
    street_code, street = "330203001", "望江街道"

    def __init__(self, number: int) -> None:
        self.code, self.secretary_email = f"{number:012}", f"shuji{number:06}@example.org"


class _Raw:
    """The floor: one bare connection, each step answered before the next."""

    def __init__(self, port: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port))
        self._answers = self._line.makefile("rb")
        self._answers.readline()
        self._say(b"EHLO bench\r\n")
        self._say(b"AUTH PLAIN " + base64.b64encode(f"\0{LOGIN}\0{PASSWORD}".encode()) + b"\r\n")

    def send(self, mails: list[bytes]) -> None:
        for content in mails:
            self._say(b"MAIL FROM:<duban@example.org>\r\n")
            self._say(b"RCPT TO:<shuji@example.org>\r\n")
            self._say(b"DATA\r\n")
            self._say(content + b".\r\n")

    def _say(self, words: bytes) -> None:
        self._line.sendall(words)
        while self._answers.readline()[3:4] == b"-":
            pass


class _Peer:
    """yagmail's own way: subject, text and HTML of our mail, one `send` a recipient."""

    def __init__(self, port: int) -> None:
        self._client = yagmail.SMTP(LOGIN, PASSWORD, host="127.0.0.1", port=port, smtp_ssl=False, smtp_starttls=False)

    def send(self, mails: list[bytes]) -> None:
        for content in mails:
            mail = message_from_bytes(content, policy=policy.default)
            text, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
            assert text and page
            words = [text.get_content(), yagmail.raw(page.get_content())]
            start = time.perf_counter()
            self._client.send(str(mail["To"]), str(mail["Subject"]), words)
            self.seconds += time.perf_counter() - start

    seconds = 0.0


def _send_slices(orders: Pipe) -> None:
    """The sender: makes the database, puts each slice that is ordered into the outbox, sends it, and answers with its seconds and the MB it holds."""
    migrate()
    orders.send("ready")
    while numbers := orders.recv():
        _put(numbers)
        seconds = timed(lambda: send_due("bench"))
        orders.send((seconds, _memory_mb()))


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _start(act: Callable[[Pipe], None]) -> tuple[multiprocessing.Process, Pipe]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=act, args=(theirs,), daemon=True)
    process.start()
    return process, ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    count: int = parser.parse_args().count
    server, opened = _start(_serve)
    port = opened.recv()
    with tempfile.TemporaryDirectory() as folder:
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": LOGIN}
        os.environ["AIRFLOW_CONN_DUBAN_DB"] = f"sqlite:///{folder}/duban.db"
        os.environ["DUBAN_ARCHIVE"] = str(Path(folder) / "archive")
        os.environ["AIRFLOW_CONN_DUBAN_SMTP"] = json.dumps(
            {"host": "127.0.0.1", "port": port, "login": LOGIN, "password": PASSWORD, "extra": extra}
        )
        sender, orders = _start(_send_slices)
        orders.recv()
        raw_line, peer_client = _Raw(port), _Peer(port)
        outbox, raw, memory = 0.0, 0.0, {}
        for first in range(0, count, SLICE):  # in turn, so that whatever else the machine does meets all three alike
            last = min(count, first + SLICE)
            orders.send(range(first, last))
            seconds, memory[last] = orders.recv()
            outbox += seconds
            mails = _newest(SLICE)
            raw += timed(partial(raw_line.send, mails)) * (last - first) / len(mails)
            peer_client.send(mails[:PEER_MAILS_A_SLICE])
        orders.send(None)
        sender.join()
    server.kill()
    rates = count / outbox, count / raw, len(memory) * PEER_MAILS_A_SLICE / peer_client.seconds
    print(
        f"mails {count}, {len(mails[0])} bytes each; a second: outbox {rates[0]:.0f}, raw {rates[1]:.0f}, yagmail.send {rates[2]:.0f}"
    )
    print(f"floor: outbox / raw = {rates[0] / rates[1]:.2f} (wanted {FLOOR})")
    print(f"peer:  outbox / yagmail.send = {rates[0] / rates[2]:.1f} (wanted {PEER})")
    _print_memory(memory)


def _print_memory(memory: dict[int, float]) -> None:
    print("memory: " + ", ".join(f"{mails} mails {mb:.0f} MB" for mails, mb in memory.items()))
    settled = [mb for mails, mb in memory.items() if mails >= SETTLED]
    if len(settled) > 1:
        growth = (max(settled) / settled[0] - 1) * 100
        print(f"memory after {SETTLED} mails: {growth:+.1f} % (wanted at most {GROWTH_PCT} %)")


def _put(numbers: range) -> None:
    with transaction() as connection:
        for number in numbers:
            notify(connection, Notice("receipt", str(number), WORDS, now(), unit=_Unit(number)))


def _newest(how_many: int) -> list[bytes]:
    """The bytes of the mails sent last."""
    with transaction() as connection:
        rows = connection.execute(text("SELECT sha256 FROM mail ORDER BY recipient DESC LIMIT :n"), {"n": how_many})
        return [contents.load(row[0]) for row in rows]


if __name__ == "__main__":
    main()
