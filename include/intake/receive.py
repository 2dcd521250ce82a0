"""Everything that came in is archived, read, checked in one batch, and answered; whoever is stopped goes on from there.

Reading and checking hold no transaction. An answer is written whole or not at all: the hand-in, its values, its
findings, the decision on the arrival and the notice; some dozens of answers share a transaction. A file whose reading
ends the process, by memory or time, is tried twice and then given up. Arrivals are answered in the order of receipt, so that
versions count in that order however many drains run at once.
"""

from __future__ import annotations

import functools
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from include.archive import contents
from include.bulk import in_bulk
from include.data_files import looking_once
from include.db import sql
from include.db.engine import in_transaction, transaction
from include.db.run_log import log_run
from include.db.turns import alone
from include.errors import UserError
from include.intake.answering import Answer, answer_all
from include.intake.cases import Case
from include.intake.channels import take_inbox
from include.intake.fed import Fed
from include.intake.inbox import StoreOpener
from include.intake.judging import Gate, Judge, answers, period_open_on, unreadable_entries
from include.intake.listed import told_of_the_list
from include.intake.lost_sheets import without_lost_sheets
from include.intake.merging import merged, standing_of, with_origin
from include.intake.packets import with_parts
from include.intake.printed import told_of_printed, with_doubts
from include.intake.read_form import ReadCell, ReadForm, within
from include.intake.reading import NoSchemeError, PacketError, Refusal, read_file
from include.intake.registered import registered
from include.intake.rows_taken import in_waves, sheets_before
from include.intake.verdicts import read_sheet
from include.items.replies import MAIL_SUFFIX, read_reply
from include.items.typed_over import with_notes
from include.machine_faults import as_fault
from include.period import Period, in_zone
from include.post.sender_trust import FORGED, OWN, VOUCHED
from include.settings import get_settings
from include.validation.findings import Candidate, Finding
from include.workbooks.limits import MAX_FILE_BYTES, mail_file, too_big
from include.workbooks.texts import INSPECTION

BATCH = 2_000
_READ_AT_ONCE = 50  # files whose reading is begun, and recorded as begun, together
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DrainResult:
    """How many arrivals were answered; (scheme, period, street code) of what is to be scored anew."""

    answered: int
    accepted: list[tuple[str, str, str]]


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
                connection,
                run_id=run_id,
                stage="receive",
                period=str(default_period or ""),
                street_code="",
                outcome="done",
                detail={**detail, "seconds": round(time.perf_counter() - started, 3)},
            )
    return DrainResult(len(given), changed)


def answer_waiting(default_period: Period | None) -> list[Answer]:
    """Answer every arrival that waits, and those that a review lets in; `include/rebuild/replay.py` replays the past by it."""
    with transaction() as connection:
        sql.execute(connection, "intake/readmit_reviewed")
    given: list[Answer] = []
    with alone("answering", get_settings().archive):  # so that an attempt that was begun and is not going on has failed
        while batch := _waiting():
            with looking_once(), in_bulk():
                given += _answer_suspects([one for one in batch if one.attempts], default_period)
                given += _answer_batch([one for one in batch if not one.attempts], default_period)
    return given


def _waiting() -> list[Case]:
    with transaction() as connection:
        rows = sql.fetch(connection, "intake/select_waiting", how_many=BATCH)
    return [Case(**{**row, "codes": tuple(row["codes"].split())}) for row in rows]


def _answer_suspects(batch: list[Case], default_period: Period | None) -> list[Answer]:
    """Files that were being read when a drain ended: one by one, so that only what ends another one is given up."""
    given: list[Answer] = []
    for case in batch:
        if case.is_given_up:
            case = replace(case, refusals=[answers()["gave_up"].format(name=case.name)])
        given += _answer_batch([case], default_period)
    return given


def _answer_batch(batch: list[Case], default_period: Period | None) -> list[Answer]:
    """The answers to files of which none, or the only one, was tried before."""
    if not batch:
        return []
    given: list[Answer] = []
    for wave in in_waves(_read_all(batch, default_period)):
        with transaction() as connection:
            judge = Judge(connection, default_period)
            fed = Fed(connection)
            judged = [_judged(case, judge, fed) for case in wave]
        given += answer_all([told_of_printed(case) for case in _checked(judged)])
    return given


def _read_all(batch: list[Case], default_period: Period | None) -> list[Case]:
    open_on = functools.cache(period_open_on)
    read: list[Case] = []
    for start in range(0, len(batch), _READ_AT_ONCE):
        some = batch[start : start + _READ_AT_ONCE]
        begun = [case for case in some if not case.refusals]
        _count_attempts(begun, by=1)
        for case in some:
            read.append(_read(case, default_period or open_on(in_zone(case.received_at).date())))
        _count_attempts([case for case in begun if not case.attempts], by=-1)
    return read


def _count_attempts(batch: list[Case], by: int) -> None:
    with transaction() as connection:
        sql.execute_many(connection, "intake/count_attempt", [{"id": case.id, "by": by} for case in batch])


def _read(case: Case, default_period: Period | None) -> Case:
    if case.refusals:
        return case
    if case.sender_trust == FORGED:  # whatever it holds, it is not from whom it says
        return replace(case, refusals=[answers()["forged"].format(sender=case.sender)])
    started = time.perf_counter()
    try:
        read = _with_content(case, default_period)
    except Refusal as refusal:
        read = replace(case, refusals=refusal.problems)
    except Exception as error:  # a file that breaks a library is answered like any other that cannot be read
        if (fault := as_fault(error)) is not None:  # but it is not the sender's fault where our disk fails
            raise fault from error
        _log.exception("cannot read %s", case.sha256)
        read = replace(case, refusals=[answers()["unreadable"].format(name=case.name)])
    return replace(read, seconds=time.perf_counter() - started)


def _with_content(case: Case, default_period: Period | None) -> Case:
    """The case with the form, the workbook or the reply that it is. Raises Refusal for what is none of them."""
    if case.bytes > MAX_FILE_BYTES:
        raise too_big(case.name, case.bytes)
    content = contents.load(case.sha256)
    if case.name.lower().endswith(MAIL_SUFFIX):
        return _with_reply(case, content)
    try:
        return replace(case, form=read_file(content, case.name, default_period))
    except PacketError as found:
        return with_parts(case, found.package, default_period)
    except NoSchemeError:
        sheet = read_sheet(content, case.name)
        if sheet is None:
            raise
        return replace(case, sheet=with_notes(sheet))


def _with_reply(case: Case, content: bytes) -> Case:
    """What a mail that was kept whole says, as an answer to one of ours about rectification."""
    is_sure = case.sender_trust in (VOUCHED, OWN)
    reply = in_transaction(
        lambda connection: read_reply(connection, content, case.sender, case.received_at, is_sender_sure=is_sure)
    )
    if reply is None:
        raise mail_file(case.name)
    return replace(case, reply=reply, sheet=reply.sheet, refusals=reply.problems)


def _judged(case: Case, judge: Judge, fed: Fed) -> Case:
    """The case with what its form is for, and what of it is to be checked."""
    if (form := case.form) is None:
        return case
    try:
        gate = judge.gate(form, case.received_at, case.sender)
    except UserError as error:  # a period for which there is no scheme
        return replace(case, form=None, refusals=error.problems)
    if gate.scheme.for_group and form.form != INSPECTION:
        form = within(form, gate.scheme)
    case = replace(case, form=form, gate=gate, findings=[gate.stopped] if gate.stopped else [])
    if gate.stopped is not None and not gate.is_early:
        return case  # what is wrong inside is of no use to those who must take another form
    if form.form == INSPECTION:
        entries = _entries(case.id, form, gate)
        case = with_doubts(judge.connection, case, {})
        return replace(case, findings=[*case.findings, *unreadable_entries(form)], candidates=entries)
    assert gate.unit is not None
    standing = standing_of(judge.connection, form, gate, case.sender)
    merge = merged(judge.connection, form, gate, standing, case.sender) if standing is not None else None
    cells, conflicts = (merge.cells, merge.conflicts) if merge is not None else (form.cells, [])
    previous, known = judge.previous(gate), registered(judge.connection, gate.scheme, form.form, gate.unit)
    case = with_doubts(judge.connection, case, previous)
    beside = judge.beside.notes(form, gate.scheme, gate.unit, cells, answers()["beside"])
    return replace(
        case,
        standing=standing,
        merge=merge,
        findings=[
            *case.findings,
            *judge.rows(form, gate, case.received_at),
            *fed.findings(form, gate, case.received_at),
            *beside,
            *conflicts,
        ],
        sheets_before=sheets_before(judge.connection, form, gate),
        candidates=[Candidate(case.id, gate.scheme, form.form, cells, previous, known, form.subjects)],
    )


def _entries(case: str, form: ReadForm, gate: Gate) -> list[Candidate]:
    """The single figures that inspectors report, each checked by itself."""
    return [
        Candidate(
            f"{case}/{number}",
            gate.scheme,
            gate.scheme.cell[one.field].form,
            {one.field: ReadCell(one.value, one.value, None, one.source_cell)},
        )
        for number, one in enumerate(form.corrections)
    ]


def _checked(batch: list[Case]) -> list[Case]:
    """All forms of the batch in one run of Great Expectations; its time is shared among them."""
    candidates = [candidate for case in batch for candidate in case.candidates]
    if not candidates:
        return batch
    from include.validation.suite import validate  # takes seconds to import, and not every batch needs it

    started = time.perf_counter()
    found = validate(candidates)
    share = (time.perf_counter() - started) / len(candidates)
    return [_with_findings(case, found, share) if case.candidates else case for case in batch]


def _with_findings(case: Case, found: Mapping[str, list[Finding]], seconds: float) -> Case:
    assert case.form is not None
    assert case.gate is not None
    form, scheme = case.form, case.gate.scheme
    findings = [*case.findings]
    for candidate in case.candidates:
        asked = [one for one in found[candidate.sha256] if _is_asked(one, candidate, form)]
        findings += [with_origin(one, case.merge) for one in asked] if case.merge else asked
    taken = case.merge.taken if case.merge else {}
    found_again = {group for group in form.lost_sheets if any(scheme.cell[key].group == group for key in taken)}
    lost = {group: name for group, name in form.lost_sheets.items() if group not in found_again}
    findings = without_lost_sheets(findings, replace(form, lost_sheets=lost), scheme)
    return replace(
        case,
        findings=told_of_the_list(findings, form, scheme),
        seconds=case.seconds + seconds * len(case.candidates),
    )


def _is_asked(finding: Finding, candidate: Candidate, form: ReadForm) -> bool:
    """Inspectors report single figures: the form's other cells are not missing from their workbook."""
    return form.form != INSPECTION or finding.field in candidate.cells
