"""One arrival's answer, written whole or not at all: hand-in, values, findings, corrections, the arrival's status, notice."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from include.db.engine import transaction
from include.db.sql import Row, execute, execute_many, fetch, fetch_one
from include.errors import UserError
from include.intake import archive
from include.intake.judging import Gate, answers
from include.intake.read_form import ReadForm
from include.intake.returned import mark_returned
from include.intake.senders import may_hand_in
from include.intake.texts import INSPECTION
from include.notices.outbox import notify
from include.period import chinese_date, days_late, in_zone, now
from include.rectification.answers import take
from include.rectification.workbooks import Sheet
from include.registry.offices import Office, office_of
from include.registry.units import Unit, find_unit, only_street, units_of
from include.validation.findings import Finding

_ANSWERED_AT_ONCE = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Case:
    """An arrival with all that was found out about it. `form` and `gate` are None where it could not be read."""

    id: str
    sha256: str
    name: str
    sender: str
    received_at: dt.datetime
    form: ReadForm | None
    gate: Gate | None
    findings: list[Finding]
    refusals: list[str]
    seconds: float
    is_given_up: bool = False
    sheet: Sheet | None = None  # a workbook of rectification instead of a form

    @property
    def failures(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "fail"]

    @property
    def is_inspection(self) -> bool:
        return self.form is not None and self.form.form == INSPECTION

    @property
    def notes(self) -> list[str]:
        """What is accepted but should be looked at."""
        assert self.gate is not None
        return [*self.gate.notes, *(finding.message for finding in self.findings if finding.severity == "warn")]


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


def answer_all(cases: list[Case]) -> list[Answer]:
    """Answer arrivals in their order, some dozens a transaction; those that were answered meanwhile are left out.

    Where a transaction fails, each of its arrivals is tried alone, so that one that cannot be answered holds up no
    other; the first error is raised when all have been tried.
    """
    given: list[Answer | None] = []
    errors: list[Exception] = []
    for start in range(0, len(cases), _ANSWERED_AT_ONCE):
        together = cases[start : start + _ANSWERED_AT_ONCE]
        try:
            given += _answer_together(together)
        except Exception as error:
            if len(together) == 1:
                errors.append(error)
                continue
            _log.exception("cannot answer %s arrivals together; each is tried alone", len(together))
            for case in together:
                try:
                    given += _answer_together([case])
                except Exception as alone:
                    errors.append(alone)
    if errors:
        raise errors[0]
    return [one for one in given if one is not None]


def _answer_together(cases: list[Case]) -> list[Answer | None]:
    """The answers, written in one transaction; None where an arrival is answered already."""
    marked = [_marked_workbook(case) for case in cases]
    with transaction() as connection:
        execute(connection, "intake/lock_answers")
        return [_answer(connection, case, place) for case, place in zip(cases, marked, strict=True)]


def _answer(connection: Connection, case: Case, marked: tuple[str, str] | None) -> Answer | None:
    started = time.perf_counter()
    if fetch_one(connection, "intake/select_is_waiting", id=case.id) is None:
        return None
    decided = _duplicate(connection, case) or _decide(connection, case, marked)
    execute(
        connection, "intake/answer_delivery", id=case.id, status=decided.status, unit_code=decided.unit_code,
        version=decided.version, message=decided.message,
        seconds=f"{case.seconds + time.perf_counter() - started:.3f}", answered_at=now(),
    )  # fmt: skip
    return Answer(decided.status, decided.changed)


def _decide(connection: Connection, case: Case, marked: tuple[str, str] | None) -> _Decided:
    if case.sheet is not None:
        return _take_sheet(connection, case, case.sheet)
    if case.form is None or case.gate is None:
        return _refuse(connection, case)
    if case.failures:
        return _return(connection, case, case.form, case.gate, marked)
    if case.is_inspection:
        return _accept_inspection(connection, case, case.form, case.gate)
    return _accept(connection, case, case.form, case.gate)


def _marked_workbook(case: Case) -> tuple[str, str] | None:
    """(SHA-256 in the archive, file name) of the workbook that goes back; None where none does."""
    if case.form is None or case.gate is None or not case.failures or case.gate.is_signed_off:
        return None
    unit = case.gate.unit
    if unit is None:
        if not case.is_inspection or not case.gate.street_code:
            return None
        code, street = case.gate.street_code, case.gate.street
        unit = Unit(code, street, code, street, "", None, "", "", "", False)
    with transaction() as connection:  # a workbook that ends the process while it is marked counts as tried
        execute(connection, "intake/count_attempt", id=case.id, by=1)
    try:
        content, name = mark_returned(
            archive.load(case.sha256), case.name, case.form, case.findings, case.gate.scheme, unit
        )
    except Exception:  # the answer does not wait for a workbook that cannot be written back
        _log.exception("cannot mark %s (%s)", case.name, case.sha256)
        return None
    return archive.store(content), name


def _duplicate(connection: Connection, case: Case) -> _Decided | None:
    """The answer to a content that was answered before, unless the time of receipt now makes a difference."""
    earlier = fetch(connection, "intake/select_earlier_answers", sha256=case.sha256, id=case.id)
    message = _message_returned(case.failures)
    first = next(
        (row for row in earlier if row["is_recorded"] or row["status"] != "returned" or row["message"] == message), None
    )
    if first is None:
        return None
    words = answers()
    status = words["statuses"][first["status"]]
    _notify(
        connection, case, "duplicate",
        {"first_received_at": first["received_at"].isoformat(), "status": f"{status}：{first['message']}"},
    )  # fmt: skip
    said = words["messages"]["duplicate"].format(
        received=_moment(first["received_at"]), name=first["name"], status=status
    )
    return _Decided("duplicate", said, first["unit_code"], first["version"])


def _refuse(connection: Connection, case: Case) -> _Decided:
    _notify(connection, case, "refused", {"problems": case.refusals})
    if case.is_given_up:
        _tell_ops(connection, case)
    message = answers()["messages"]["refused"].format(problems="；".join(p.rstrip("。") for p in case.refusals))
    return _Decided("refused", message)


def _take_sheet(connection: Connection, case: Case, sheet: Sheet) -> _Decided:
    """整改反馈表 moves the unit's items, 整改核验表 the street's; a sheet with any mistake moves none."""
    unit, office = _addressees(connection, case)
    try:
        is_verification = sheet.kind == "verification"
        if case.sender and not may_hand_in(case.sender, None if is_verification else unit, office):
            raise UserError(answers()["sheets"]["wrong_sender"].format(sender=case.sender))
        count = take(connection, sheet, case.sha256, case.sender, case.received_at)
    except UserError as error:
        return _refuse(connection, replace(case, refusals=error.problems))
    title = answers()["sheets"][sheet.kind]
    _notify(connection, case, "rectification_received", {"title": title, "count": count})
    message = answers()["messages"]["sheet"].format(title=title, count=count)
    return _Decided("accepted", message, unit.code if unit else None)


def _return(connection: Connection, case: Case, form: ReadForm, gate: Gate, marked: tuple[str, str] | None) -> _Decided:
    is_recorded = gate.unit is not None and (gate.stopped is None or gate.is_recorded)
    version = _record(connection, case, form, gate, "returned", marked) if is_recorded else None
    if gate.is_signed_off:
        _notify(connection, case, "archived_after_signoff", {})
    else:
        payload = {
            "version": version or 1,
            "due_date": (gate.due_date or gate.scheme.dates.due_date).isoformat(),
            "problems": [_problem(finding) for finding in case.failures],
            "notes": case.notes,
        }
        _notify(connection, case, "returned", payload, [(marked[1], marked[0])] if marked else [])
    unit_code = gate.unit.code if gate.unit else None
    changed = (gate.scheme.scheme, str(gate.scheme.period), gate.street_code) if is_recorded else None
    return _Decided("returned", _message_returned(case.failures), unit_code, version, changed)


def _accept(connection: Connection, case: Case, form: ReadForm, gate: Gate) -> _Decided:
    assert gate.unit is not None
    scheme = gate.scheme
    key = {"scheme": scheme.scheme, "form": form.form, "period": str(scheme.period), "unit_code": gate.unit.code}
    before = fetch(connection, "intake/select_accepted", **key)
    version = _record(connection, case, form, gate, "accepted", None)
    late = days_late(before[0]["received_at"] if before else case.received_at, gate.due_date or scheme.dates.due_date)
    payload = {
        "version": version,
        "is_late": late > 0,
        "days_late": late,
        "figures": _figures(form, gate),
        "notes": case.notes,
        "changes": _changes(connection, before, form, gate),
    }
    _notify(connection, case, "receipt", payload)
    words = answers()["messages"]
    message = words["accepted"].format(version=version) + (words["late"].format(days=late) if late else "")
    warnings = [finding.summary for finding in case.findings if finding.severity == "warn"]
    message += words["notes"].format(notes="；".join(warnings)) if warnings else ""
    changed = (scheme.scheme, str(scheme.period), gate.street_code)
    return _Decided("accepted", message, gate.unit.code, version, changed)


def _accept_inspection(connection: Connection, case: Case, form: ReadForm, gate: Gate) -> _Decided:
    """Each correction becomes a decision; the same one again is the same row."""
    rows: list[Row] = []
    for one in form.corrections:
        act = {
            "kind": "correction", "scheme": gate.scheme.scheme, "period": str(gate.scheme.period),
            "unit_code": one.unit_code, "field": one.field, "value": one.value, "reason": one.reason,
            "decided_by": one.inspector,
        }  # fmt: skip
        parts = [*act.values(), in_zone(case.received_at).isoformat(), case.sha256]
        key = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
        rows.append({**act, "id": key, "decided_at": case.received_at, "sha256": case.sha256})
    execute_many(connection, "intake/insert_decision", rows)
    figures = [
        {"label": f"{one.unit_name} {gate.scheme.cell[one.field].label_with_unit}", "value": one.value}
        for one in form.corrections
    ]
    _notify(
        connection, case, "receipt",
        {"version": 1, "is_late": False, "days_late": 0, "figures": figures, "notes": case.notes, "changes": []},
    )  # fmt: skip
    changed = (gate.scheme.scheme, str(gate.scheme.period), gate.street_code)
    message = answers()["messages"]["inspection"].format(count=len(rows))
    return _Decided("accepted", message, None, None, changed if rows else None)


def _record(
    connection: Connection, case: Case, form: ReadForm, gate: Gate, status: str, marked: tuple[str, str] | None
) -> int:
    """Write the hand-in with its values and findings; its version."""
    assert gate.unit is not None
    key = {
        "scheme": gate.scheme.scheme, "form": form.form, "period": str(gate.scheme.period), "unit_code": gate.unit.code,
    }  # fmt: skip
    newest = fetch_one(connection, "intake/select_newest_version", **key)
    version = int((newest or {}).get("version") or 0) + 1
    execute(
        connection, "intake/insert_submission", **key, sha256=case.sha256, scheme_version=gate.scheme.version,
        version=version, status=status, received_at=case.received_at, returned_sha256=marked[0] if marked else None,
    )  # fmt: skip
    labels = {cell.key: cell.label_in_errors for cell in gate.scheme.cells}
    cells = [
        [field, labels.get(field, field), cell.text, cell.value, cell.source_cell] for field, cell in form.cells.items()
    ]
    execute(
        connection, "intake/insert_submission_values",
        sha256=case.sha256, cells=json.dumps(cells, ensure_ascii=False),
    )  # fmt: skip
    execute_many(
        connection,
        "intake/insert_finding",
        [
            {
                "sha256": case.sha256, "check_code": one.check_code, "field": one.field, "severity": one.severity,
                "outcome": one.outcome, "found": one.found, "expected": one.expected, "message": one.message,
            }
            for one in case.findings
        ],
    )  # fmt: skip
    return version


def _figures(form: ReadForm, gate: Gate) -> list[dict[str, str]]:
    """The figures as they were read, in the order of the form; optional ones that are empty are left out."""
    return [
        {"label": _label(gate, cell.key), "value": form.cells[cell.key].value or ""}
        for cell in gate.scheme.cells_of(form.form)
        if cell.key in form.cells and form.cells[cell.key].value is not None
    ]


def _changes(connection: Connection, before: list[Row], form: ReadForm, gate: Gate) -> list[dict[str, str]]:
    """What differs from the version accepted before."""
    if not before:
        return []
    rows = fetch(connection, "intake/select_values", sha256=before[-1]["sha256"])
    old = {row["field"]: row["value"] or "" for row in rows}
    new = {field: cell.value or "" for field, cell in form.cells.items()}
    return [
        {"label": _label(gate, cell.key), "old": old.get(cell.key, ""), "new": new.get(cell.key, "")}
        for cell in gate.scheme.cells_of(form.form)
        if old.get(cell.key, "") != new.get(cell.key, "")
    ]


def _label(gate: Gate, key: str) -> str:
    cell = gate.scheme.cell[key]
    return cell.label_with_unit if cell.label_in_errors == cell.label else cell.label_in_errors


def _problem(finding: Finding) -> dict[str, str]:
    """A finding as the mail lists it; a line of a CSV stands where a sheet's name would."""
    return {
        "sheet": finding.sheet or finding.cell,
        "cell": finding.cell if finding.sheet else "",
        "field": finding.label or finding.field,
        "found": finding.found,
        "expected": finding.expected,
        "advice": finding.advice,
    }


def _message_returned(failures: list[Finding]) -> str:
    problems = "；".join(finding.summary for finding in failures)
    return str(answers()["messages"]["returned"].format(count=len(failures), problems=problems))


def _notify(
    connection: Connection,
    case: Case,
    kind: str,
    payload: dict[str, Any],
    attachments: list[tuple[str, str]] | None = None,
) -> None:
    """Put the answer into the outbox: to the sender, else to the unit, else to whoever is in charge at the street."""
    unit, office = _addressees(connection, case)
    recipient = case.sender
    if not recipient and unit is None:
        recipient = (office.inspectors or [""])[0] if case.is_inspection else office.ops_email
    scheme = case.gate.scheme if case.gate else None
    named = {
        "scheme_name": scheme.name if scheme else "",
        "period_name": scheme.period.name if scheme else "",
        "unit_name": unit.name if unit else office.street,
    }
    notify(
        connection, kind, subject=case.id, unit=unit, office=office, recipient=recipient,
        period=str(scheme.period) if scheme else "", due_at=case.received_at,
        payload={**named, "file_name": case.name, "received_at": in_zone(case.received_at).isoformat(), **payload},
        attachments=attachments or [],
    )  # fmt: skip


def _tell_ops(connection: Connection, case: Case) -> None:
    words, (_, office) = answers(), _addressees(connection, case)
    said = {"name": case.name, "received": _moment(case.received_at), "sha256": case.sha256}
    notify(
        connection, "ops_alert", subject=case.id, office=office, due_at=case.received_at,
        payload={"title": words["gave_up_title"], "lines": [line.format(**said) for line in words["gave_up_lines"]]},
    )  # fmt: skip


def _addressees(connection: Connection, case: Case) -> tuple[Unit | None, Office]:
    """The unit that the file names, where it is known, and the office that answers for it."""
    if case.gate is not None and case.gate.street_code:
        return case.gate.unit, office_of(case.gate.street_code, case.gate.street)
    day, unit = in_zone(case.received_at).date(), None
    street_code = only_street(connection) or ""
    if case.sheet is not None:
        unit = find_unit(connection, case.sheet.code, day)
        street_code = unit.street_code if unit else case.sheet.code
    units = units_of(connection, street_code, day)
    return unit, office_of(street_code, units[0].street if units else "")


def _moment(moment: dt.datetime) -> str:
    local = in_zone(moment)
    return f"{chinese_date(local.date())} {local:%H:%M}"
