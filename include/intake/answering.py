"""One arrival's answer, written whole or not at all: hand-in, values, findings, corrections, the arrival's status, notice.

A hand-in was merged and checked before, with no transaction open. Where another version was accepted since (an earlier
arrival of the same batch, another drain), it is not answered but left waiting, with all that came after it for the same
form, and is prepared anew against what now stands."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Hashable
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.db.engine import in_transaction, transaction
from include.errors import UserError
from include.intake.accepted import accepted_versions
from include.intake.brought import within_streets
from include.intake.cases import Case, Marked
from include.intake.judging import Gate, answers, same_as_before
from include.intake.kept import lost_in_copy
from include.intake.merging import carried, standing_of
from include.intake.packets import take_packet
from include.intake.personal import close_personal, personal_key
from include.intake.proving import refuse_unproved, use_up_code, with_proof
from include.intake.read_form import ReadForm
from include.intake.recording import record_corrections, record_submission
from include.intake.returned import mark_returned
from include.intake.rows_taken import sheets_before, take_rows
from include.intake.telling import (
    addressees,
    changes,
    corrected,
    evidence_received,
    explain_reply,
    figures,
    list_refused,
    may_be_told,
    message_of_notes,
    message_refused,
    message_returned,
    problem,
    rows_figures,
    said_of,
    shown_moment,
    taken_over,
    tell,
    tell_ops,
    tell_ops_of_unproved,
    tell_refused,
)
from include.items.answers import system_of, take
from include.items.replies import record_evidence
from include.items.workbooks import Sheet
from include.log_context import about
from include.machine_faults import MachineError
from include.outbox.words import Duplicate, FindingsReceived, Receipt, Returned, SheetTaken
from include.period import Period, days_late, now
from include.post.sender_trust import FORGED
from include.registry.senders import may_hand_in
from include.schemes.score import words_of_lateness

_ANSWERED_AT_ONCE = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """`changed` is (scheme, period, street code) where the record of a period has changed."""

    status: str
    changed: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class _Decided:
    """The row that an arrival becomes, and what changed by it."""

    status: str
    message: str
    unit_code: str | None = None
    version: int | None = None
    changed: tuple[str, str, str] | None = None
    signed_off_period: str | None = None
    scheme: str | None = None  # of what is no form


def answer_all(cases: list[Case]) -> list[Answer]:
    """Answer arrivals in their order, some dozens a transaction; those that were answered meanwhile are left out, and those
    that must be merged with what was accepted meanwhile.

    Where a transaction fails, each of its arrivals is tried alone, so that one that cannot be answered holds up no
    other; the first error is raised when all have been tried.
    """
    given: list[Answer | None] = []
    errors: list[Exception] = []
    held: set[Hashable] = set()
    for start in range(0, len(cases), _ANSWERED_AT_ONCE):
        together = cases[start : start + _ANSWERED_AT_ONCE]
        try:
            given += _answer_together(together, held)
        except Exception as error:
            if len(together) == 1:
                errors.append(error)
                continue
            _log.exception("cannot answer %s arrivals together; each is tried alone", len(together))
            for case in together:
                try:
                    given += _answer_together([case], held)
                except Exception as alone:
                    errors.append(alone)
    if errors:
        raise errors[0]
    return [one for one in given if one is not None]


def _answer_together(cases: list[Case], held: set[Hashable]) -> list[Answer | None]:
    """The answers, in one transaction; None where one is answered already, or left waiting: what those share goes to `held`."""
    cases = within_streets([with_proof(case) for case in cases])
    close_personal(cases)
    marked = []
    for case in cases:
        with about(**case.told_in_log):
            marked.append(_marked_workbook(case))

    def answered(connection: Connection) -> tuple[list[Answer | None], set[Hashable]]:
        sql.execute(connection, "intake/lock_answers")
        ids = json.dumps([case.id for case in cases])
        waiting = {row["id"] for row in sql.fetch(connection, "intake/select_still_waiting", ids=ids)}
        also, both = set(held), zip(cases, marked, strict=True)
        return [_answer(connection, one, mark, also) if one.id in waiting else None for one, mark in both], also

    given, now_held = in_transaction(answered)
    held |= now_held
    for case, answer in zip(cases, given, strict=True):
        if answer is not None:
            with about(**case.told_in_log):
                _log.info("%s %s", answer.status, case.sha256[:16])
    return given


def _answer(connection: Connection, case: Case, marked: Marked | None, held: set[Hashable]) -> Answer | None:
    started = time.perf_counter()
    earlier = sql.fetch(connection, "intake/select_earlier_answers", sha256=case.sha256, id=case.id)
    is_forged = case.sender_trust == FORGED
    decided = None if is_forged or _subjects(case) & held else _duplicate(connection, case, earlier)
    if decided is None:
        case = _once_a_period(case, earlier)
        if _subjects(case) & held or _is_overtaken(connection, case):
            held |= _subjects(case)
            if case.owner is not None:  # the attempt came to its end, if to no answer
                sql.execute(connection, "intake/count_attempt", id=case.id, by=-1)
            return None
        decided = _marked_unproved(case, _decide(connection, case, marked))
    sql.execute(
        connection, "intake/answer_delivery", id=case.id, status=decided.status, unit_code=decided.unit_code,
        version=decided.version, message=decided.message,
        seconds=f"{case.seconds + time.perf_counter() - started:.3f}", answered_at=now(),
        signed_off_period=decided.signed_off_period, scheme=case.form.scheme_key if case.form else decided.scheme,
    )  # fmt: skip
    return Answer(decided.status, decided.changed)


def _subjects(case: Case) -> set[Hashable]:
    """What arrivals are answered in their order for: the content, and the unit's form of a period."""
    subjects: set[Hashable] = {case.sha256}
    if case.form is not None and case.gate is not None and case.gate.unit is not None:
        scheme, form, code = case.gate.scheme, case.form.form, case.gate.unit.code
        subjects.add((scheme.scheme, str(scheme.period), form, code))
        if form in scheme.row_forms:  # its ledger goes on from period to period
            subjects.add((scheme.scheme, form, code))
    return subjects


def _is_overtaken(connection: Connection, case: Case) -> bool:
    """Whether other versions stand than those that the case was merged with, so that its figures, or its copy, would differ; of a
    sheet of free rows, whether another one was accepted since it was judged by what stood."""
    if case.form is None or case.gate is None:
        return False
    if case.gate.stopped is None and case.form.form in case.gate.scheme.row_forms:
        return sheets_before(connection, case.form, case.gate) != case.sheets_before
    if case.standing is None:
        return False
    now_standing = standing_of(connection, case.form, case.gate, case.sender)
    if now_standing is None:
        return False
    return now_standing.to_merge != case.standing.to_merge or (
        bool(case.failures) and now_standing.base != case.standing.base
    )


def _marked_unproved(case: Case, decided: _Decided) -> _Decided:
    """What was taken in from a sender for whom nothing vouches says so wherever it is listed."""
    if not case.is_sender_unproved or decided.status != "accepted":
        return decided
    return replace(decided, message=decided.message + answers()["messages"]["unproved"])


def _decide(connection: Connection, case: Case, marked: Marked | None) -> _Decided:
    if case.packet is not None:
        taken = take_packet(connection, case, case.packet)
        return _Decided(taken.status, taken.message, case.packet.unit_code)
    if case.sheet is not None:
        return _take_sheet(connection, case, case.sheet)
    if case.form is None or case.gate is None:
        return _refuse(connection, case)
    if case.failures:
        return _return(connection, case, case.form, case.gate, marked)
    if case.is_inspection:
        return _accept_inspection(connection, case, case.form, case.gate)
    return _accept(connection, case, case.form, case.gate)


def _marked_workbook(case: Case) -> Marked | None:
    """The workbook that goes back; None where none does."""
    unit = case.owner
    if unit is None or case.gate is None:
        return None
    carry = None
    if case.form is not None and case.standing is not None and case.merge is not None:
        carry = carried(case.form, case.standing, case.merge)
    with transaction() as connection:  # a workbook that ends the process while it is marked counts as tried
        sql.execute(connection, "intake/count_attempt", id=case.id, by=1)
    try:
        came = contents.load(case.sha256)
        content, name = mark_returned(came, case.name, case.form, case.findings, case.gate.scheme, unit, carry)
        lost = lost_in_copy(came, content, case.name)
    except Exception:  # the answer does not wait for a workbook that cannot be written back
        _log.exception("cannot mark %s", case.sha256)
        return None
    return Marked(contents.store(content, personal_key(case)), name, lost)


def _once_a_period(case: Case, earlier: list[sql.Row]) -> Case:
    """The case, sent back where the same content was handed in for another period: a content is one hand-in.

    A file that names no period (a CSV, figures copied into a new workbook) may come again unchanged half a year later,
    and nobody can tell whether the figures are the same or the file is the old one.
    """
    other = next((row for row in earlier if _is_of_another_period(row, case)), None)
    if other is None or case.gate is None or case.form is None:
        return case
    stopped = same_as_before(case.gate.scheme, case.form.form, Period.parse(other["period"]), other["name"])
    return replace(case, findings=[stopped, *case.findings], gate=replace(case.gate, stopped=stopped))


def _is_of_another_period(earlier: sql.Row, case: Case) -> bool:
    if case.gate is None or case.gate.stopped is not None or case.is_inspection or not earlier["period"]:
        return False
    return bool(earlier["period"] != str(case.gate.scheme.period))


def _duplicate(connection: Connection, case: Case, earlier: list[sql.Row]) -> _Decided | None:
    """The answer to a content that was answered before, unless its time of receipt or its name now makes a difference."""
    first = next((row for row in earlier if _stands(row, case)), None)
    if first is None:
        return None
    told: Duplicate = {
        **said_of(connection, case),
        "first_received_at": first["received_at"].isoformat(),
        "status": first["message"],
        **evidence_received(connection, case),
    }
    tell(connection, case, "duplicate", told)
    words, received = answers(), shown_moment(first["received_at"])
    status = words["statuses"][first["status"]]
    said = words["messages"]["duplicate"].format(received=received, name=first["name"], status=status)
    return _Decided("duplicate", said, first["unit_code"], first["version"])


def _stands(earlier: sql.Row, case: Case) -> bool:
    """Whether an earlier answer to the same content would be given again; of a recorded one, that of its version.

    What was sent back as too early, or refused for the name of its file, may be taken now.
    """
    if earlier["period"]:
        return earlier["version"] is not None and not _is_of_another_period(earlier, case)
    if earlier["status"] == "returned":
        return bool(earlier["message"] == message_returned(case.failures))
    if earlier["status"] == "refused":
        again = message_refused(case.refusals).replace(case.name, "")
        return bool(earlier["message"].replace(earlier["name"], "") == again)
    return True


def _refuse(connection: Connection, case: Case) -> _Decided:
    if not may_be_told(connection, case):
        list_refused(connection, case)
    elif case.reply:
        explain_reply(connection, case, case.reply)
    else:
        tell_refused(connection, case, case.refusals)
    if case.is_given_up:
        tell_ops(connection, case)
    if case.is_unproved:
        tell_ops_of_unproved(connection, case)
    return _Decided("refused", message_refused(case.refusals))


def _take_sheet(connection: Connection, case: Case, sheet: Sheet) -> _Decided:
    """整改反馈表 moves the unit's items, 整改核验表 the street's; a sheet with any mistake moves none."""
    unit, office = addressees(connection, case)
    try:
        is_verification = sheet.kind == "verification"
        if case.sender and not may_hand_in(case.sender, None if is_verification else unit, office):
            raise UserError(answers()["sheets"]["wrong_sender"].format(sender=case.sender))
        try:
            refuse_unproved(connection, case, sheet)
        except UserError:
            case = replace(case, is_unproved=True)
            raise
        taken = take(connection, sheet, case.sha256, case.sender, case.received_at)
    except MachineError:
        raise
    except UserError as error:
        return _refuse(connection, replace(case, refusals=[*error.problems, *sheet.notes]))
    if taken:
        use_up_code(connection, case, sheet)
    record_evidence(connection, case.sha256, case.reply.files if case.reply else [])
    title = answers()["sheets"]["reply" if case.reply else sheet.kind]
    words: SheetTaken = {
        **said_of(connection, case),
        "title": title,
        "count": len(taken),
        "items": [asdict(one) for one in taken],
        "notes": sheet.notes,
    }
    tell(connection, case, "rectification_received", words)
    message = answers()["messages"]["sheet"].format(title=title, count=len(taken))
    message += message_of_notes([note.rstrip("。") for note in sheet.notes])
    return _Decided("accepted", message, unit.code if unit else None, scheme=system_of(connection, sheet))


def _return(connection: Connection, case: Case, form: ReadForm, gate: Gate, marked: Marked | None) -> _Decided:
    is_recorded = gate.unit is not None and (gate.stopped is None or gate.is_recorded)
    version = record_submission(connection, case, form, gate, "returned", marked) if is_recorded else None
    if gate.is_signed_off:
        tell(connection, case, "archived_after_signoff", said_of(connection, case))
    else:
        words: Returned = {
            **said_of(connection, case),
            "version": version or 1,
            "due_date": (gate.due_date or gate.scheme.dates.due_date).isoformat(),
            "problems": [problem(finding) for finding in case.failures],
            "notes": case.notes,
            "evidence": evidence_received(connection, case)["evidence"],
            "lost": marked.lost if marked else [],
            **words_of_lateness(gate.scheme),
        }
        tell(connection, case, "returned", words, [(marked.name, marked.sha256)] if marked else [])
    unit_code = gate.unit.code if gate.unit else None
    changed = (gate.scheme.scheme, str(gate.scheme.period), gate.street_code) if is_recorded else None
    signed_off_period = str(gate.scheme.period) if gate.is_signed_off else None
    return _Decided("returned", message_returned(case.failures), unit_code, version, changed, signed_off_period)


def _accept(connection: Connection, case: Case, form: ReadForm, gate: Gate) -> _Decided:
    assert gate.unit is not None
    scheme = gate.scheme
    before = accepted_versions(connection, scheme, form.form, gate.unit.code)
    form = replace(form, cells=case.merge.stored) if case.merge else form
    version = record_submission(connection, case, form, gate, "accepted", None)
    kept = take_rows(connection, case, form, gate) if form.form in scheme.row_forms else None
    late = days_late(before[0]["received_at"] if before else case.received_at, gate.due_date or scheme.dates.due_date)
    told: Receipt = {
        **said_of(connection, case),
        "version": version,
        "is_late": late > 0,
        "days_late": late,
        "figures": figures(form, gate) if kept is None else rows_figures(form, gate, kept),
        "notes": case.notes,
        "changes": changes(connection, before, form, gate),
        "merged": taken_over(case.merge, gate),
        **evidence_received(connection, case),
        **words_of_lateness(scheme),
    }
    tell(connection, case, "receipt", told)
    words = answers()["messages"]
    message = words["accepted"].format(version=version) + (words["late"].format(days=late) if late else "")
    if case.merge is not None and case.merge.taken:
        message += words["merged"].format(version=case.merge.newest, count=len(case.merge.taken))
    message += message_of_notes(case.warnings)
    changed = (scheme.scheme, str(scheme.period), gate.street_code)
    return _Decided("accepted", message, gate.unit.code, version, changed)


def _accept_inspection(connection: Connection, case: Case, form: ReadForm, gate: Gate) -> _Decided:
    """Each correction becomes a decision; the receipt shows it beside the reported figure."""
    found = corrected(connection, form.corrections, gate)
    count = record_corrections(connection, case, form, gate)
    words: FindingsReceived = {**said_of(connection, case), "corrections": found, "notes": case.notes}
    tell(connection, case, "findings_received", words)
    changed = (gate.scheme.scheme, str(gate.scheme.period), gate.street_code)
    message = answers()["messages"]["inspection"].format(count=count)
    return _Decided("accepted", message, None, None, changed if count else None)
