"""A real IMAP server (pymap) on loopback, and the sender's side of it."""

from __future__ import annotations

import datetime as dt
import imaplib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from imap_tools.mailbox import MailBoxUnencrypted

from ops.environment import free_port
from tests.tls_server import Certificate

USER, PASSWORD = "baosong", secrets.token_hex(8)
_START = """
from functools import partial
from pymap import config
from pymap.main import main
config.BuiltinHash = partial(config.BuiltinHash, rounds=1)  # half a million cost each log-in a fifth of a second
main()
"""


@dataclass(frozen=True)
class Server:
    """A mailbox of one user. `connection` is what AIRFLOW_CONN_DUBAN_IMAP says of it."""

    port: int

    def connection(self, **extra: object) -> str:
        fields = {"conn_type": "imap", "host": "127.0.0.1", "port": self.port, "login": USER, "password": PASSWORD}
        return json.dumps({**fields, "extra": {"disable_ssl": True, "disable_tls": True, **extra}})

    @contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[MailBoxUnencrypted]:
        with MailBoxUnencrypted("127.0.0.1", self.port).login(USER, PASSWORD, folder) as box:
            yield box

    def deliver(self, message: EmailMessage, received_at: dt.datetime) -> None:
        with self.opened() as box:
            box.append(bytes(message), "INBOX", dt=received_at)

    def empty(self) -> None:
        """No mail any more, and no folder but the first."""
        with self.opened() as box:
            box.delete(box.uids())
            for folder in box.folder.list():
                if folder.name != "INBOX":
                    box.folder.delete(folder.name)

    def unseen(self) -> int:
        with self.opened() as box:
            return len(box.uids("UNSEEN"))


@contextmanager
def running(certificate: Certificate | None = None) -> Iterator[Server]:
    """`certificate`: the server offers STARTTLS by it."""
    port = free_port()
    tls = ["--cert", str(certificate.certificate), "--key", str(certificate.key)] if certificate else ["--no-tls"]
    process = subprocess.Popen(
        [sys.executable, "-c", _START, "--host", "127.0.0.1", "--port", str(port), *tls,
         "--no-service", "managesieve", "--no-service", "admin",
         "dict", "--demo-user", USER, "--demo-password", PASSWORD],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                imaplib.IMAP4("127.0.0.1", port).logout()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield Server(port)
    finally:
        process.kill()
        process.wait()


def mail(
    sender: str, subject: str = "半年填报表", message_id: str = "", text: str = "请查收。", **headers: str
) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "baosong@duban.invalid", subject
    message["Date"] = format_datetime(dt.datetime(2026, 7, 18, 1, 0, tzinfo=dt.UTC))
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def attach(message: EmailMessage, name: str, content: bytes, kind: str = "application/octet-stream") -> EmailMessage:
    main, _, sub = kind.partition("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message
