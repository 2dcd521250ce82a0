"""A street that hands in by the inbox, and the mailbox that tests of mail share: a real IMAP server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.intake.imap_server import Server, running
from tests.intake.receive_street import prepare


@pytest.fixture(scope="session")
def running_server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def server(running_server: Server) -> Server:
    running_server.empty()
    return running_server


@pytest.fixture
def mail_world(world: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The world with that server for its mailbox."""
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection())
    return world


@pytest.fixture
def street(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The world with a register; files in the inbox are received at the time of their last change."""
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    prepare(world)
    return world
