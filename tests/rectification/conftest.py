"""The counting mail server, and a street that was written to."""

from __future__ import annotations

import email

import pytest
from sqlalchemy import Engine

from include.db.engine import transaction
from include.items.items import open_items
from include.period import now
from include.post.sender import send_due
from tests.faults.mail_server import FaultyServer, mail_server
from tests.rectification.replying import ISSUED, LATER, id_of
from tests.street import A, B, add_units, found_at

__all__ = ["mail_server"]


@pytest.fixture
def street(database: Engine, mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two communities were written to, A about two items and B about one; Message-ID by unit. It is 5 September."""
    with transaction() as connection:
        add_units(connection, A, B)
        open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "A1": 30}, B: {"E1": 15}}), ISSUED, now())
    send_due("test")
    monkeypatch.setenv("DUBAN_NOW", LATER.isoformat())
    sent = [email.message_from_bytes(content) for content in mail_server.taken]
    return {A: id_of(sent, "shuji1"), B: id_of(sent, "shuji2")}
