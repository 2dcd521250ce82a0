"""Who is told what of an arrival: the addressees of its notice, and what the notice says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath

from sqlalchemy import Connection

from include.db import sql
from include.intake.accepted import accepted_versions, values_of
from include.intake.cases import Case
from include.intake.evidence import evidence_of
from include.intake.judging import Gate, answers
from include.intake.merging import Merge
from include.intake.read_form import Correction, ReadForm, read_values
from include.intake.row_photos import photos_open
from include.items.replies import Reply
from include.ledgers.keeping import Kept
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import EvidenceFound, FileRefused, OfArrival, OpsAlert, ReplyUnclear, Rows
from include.period import at_latest_now, chinese_date, in_zone
from include.post import mail_parts
from include.post.sender_trust import FORGED, OWN
from include.post.unanswered import list_for_ops, may_be_refused
from include.registry.offices import Office, office_of, office_on
from include.registry.units import Unit, find_unit, only_street
from include.validation.findings import Finding


def figures(form: ReadForm, gate: Gate) -> list[dict[str, str]]:
    """The figures as they were read, in the order of the form; optional ones that are empty are left out. Of a sheet that
    rates how many subjects are rated, and how many are not."""
    if form.form in gate.scheme.rating_forms:
        rated = {field.rpartition("/")[0] for field, value in read_values(form.cells).items() if value is not None}
        words = answers()["rated"]
        counts = {"rated": len(rated), "empty": len(form.subjects.keys() - rated)}
        return [{"label": words[key], "value": str(count)} for key, count in counts.items()]
    return [
        {"label": _label(gate, cell.key), "value": _figure(gate, cell.key, form.cells[cell.key].value)}
        for cell in gate.scheme.cells_of(form.form)
        if cell.key in form.cells and form.cells[cell.key].value is not None
    ]


def rows_figures(form: ReadForm, gate: Gate, kept: Kept) -> list[dict[str, str]]:
    """How many rows a sheet has, and what they changed in its ledger."""
    words = answers()["rows_kept"]
    rows = gate.scheme.row_forms[form.form].rows
    assert rows is not None
    if not form.subjects:
        return [{"label": words["nothing"].format(nothing=rows.nothing), "value": words["ticked"]}]
    counts = {
        "rows": len(form.subjects),
        "new": len(kept.new),
        "changed": len(kept.changed),
        "ended": len(kept.ended),
        "unchanged": kept.unchanged,
    }
    return [{"label": words[key].format(noun=rows.noun), "value": str(count)} for key, count in counts.items() if count]


def corrected(connection: Connection, corrections: list[Correction], gate: Gate) -> list[dict[str, str]]:
    """The inspectors' figures, each beside the one that the unit reported last; empty where it reported none."""
    rows = []
    for one in corrections:
        cell = gate.scheme.cell[one.field]
        accepted = accepted_versions(connection, gate.scheme, cell.form, one.unit_code)
        values = values_of(connection, accepted[-1]["sha256"]) if accepted else {}
        old = values.get(one.field) or ""
        label = f"{one.unit_name} {_label(gate, one.field)}"
        rows.append({"label": label, "old": _figure(gate, one.field, old), "new": _figure(gate, one.field, one.value)})
    return rows


def changes(connection: Connection, before: list[sql.Row], form: ReadForm, gate: Gate) -> list[dict[str, str]]:
    """What differs from the version accepted before."""
    if not before:
        return []
    old = {field: value or "" for field, value in values_of(connection, before[-1]["sha256"]).items()}
    new = {field: value or "" for field, value in read_values(form.cells).items()}
    return [
        {
            "label": _label(gate, cell.key),
            "old": _figure(gate, cell.key, old.get(cell.key)),
            "new": _figure(gate, cell.key, new.get(cell.key)),
        }
        for cell in gate.scheme.cells_of(form.form)
        if old.get(cell.key, "") != new.get(cell.key, "")
    ]


def taken_over(merge: Merge | None, gate: Gate) -> list[dict[str, str]]:
    """What a merged version took over from earlier ones, beside what the file itself says there."""
    if merge is None:
        return []
    words = answers()["merging"]
    return [
        {
            "label": _label(gate, key),
            "value": _figure(gate, key, one.cell.value) or words["empty"],
            "origin": words["origin"].format(version=one.version, who=one.who),
            "own": _figure(gate, key, one.own.value) or words["empty"],
        }
        for key, one in merge.taken.items()
    ]


def _figure(gate: Gate, key: str, value: str | None) -> str:
    """A figure as people write it: yuan with two decimals."""
    try:
        return f"{Decimal(value):.2f}" if value and gate.scheme.cell[key].type == "yuan" else value or ""
    except InvalidOperation:
        return value or ""


def _label(gate: Gate, key: str) -> str:
    cell = gate.scheme.cell[key]
    return cell.label_with_unit if cell.label_in_errors == cell.label else cell.label_in_errors


def problem(finding: Finding) -> dict[str, str]:
    """A finding as the mail lists it; a line of a CSV stands where a sheet's name would."""
    return {
        "sheet": finding.sheet or finding.cell,
        "cell": finding.cell if finding.sheet else "",
        "field": finding.label or finding.field,
        "found": finding.found,
        "expected": finding.expected,
        "advice": finding.advice,
    }


def message_returned(failures: list[Finding]) -> str:
    problems = "；".join(finding.summary for finding in failures)
    return str(answers()["messages"]["returned"].format(count=len(failures), problems=problems))


def message_refused(problems: Sequence[str]) -> str:
    return str(answers()["messages"]["refused"].format(problems="；".join(p.rstrip("。") for p in problems)))


def message_of_notes(notes: Sequence[str]) -> str:
    """What was taken although it should be looked at; empty where nothing was."""
    return str(answers()["messages"]["notes"].format(notes="；".join(notes))) if notes else ""


def explain_reply(connection: Connection, case: Case, reply: Reply) -> None:
    """How to answer by mail; to a mere thank-you once, however many come."""
    subject = f"courtesy/{reply.asked.mail_id}" if reply.is_courtesy else case.id
    items = reply.asked.items
    words: ReplyUnclear = {**said_of(connection, case), "problems": case.refusals, "items": items}
    tell(connection, case, "rectification_unclear", words, subject=subject, asks=items)


def tell_refused(connection: Connection, case: Case, problems: Sequence[str]) -> None:
    """Why the file could not be read or taken."""
    words: FileRefused = {**said_of(connection, case), "problems": problems}
    tell(connection, case, "refused", words)


def said_of(connection: Connection, case: Case) -> OfArrival:
    """What every answer says of the case."""
    unit, office = addressees(connection, case)
    scheme = case.gate.scheme if case.gate else None
    words: OfArrival = {
        "scheme_name": scheme.name if scheme else "",
        "period_name": scheme.period.name if scheme else "",
        "unit_name": unit.name if unit else office.street,
        "file_name": case.name,
        "received_at": in_zone(case.received_at).isoformat(),
    }
    if case.is_sender_unproved:
        words["is_unproved"] = True
    return words


def tell(
    connection: Connection,
    case: Case,
    kind: str,
    words: OfArrival,
    attachments: Sequence[tuple[str, str]] = (),
    subject: str = "",
    asks: Rows = (),
) -> None:
    """Put the answer into the outbox: to the sender, else to the unit, else to whoever is in charge at the street."""
    unit, office = addressees(connection, case)
    recipient = case.sender
    if not recipient and unit is None:
        recipient = (office.inspectors or [""])[0] if case.is_inspection else office.ops_email
    scheme = case.gate.scheme if case.gate else None
    notice = Notice(
        kind,
        subject or case.id,
        words,
        at_latest_now(case.received_at),
        unit=unit,
        office=office,
        recipient=recipient,
        scheme=scheme.scheme if scheme else "",
        period=str(scheme.period) if scheme else "",
        attachments=attachments,
        asks=asks,
        bundle=case.part_of or (case.id if case.packet else ""),
    )
    notify(connection, notice)


def may_be_told(connection: Connection, case: Case) -> bool:
    """Whether the sender is told that something is refused: within the day's limit, or with a sheet, or of an item."""
    if case.sender_trust == OWN or not case.sender:
        return True
    if case.sender_trust != FORGED:
        is_sheet = PurePosixPath(case.name).suffix.lower() in mail_parts.rules().sheets
        if is_sheet or (case.reply is not None and case.reply.is_named):
            return True
    return may_be_refused(connection, case.sender, case.received_at)


def list_refused(connection: Connection, case: Case) -> None:
    """The refusals of a sender beyond the day's limit are told to ops alone, in the next morning's mail."""
    _, office = addressees(connection, case)
    list_for_ops(
        connection, "refused", sender=case.sender, about=case.name, names=[case.name], sha256=case.sha256,
        office=office, at=case.received_at,
    )  # fmt: skip


def evidence_received(connection: Connection, case: Case) -> EvidenceFound:
    """The evidence of the case's hand-in for its notice; empty where it is no form of a known unit."""
    gate, form = case.gate, case.form
    if gate is None or form is None or gate.unit is None:
        return {"evidence": [], "evidence_open": []}
    cells = case.merge.cells if case.merge is not None else form.cells
    values = read_values(cells) if gate.scheme.evidence else {}
    found = evidence_of(connection, gate.scheme, gate.unit.code, values)
    found["evidence_open"] += photos_open(gate.scheme, form.form, form.subjects, values, found["evidence"])
    return found


def tell_ops(connection: Connection, case: Case) -> None:
    words, (_, office) = answers(), addressees(connection, case)
    said = {"name": case.name, "received": shown_moment(case.received_at), "sha256": case.sha256}
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=case.id,
            office=office,
            due_at=at_latest_now(case.received_at),
            words=OpsAlert(
                {"title": words["gave_up_title"], "lines": [line.format(**said) for line in words["gave_up_lines"]]}
            ),
        ),
    )


def tell_ops_of_unproved(connection: Connection, case: Case) -> None:
    """Once a day and sender, however many come."""
    words, (_, office) = answers()["proof"], addressees(connection, case)
    sender = case.sender or words["inbox"]
    said = {"name": case.name, "sender": sender, "received": shown_moment(case.received_at), "sha256": case.sha256}
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=f"unproved/{case.sender}",
            stage=str(in_zone(case.received_at).date()),
            office=office,
            due_at=case.received_at,
            words=OpsAlert(
                {"title": words["title"].format(**said), "lines": [line.format(**said) for line in words["lines"]]}
            ),
        ),
    )


def addressees(connection: Connection, case: Case) -> tuple[Unit | None, Office]:
    """The unit that the file names, where it is known, and the office that answers for it."""
    if case.gate is not None and case.gate.street_code:
        return case.gate.unit, office_of(case.gate.street_code, case.gate.street)
    day, unit = in_zone(case.received_at).date(), None
    street_code = only_street(connection) or next(iter(case.streets.split()), "")
    code = case.sheet.code if case.sheet else case.reply.asked.unit_code if case.reply else ""
    code = case.packet.unit_code if case.packet else code
    if code:
        unit = find_unit(connection, code, day)
        street_code = unit.street_code if unit else code
    return unit, office_on(connection, street_code, day)


def shown_moment(moment: dt.datetime) -> str:
    local = in_zone(moment)
    return f"{chinese_date(local.date())} {local:%H:%M}"
