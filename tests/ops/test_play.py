"""How the simulated calendar is played."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine

from include.db.engine import transaction
from include.outbox.notice import Notice
from include.outbox.outbox import notify, silence
from include.period import parse_moment
from ops.play import last_notice_due_at
from tests.notices.outgoing import SAMPLES


def put(subject: str, due: str, *, silent_because: str = "") -> dt.datetime:
    moment = parse_moment(due, "test")
    with transaction() as connection, silence(silent_because):
        notify(connection, Notice("refused", subject, SAMPLES["refused"], moment, recipient="s@x.cn"))
    return moment


def test_the_calendar_goes_on_to_the_last_answer_that_waits_for_its_mail(database: Engine) -> None:
    assert last_notice_due_at() is None
    put("1", "2026-08-20T09:00:00")
    late = put("2", "2026-11-23T00:29:20")
    put("3", "2026-12-01T00:00:00", silent_because="补算不发通知。")
    assert last_notice_due_at() == late
