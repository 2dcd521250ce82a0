"""Claim, then send, then record: no notice is sent twice by machine (design invariant 5).

A mail goes pending → sending → sent | failed | unknown. It is claimed by compare-and-set; when the server
is ready for the text, `handed_at` is committed; then the text goes. So a sender killed before that leaves a
mail that another sends again, one killed after it leaves a mail that only a person can decide.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.db.engine import get_engine, outlive_power_cuts, transaction
from include.errors import UserError
from include.outbox.outbox import record_notices
from include.outbox.policies import Sending, load_policies
from include.period import now, real_now
from include.post.claims import new_claimer, settle_dead_claims
from include.post.packing import Batch, next_batch
from include.post.server import Server, get_server
from include.post.session import Answer, Session

_MAILS_A_CLAIM = 100


@dataclass
class SendResult:
    """Mails of one run by outcome; `waiting` counts notices that are due and still wait (another try, tomorrow's digest)."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0


def send_due(sent_by: str) -> SendResult:
    """Send what is due, as far as the server takes it and the time of a run goes; `sent_by` names the run.

    What still waits then is the next run's: `waiting` says how many.
    Any number of these may run at once, and each may be killed at any point.
    Raises UserError, in Chinese, where the server cannot be reached or refuses the login; nothing is lost then.
    """
    run = _Run(get_server(), new_claimer(sent_by))
    run.settle_dead_claims()
    try:
        run.send_all()
    finally:
        run.end()
    with transaction() as connection:
        row = sql.fetch_one(connection, "post/count_waiting", due_at=now())
    run.result.waiting = int(row["waiting"]) if row else 0
    return run.result


@dataclass
class _Pace:
    """Holds a run to so many mails a minute; 0 means no limit. Measures real time, whatever the simulated clock says."""

    mails_a_minute: int
    _next: float = 0.0

    def wait_seconds(self) -> float:
        """Seconds until the next mail may go, which is then taken to go."""
        if not self.mails_a_minute:
            return 0.0
        moment = time.monotonic()
        start = max(moment, self._next)
        self._next = start + 60 / self.mails_a_minute
        return start - moment


@dataclass
class _Run:
    server: Server
    name: str
    result: SendResult = field(default_factory=SendResult)
    _unrecorded: list[sql.Row] = field(default_factory=list)
    _untold: list[sql.Row] = field(default_factory=list)
    _next: Batch | None = None
    _at_hand: dict[str, bytes] = field(default_factory=dict)
    _line: Connection | None = None
    _lost_in_a_row: int = 0

    def __post_init__(self) -> None:
        self.policy: Sending = load_policies().sending
        self.session = Session(self.server)
        self.pace = _Pace(self.policy.limit_of(self.server.host))
        self._ends = time.monotonic() + 60 * self.policy.run_minutes

    def settle_dead_claims(self) -> None:
        with transaction() as connection:
            settle_dead_claims(connection, self.policy.claim_minutes)

    def send_all(self) -> None:
        """Batch by batch, so that memory stays flat; while the server takes one batch, the next is composed."""
        self._next = next_batch(self.server)
        while True:
            self._drain()
            if self._next is None or self._is_over():
                return
            if not self.session.is_open:  # for a server that is not there no digest is made, to lie there for days
                self.session.open()
            self._next.write()
            self._at_hand = self._next.last_written
            self._next = next_batch(self.server, self._next)

    def end(self) -> None:
        """Record what is known and give back what was not begun, however the run ends."""
        try:
            self.session.close()
        finally:
            self._line = None
            if self._next is not None:
                self._next.drop()
            with self._recording() as connection:
                self._tell_notices(connection)
                sql.execute(connection, "post/release_claims", claimed_by=self.name)

    def _is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def _drain(self) -> None:
        while not self._is_over() and (mails := self._claim()):
            if not self.session.is_open:
                self.session.open()
            with get_engine().connect() as self._line:
                if self.pace.mails_a_minute:  # a server of the world: a mark that is lost would be a mail sent twice
                    outlive_power_cuts(self._line)
                for mail in mails:
                    if self._is_over():  # the rest is given back at the end
                        break
                    self._send(mail)
                with self._recording() as connection:
                    self._tell_notices(connection)

    def _claim(self) -> list[sql.Row]:
        with transaction() as connection:
            claimed = sql.execute(
                connection,
                "post/claim_mails",
                claimed_by=self.name,
                claimed_at=real_now(),
                due_at=now(),
                batch=_MAILS_A_CLAIM,
            )
            return sql.fetch(connection, "post/select_claimed", claimed_by=self.name) if claimed else []

    def _send(self, mail: sql.Row) -> None:
        seconds = self.pace.wait_seconds()
        if seconds:
            with self._recording():
                pass
            time.sleep(seconds)
        if not self.session.is_open:
            self._reopen()
        try:
            content = self._at_hand.pop(mail["sha256"], None) or contents.load(mail["sha256"])
        except UserError as error:
            self._note(mail, Answer("refused", str(error)))
            return
        answer = self.session.hand_over(
            mail["recipient"],
            [address for address in mail["copy_to"].split(",") if address],
            content,
            return_path=self.server.return_path_of(mail["id"]),
            before_text=lambda: self._mark(mail["id"]),
            meanwhile=self._next.compose_ahead if self._next else lambda: False,
            must_settle=mail["attempts"] + 1 >= self.policy.tries_for_copies,
        )
        self._lost_in_a_row = 0 if self.session.is_open else self._lost_in_a_row + 1
        self._note(mail, answer)

    def _reopen(self) -> None:
        """After a lost connection; a server that loses one after the other is left alone until the next run."""
        if self._lost_in_a_row >= self.policy.lost_connections:
            raise UserError(
                f"邮件服务器 {self.server.host}:{self.server.port} 连续 {self._lost_in_a_row} 次中断连接，其余邮件等待下次发送。"
            )
        self.session.open()

    def _mark(self, mail_id: str) -> bool:
        """Commit that the text is about to go, and with it the outcome of the mail before; False: not ours any more."""
        assert self._line
        mark = {"id": mail_id, "claimed_by": self.name, "handed_at": now()}
        marked = sql.commit(self._line, [*self._outcomes(), ("post/mark_handed_over", mark)])
        self._recorded()
        return marked == 1

    def _note(self, mail: sql.Row, answer: Answer) -> None:
        """Turn an answer into the mail's next state, to be recorded with the next commit."""
        waits, tried = self.policy.retry_minutes, mail["attempts"]
        state, next_attempt_at, error = "sent", None, answer.text
        if answer.verdict == "not_ours":
            return
        if answer.verdict == "unknown":
            state = "unknown"
        elif answer.verdict == "refused":
            state = "failed"
        elif answer.verdict == "deferred" and tried < len(waits):
            state, next_attempt_at = "pending", now() + dt.timedelta(minutes=waits[tried])
        elif answer.verdict == "deferred":
            state, error = "failed", f"试了 {tried + 1} 次仍未成功：{answer.text}"
        if state != "pending":
            setattr(self.result, state, getattr(self.result, state) + 1)
        self._unrecorded.append(
            {
                "id": mail["id"],
                "state": state,
                "error": error,
                "next_attempt_at": next_attempt_at,
                "sent_at": now() if state == "sent" else None,
            }
        )

    @contextmanager
    def _recording(self) -> Iterator[Connection]:
        """A transaction that begins with the outcomes so far; they are forgotten only once it is committed."""
        with nullcontext(self._line) if self._line else get_engine().connect() as connection, connection.begin():
            for name, outcome in self._outcomes():
                sql.execute(connection, name, **outcome)
            yield connection
        self._recorded()

    def _outcomes(self) -> list[tuple[str, sql.Row]]:
        """The statements that record what became of the mails so far."""
        return [("post/record_mail", outcome | {"claimed_by": self.name}) for outcome in self._unrecorded]

    def _recorded(self) -> None:
        self._untold += self._unrecorded
        self._unrecorded.clear()

    def _tell_notices(self, connection: Connection) -> None:
        """What became of their mails, for a whole batch at once: a mail's own state is what decides whether it goes."""
        told = [
            {"mail_id": outcome["id"], "state": outcome["state"], "reason": outcome["error"]}
            for outcome in (*self._untold, *self._unrecorded)
        ]
        record_notices(connection, told)
        self._untold.clear()
