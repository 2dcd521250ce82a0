"""Ten thousand notices, a server at its worst, and a sender that is killed every few seconds."""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
from pathlib import Path

import pytest

from include.period import start_of
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import start_sender
from tests.notices.people import put_alerts, states, table

NOTICES = int(os.environ.get("DUBAN_FAULT_NOTICES", "10000"))
DEEDS = [  # step, deed, how often in a thousand
    ("connect", "drop", 50),
    ("mail", "421 going down", 5),
    ("rcpt", "451 greylisted", 20),
    ("rcpt", "drop", 10),
    ("data", "drop", 10),
    ("text", "452 no space", 20),
    ("text", "drop", 5),
    ("text", "take_and_drop", 5),
    ("text", "stall", 1),
]


@pytest.mark.long
@pytest.mark.usefixtures("database")
def test_whatever_the_server_does_nothing_is_delivered_twice_and_nothing_is_lost(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch, world: Path
) -> None:
    put_alerts(NOTICES)
    chance, clock = random.Random(20260820), world / "now"
    mail_server.patience_seconds = 2
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", mail_server.connection)
    monkeypatch.setenv("DUBAN_NOW", str(clock))

    def plan(step: str, _mail: int) -> str:
        for at, deed, per_mille in DEEDS:
            if at == step and chance.random() < per_mille / 1000:
                return deed
        return ""

    mail_server.plan = plan
    moment, runs, killed = start_of(dt.date(2026, 7, 1)), 0, 0
    while not states("notice").keys() <= {"sent", "unknown"}:
        runs += 1
        assert runs < 1000
        moment += dt.timedelta(days=1)
        clock.write_text(moment.isoformat())
        sender = start_sender()
        try:
            sender.communicate(timeout=chance.uniform(2, 8))
        except subprocess.TimeoutExpired:
            sender.kill()
            sender.communicate()
            killed += 1
    by_state = {state: [m["id"] for m in table("mail") if m["state"] == state] for state in ("sent", "unknown")}
    taken = [message_id.strip("<>").partition(".")[0] for message_id in mail_server.message_ids]  # <id.code@domain>
    print(
        f"{runs} runs, {killed} killed; sent {len(by_state['sent'])}, unknown {len(by_state['unknown'])}, taken {len(taken)}"
    )
    assert len(taken) == len(set(taken)), "duplicates 0"
    assert set(by_state["sent"]) <= set(taken), "nothing is called sent that was not taken"
    assert set(taken) <= {*by_state["sent"], *by_state["unknown"]}
    assert len(by_state["sent"]) + len(by_state["unknown"]) == NOTICES
    assert killed > 0
    assert len(by_state["unknown"]) < NOTICES // 20
