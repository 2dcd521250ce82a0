"""A notice put into the outbox, a sender in a process of its own, and the one mail that was taken."""

from __future__ import annotations

import os
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import yaml

from include.db.engine import transaction
from include.outbox.notice import Notice
from include.outbox.outbox import notify, silence
from include.period import now
from include.settings import REPO
from tests.faults.mail_server import FaultyServer
from tests.notices.people import Unit

SAMPLES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "samples.yaml").read_text(encoding="utf-8"))
"""Words of every kind of notice."""


def put(kind: str, subject: str = "s1", silent_because: str = "", **options: Any) -> str:
    arguments: dict[str, Any] = {"unit": Unit(), "due_at": now(), "words": SAMPLES[kind], "period": "2026H1"}
    with transaction() as connection, silence(silent_because):
        return notify(connection, Notice(kind, subject, **arguments | options)).id


def only(server: FaultyServer) -> EmailMessage:
    [content] = server.taken
    return cast(EmailMessage, message_from_bytes(content, policy=policy.default))


def start_sender() -> subprocess.Popen[str]:
    program = "from include.post.sender import send_due; print(send_due('test'))"
    return subprocess.Popen([sys.executable, "-c", program], cwd=REPO, env=dict(os.environ), stdout=-1, text=True)
