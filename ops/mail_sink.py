"""A real SMTP server on loopback that keeps each mail as a file, and a page on which the mails can be read.

Used by the demo, by `make up` and by tests. `python -m ops.mail_sink --port 0 --folder DIR --port-file FILE`. The page's
token is that of DUBAN_MAIL_TOKEN, for a command line is read by everybody on the machine; else one is made and printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import secrets
import signal
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from ops.mail_page import serve_page

LOOPBACK = "127.0.0.1"
MAX_MAIL_BYTES = 64 * 1024 * 1024
_SLUG_LENGTH = 40


class Keeper:
    """Writes each mail to `folder` as NNNN_<subject>_<recipient>.eml; NNNN goes on from what is there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        numbers = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.eml")]
        self._count = max(numbers, default=0)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        self._count += 1
        content = cast(bytes, envelope.content)
        name = f"{self._count:04}_{_slug(_subject_of(content))}_{_slug(envelope.rcpt_tos[0], '@')}.eml"
        temporary = self._folder / f".{name}.part"
        temporary.write_bytes(content)
        temporary.replace(self._folder / name)
        return "250 2.0.0 OK"


def _subject_of(content: bytes) -> str:
    message = cast(EmailMessage, message_from_bytes(content, policy=policy.default))
    return str(message["Subject"] or "")


def _slug(text: str, also: str = "") -> str:
    """What a file name can carry everywhere: letters, digits, Chinese; the rest becomes one hyphen."""
    return re.sub(rf"[^\w.{also}]+", "-", text).strip("-.")[:_SLUG_LENGTH].strip("-.") or "无主题"


async def run(port: int, folder: Path, port_file: Path | None, http_port: int | None, host: str = LOOPBACK) -> None:
    """Serve until SIGTERM or SIGINT; the port taken is written to `port_file`."""
    loop = asyncio.get_running_loop()
    keeper = Keeper(folder)

    def protocol() -> SMTP:
        return SMTP(keeper, data_size_limit=MAX_MAIL_BYTES, hostname="localhost", ident="duban-sink", loop=loop)

    server = await loop.create_server(protocol, host, port)
    taken = server.sockets[0].getsockname()[1]
    if http_port is not None:
        given = os.environ.get("DUBAN_MAIL_TOKEN", "")
        token = given or secrets.token_urlsafe(16)
        page = serve_page(folder, http_port, token)
        threading.Thread(target=page.serve_forever, daemon=True).start()
        query = "" if given else f"?token={token}"
        print(f"在 http://{LOOPBACK}:{page.server_address[1]}/{query} 查看邮件", flush=True)
    if port_file is not None:
        temporary = port_file.with_name(port_file.name + ".part")
        temporary.write_text(str(taken), encoding="ascii")
        temporary.replace(port_file)
    print(f"本地邮箱：SMTP {host}:{taken}，邮件存于 {folder}", flush=True)
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopped.set)
    await stopped.wait()
    server.close()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="SMTP port; 0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where the mails go")
    parser.add_argument("--port-file", type=Path, help="where the SMTP port is written once it is open")
    parser.add_argument("--http-port", type=int, help="also serve a page that shows the mails; 0 takes a free port")
    parser.add_argument(
        "--host", default=LOOPBACK, help="where it listens; only loopback is safe outside a network of one's own"
    )
    options: Any = parser.parse_args(arguments)
    asyncio.run(run(options.port, options.folder, options.port_file, options.http_port, options.host))


if __name__ == "__main__":
    main()
