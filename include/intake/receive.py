"""Everything that came in is archived, read, checked in one batch, and answered; whoever is stopped goes on from there.

Reading and checking hold no transaction. An answer is written whole or not at all: the hand-in, its values, its
findings, the decision on the arrival and the notice; some dozens of answers share a transaction. A file whose reading
ends the process, by memory or time, is tried twice and then given up. Arrivals are answered in the order of receipt, so that
versions count in that order however many drains run at once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import functools
import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from include.archive import contents
from include.data_files import looking_once
from include.db.engine import transaction
from include.db.run_log import log_run
from include.db.sql import execute, execute_many, fetch
from include.errors import UserError
from include.intake.answering import Answer, answer_all
from include.intake.cases import Case
from include.intake.channels import take_inbox
from include.intake.inbox import StoreOpener
from include.intake.judging import Gate, Judge, answers, period_open_on, unreadable_entries, without_lost_sheets
from include.intake.listed import told_of_the_list
from include.intake.merging import Merge, Standing, merged, standing_of, with_origin
from include.intake.read_form import ReadCell, ReadForm, within
from include.intake.reading import NoSchemeError, Refusal, read_file
from include.items.replies import MAIL_SUFFIX, Reply, read_reply
from include.items.workbooks import Sheet, read_workbook
from include.machine_faults import as_fault
from include.period import Period, in_zone
from include.post.sender_trust import FORGED, OWN, VOUCHED, Trust
from include.settings import get_settings
from include.validation.findings import Candidate, Finding
from include.workbooks.limits import MAX_FILE_BYTES, mail_file, too_big
from include.workbooks.texts import INSPECTION

BATCH = 2_000
_READ_AT_ONCE = 50  # files whose reading is begun, and recorded as begun, together
_MOST_ATTEMPTS = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DrainResult:
    """How many arrivals were answered; (scheme, period, street code) of what is to be scored anew."""

    answered: int
    accepted: list[tuple[str, str, str]]


@dataclass
class _Waiting:
    """An arrival on its way to an answer. `form` or `refusals` is set by reading, `gate` by judging."""

    id: str
    sha256: str
    name: str
    sender: str
    sender_trust: Trust
    codes: str
    received_at: dt.datetime
    bytes: int
    attempts: int
    seconds: float = 0.0
    form: ReadForm | None = None
    sheet: Sheet | None = None
    reply: Reply | None = None
    refusals: list[str] = field(default_factory=list)
    gate: Gate | None = None
    findings: list[Finding] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    standing: Standing | None = None
    merge: Merge | None = None


def drain(run_id: str = "", default_period: Period | None = None, open_store: StoreOpener | None = None) -> DrainResult:
    """Take in the inbox and answer every arrival that waits, whichever channel it came by.

    `default_period` is the period being collected; without it, it is the one whose window is open when a file is
    received. `open_store` opens an inbox that is an object store. Raises UserError where the inbox or the settings make no sense.
    """
    started = time.perf_counter()
    take_inbox(default_period, open_store)
    given = answer_waiting(default_period)
    changed = sorted({answer.changed for answer in given if answer.changed is not None})
    if given:
        detail = {"answers": dict(sorted(Counter(answer.status for answer in given).items()))}
        with transaction() as connection:
            log_run(
                connection, run_id=run_id, stage="receive", period=str(default_period or ""), street_code="",
                outcome="done", detail={**detail, "seconds": round(time.perf_counter() - started, 3)},
            )  # fmt: skip
    return DrainResult(len(given), changed)


def answer_waiting(default_period: Period | None) -> list[Answer]:
    """Answer every arrival that waits, and those that a review lets in; `include/rebuild/replay.py` replays the past by it."""
    with transaction() as connection:
        execute(connection, "intake/readmit_reviewed")
    given: list[Answer] = []
    with _alone():
        while batch := _waiting():
            with looking_once():
                given += _answer_suspects([one for one in batch if one.attempts], default_period)
                given += _answer_batch([one for one in batch if not one.attempts], default_period)
    return given


def _waiting() -> list[_Waiting]:
    with transaction() as connection:
        rows = fetch(connection, "intake/select_waiting", how_many=BATCH)
    return [_Waiting(**{key: value for key, value in row.items() if key != "channel"}) for row in rows]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One drain answers at a time, so that an attempt that was begun and is not going on has failed.

    The kernel releases the lock with the process, however it ends.
    """
    archived = get_settings().archive
    archived.mkdir(parents=True, exist_ok=True)
    with (archived / ".answering").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _answer_suspects(batch: list[_Waiting], default_period: Period | None) -> list[Answer]:
    """Files that were being read when a drain ended: one by one, so that only what ends another one is given up."""
    given: list[Answer] = []
    for waiting in batch:
        if waiting.attempts >= _MOST_ATTEMPTS:
            waiting.refusals = [answers()["gave_up"].format(name=waiting.name)]
        given += _answer_batch([waiting], default_period)
    return given


def _answer_batch(batch: list[_Waiting], default_period: Period | None) -> list[Answer]:
    """The answers to files of which none, or the only one, was tried before."""
    if not batch:
        return []
    open_on = functools.cache(period_open_on)
    unread = [waiting for waiting in batch if not waiting.refusals]
    for start in range(0, len(unread), _READ_AT_ONCE):
        begun = unread[start : start + _READ_AT_ONCE]
        _count_attempts(begun, by=1)
        for waiting in begun:
            _read(waiting, default_period or open_on(in_zone(waiting.received_at).date()))
        _count_attempts([waiting for waiting in begun if not waiting.attempts], by=-1)
    with transaction() as connection:
        judge = Judge(connection, default_period)
        for waiting in batch:
            if waiting.form is not None:
                _judge(waiting, judge)
    _check(batch)
    return answer_all([_case(waiting) for waiting in batch])


def _case(waiting: _Waiting) -> Case:
    return Case(
        waiting.id, waiting.sha256, waiting.name, waiting.sender, waiting.received_at, waiting.form, waiting.gate,
        waiting.findings, waiting.refusals, waiting.seconds, is_given_up=waiting.attempts >= _MOST_ATTEMPTS,
        sheet=waiting.sheet, reply=waiting.reply, sender_trust=waiting.sender_trust, codes=tuple(waiting.codes.split()),
        standing=waiting.standing, merge=waiting.merge,
    )  # fmt: skip


def _count_attempts(batch: list[_Waiting], by: int) -> None:
    with transaction() as connection:
        execute_many(connection, "intake/count_attempt", [{"id": waiting.id, "by": by} for waiting in batch])


def _read(waiting: _Waiting, default_period: Period | None) -> None:
    started = time.perf_counter()
    if waiting.sender_trust == FORGED:  # whatever it holds, it is not from whom it says
        waiting.refusals = [answers()["forged"].format(sender=waiting.sender)]
        return
    try:
        if waiting.bytes > MAX_FILE_BYTES:
            raise too_big(waiting.name, waiting.bytes)
        content = contents.load(waiting.sha256)
        if waiting.name.lower().endswith(MAIL_SUFFIX):
            if _read_reply(waiting, content):
                return
            raise mail_file(waiting.name)
        try:
            waiting.form = read_file(content, waiting.name, default_period)
        except NoSchemeError:
            waiting.sheet = read_workbook(content, waiting.name)
            if waiting.sheet is None:
                raise
    except Refusal as refusal:
        waiting.refusals = refusal.problems
    except Exception as error:  # a file that breaks a library is answered like any other that cannot be read
        if (fault := as_fault(error)) is not None:  # but it is not the sender's fault where our disk fails
            raise fault from error
        _log.exception("cannot read %s (%s)", waiting.name, waiting.sha256)
        waiting.refusals = [answers()["unreadable"].format(name=waiting.name)]
    waiting.seconds = time.perf_counter() - started


def _read_reply(waiting: _Waiting, content: bytes) -> bool:
    """Whether a mail that was kept whole answers one of ours about rectification; what it says then."""
    with transaction() as connection:
        reply = read_reply(
            connection,
            content,
            waiting.sender,
            waiting.received_at,
            is_sender_sure=waiting.sender_trust in (VOUCHED, OWN),
        )
    if reply is None:
        return False
    waiting.reply, waiting.sheet, waiting.refusals = reply, reply.sheet, reply.problems
    return True


def _judge(waiting: _Waiting, judge: Judge) -> None:
    assert waiting.form is not None
    try:
        gate = judge.gate(waiting.form, waiting.received_at, waiting.sender)
    except UserError as error:  # a period for which there is no scheme
        waiting.refusals, waiting.form = error.problems, None
        return
    waiting.gate = gate
    if gate.scheme.for_group and waiting.form.form != INSPECTION:
        waiting.form = within(waiting.form, gate.scheme)
    waiting.findings = [gate.stopped] if gate.stopped else []
    if gate.stopped is not None and not gate.is_early:
        return  # what is wrong inside is of no use to those who must take another form
    if waiting.form.form == INSPECTION:
        waiting.findings += unreadable_entries(waiting.form)
        for number, one in enumerate(waiting.form.corrections):
            cells = {one.field: ReadCell(one.value, one.value, None, one.source_cell)}
            form = gate.scheme.cell[one.field].form
            waiting.candidates.append(Candidate(f"{waiting.id}/{number}", gate.scheme, form, cells))
    else:
        assert gate.unit is not None
        waiting.findings += judge.rows(waiting.form, gate)
        cells = _merge(waiting, judge, waiting.form, gate)
        waiting.candidates = [
            Candidate(
                waiting.id,
                gate.scheme,
                waiting.form.form,
                cells,
                judge.previous(gate),
                gate.unit.households,
                waiting.form.subjects,
            )
        ]


def _merge(waiting: _Waiting, judge: Judge, form: ReadForm, gate: Gate) -> dict[str, ReadCell]:
    """The cells to be checked: the form's, merged with the newest version where it starts from an older one."""
    waiting.standing = standing_of(judge.connection, form, gate, waiting.sender)
    if waiting.standing is None:
        return form.cells
    waiting.merge = merged(judge.connection, form, gate, waiting.standing, waiting.sender)
    waiting.findings += waiting.merge.conflicts
    return waiting.merge.cells


def _check(batch: list[_Waiting]) -> None:
    """All forms of the batch in one run of Great Expectations; its time is shared among them."""
    candidates = [candidate for waiting in batch for candidate in waiting.candidates]
    if not candidates:
        return
    from include.validation.suite import validate  # takes seconds to import, and not every batch needs it

    started = time.perf_counter()
    found = validate(candidates)
    share = (time.perf_counter() - started) / len(candidates)
    for waiting in batch:
        for candidate in waiting.candidates:
            waiting.findings += [
                with_origin(finding, waiting.merge) if waiting.merge else finding
                for finding in found[candidate.sha256]
                if _is_asked(finding, candidate, waiting)
            ]
            waiting.seconds += share
        if waiting.form is not None and waiting.gate is not None:
            form, scheme = waiting.form, waiting.gate.scheme
            taken = waiting.merge.taken if waiting.merge else {}
            found_again = {group for group in form.lost_sheets if any(scheme.cell[key].group == group for key in taken)}
            lost = {group: name for group, name in form.lost_sheets.items() if group not in found_again}
            findings_of = without_lost_sheets(waiting.findings, replace(form, lost_sheets=lost), scheme)
            waiting.findings = told_of_the_list(findings_of, form, scheme)


def _is_asked(finding: Finding, candidate: Candidate, waiting: _Waiting) -> bool:
    """Inspectors report single figures: the form's other cells are not missing from their workbook."""
    return waiting.form is None or waiting.form.form != INSPECTION or finding.field in candidate.cells
