"""A real SMTP server that counts what it took, and misbehaves where a test says so."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

# A plan is asked at each step of each mail and says what to do there; "" means: behave.
# steps: connect, mail, rcpt, data (before 354), text (text read, not yet answered)
# deeds: "451 words" (answer that) · "drop" (cut the line) · "take_and_drop" (keep the mail, cut the line)
#        "cut 25" (just these bytes, then cut the line; at text the mail is kept)
#        "stall" (never answer) · "hold" (tell the test, wait for its word, then behave) · "stop_reading" (only at data)
Plan = Callable[[str, int], str]


@dataclass
class FaultyServer:
    plan: Plan = lambda _step, _mail: ""
    taken: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)  # by their return paths
    port: int = 0
    sessions: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    mails_begun: int = 0
    greeting: str = ""  # instead of the usual, and then the line is cut
    patience_seconds: int = 20  # of our side

    @property
    def message_ids(self) -> list[str]:
        return [str(message_from_bytes(content, policy=policy.default)["Message-ID"]) for content in self.taken]

    @property
    def connection(self) -> str:
        extra = {
            "disable_ssl": True,
            "disable_tls": True,
            "from_email": "duban@example.org",
            "timeout": self.patience_seconds,
        }
        return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": self.port, "extra": extra})

    async def answer(self, server: SMTP, step: str) -> str | None:
        """What to answer at a step instead of the usual; None: the usual."""
        return await self.act(server, self.plan(step, self.mails_begun))

    async def act(self, server: SMTP, deed: str) -> str | None:
        """Do a deed, and what to answer."""
        if deed in ("drop", "take_and_drop"):
            server.transport.abort()
            return "421 gone"
        if deed.startswith("cut "):
            server.transport.write(deed.removeprefix("cut ").encode())
            server.transport.close()
            return "421 gone"
        if deed == "stall":
            await asyncio.sleep(3600)
        if deed == "hold":
            self.reached.set()
            while not self.go_on.is_set():
                await asyncio.sleep(0.01)
            return None
        return deed or None


class _Protocol(SMTP):
    def __init__(self, owner: FaultyServer, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(_Handler(owner), data_size_limit=2**27, hostname="localhost", ident="test", loop=loop)
        self._owner = owner

    def connection_made(self, transport: Any) -> None:
        self._owner.sessions += 1
        super().connection_made(transport)
        if self._owner.plan("connect", self._owner.mails_begun) == "drop":
            transport.abort()
        elif self._owner.greeting:
            transport.write(f"{self._owner.greeting}\r\n".encode())
            transport.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        deed = self._owner.plan("data", self._owner.mails_begun)
        if deed == "stop_reading":
            self.transport.pause_reading()
            self._owner.reached.set()
        elif (answer := await self._owner.act(self, deed)) is not None:
            await self.push(answer)
            return
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, owner: FaultyServer) -> None:
        self._owner = owner

    async def handle_MAIL(self, server: SMTP, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self._owner.mails_begun += 1
        answer = await self._owner.answer(server, "mail")
        if answer is None:
            envelope.mail_from = address
            self._owner.senders.append(address)
        return answer or "250 OK"

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        answer = await self._owner.answer(server, f"rcpt {address}")
        answer = answer if answer is not None else await self._owner.answer(server, "rcpt")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        deed = self._owner.plan("text", self._owner.mails_begun)
        if deed in ("", "take_and_drop", "hold") or deed.startswith("cut "):
            self._owner.taken.append(envelope.content)
        return await self._owner.act(server, deed) or "250 OK"


def serving() -> Iterator[FaultyServer]:
    """A server on a free port of loopback, in a thread of its own."""
    owner = FaultyServer()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Protocol(owner, loop), "127.0.0.1", 0))
    owner.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield owner
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """The server that AIRFLOW_CONN_DUBAN_SMTP names during the test."""
    for server in serving():
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", server.connection)
        yield server
