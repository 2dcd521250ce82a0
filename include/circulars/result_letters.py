"""Numbered letters about a subject's result: drafted once the circular is out, put to the committee in batches, announced."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from include.circulars.circular import Circular
from include.circulars.outcomes import About, OpenItem, Outcome, Outcomes
from include.circulars.told import model_of_letters, told_with
from include.db import sql
from include.documents import announcing
from include.documents.announcing import Files
from include.documents.drafts import canonical, insert_draft, redraft, withdraw_draft
from include.documents.rendering import kind_of
from include.items.deadlines import reply_by, stored
from include.keys import OutcomeKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OpsAlert, ResultLetter
from include.period import chinese_date, in_zone
from include.registry.offices import office_of
from include.registry.units import find_unit
from include.schemes.documents import Document
from include.titles import cited

_NOT_ITS_MATTER = {
    "circular",
    "corrects",
    "scheme_version",
    "as_of",
    "as_of_date",
}  # what alone makes no other letter of one that was issued


def draft_letters(connection: Connection, circular: sql.Row) -> list[str]:
    """The letters that an issued circular brings about, as drafts; the ids of those that are new or say something else now.

    A draft whose subject fits no more is withdrawn; of a letter that was issued operations are told, for a person decides whether it
    is taken back. A subject that was told the same already, or whose letter was sent back
    and would say the same, gets no other; one told otherwise gets another letter, which says that it replaces that one.
    """
    model: Circular = json.loads(circular["model"])
    drafted = _draft_of(connection, circular, model, circular["assessment_id"])
    for _, assessment_id in told_with(connection, model):
        of_told = model_of_letters(connection, model, assessment_id)
        drafted += _draft_of(connection, circular, of_told, assessment_id)
    return drafted


def _draft_of(connection: Connection, circular: sql.Row, model: Circular, assessment_id: str) -> list[str]:
    """The letters of one result that the circular tells of, its own or another system's."""
    made = Outcomes(connection, model, assessment_id, circular["document_number"], circular["issue_date"])
    documents = [one for one in made.scheme.documents if one.is_letter]
    if not documents:
        return []
    known = _known(connection, model)
    drafted = []
    for document in documents:
        outcomes = {one["unit_code"]: one for one in made.of(document)}
        for code, outcome in outcomes.items():
            letter = _with_items(connection, document, outcome)
            if letter_id := _draft(connection, letter, known.get((document.kind, code), [])):
                drafted.append(letter_id)
        for (kind, code), rows in known.items():
            if kind != document.kind or code in outcomes:
                continue
            if rows[-1]["state"] == "draft":
                withdraw_draft(connection, rows[-1]["id"])
            elif rows[-1]["state"] == "issued":
                _tell_untrue(connection, circular, model, rows[-1])
    return drafted


def _tell_untrue(connection: Connection, circular: sql.Row, model: Circular, letter: sql.Row) -> None:
    """Operations are told once of an issued letter that the circular's results speak against."""
    about: Outcome = json.loads(letter["model"])
    lines = [
        f"{cited(about['title'])}（{letter['document_number']}，{chinese_date(letter['issue_date'])}印发）所依据的结果，"
        f"已由{cited(json.loads(circular['model'])['title'])}（{circular['document_number']}）改变，按新的结果不发这种公函。",
        f"需要收回的，请办理 act_withdraw_circular（撤回），公文填 {letter['document_number']}；不收回的，原公函继续有效。",
    ]
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=f"{letter['id']}/不再符合",
            revision=circular["revision"],
            scheme=model["scheme"],
            period=model["period"],
            due_at=circular["approved_at"],
            office=office_of(model["street_code"], model["street"]),
            words=OpsAlert(
                {
                    "title": f"{about['unit']}的{letter['kind']}不再符合更正后的结果",
                    "lines": lines,
                    "what_now": "请报审批机关决定是否收回。",
                }
            ),
        ),
    )


def waiting_letters(connection: Connection, circular: sql.Row) -> list[str]:
    """Drafts of letters about a circular's results about which nobody was asked yet, by id."""
    model: Circular = json.loads(circular["model"])
    keys = dict.fromkeys([model["scheme"], *(told["scheme"] for told in model.get("told", []))])
    rows = [row for key in keys for own in _known(connection, {**model, "scheme": key}).values() for row in own]
    return sorted(row["id"] for row in rows if row["state"] == "draft" and row["asked_at"] is None)


def letters_of(connection: Connection, scheme: str, period: str, street_code: str) -> list[sql.Row]:
    """The newest letter of each kind and subject about a result that is a draft or was issued, by kind and code."""
    known = _known(connection, {"scheme": scheme, "period": period, "street_code": street_code})
    standing = ([row for row in rows if row["state"] != "withdrawn"] for _, rows in sorted(known.items()))
    return [rows[-1] for rows in standing if rows]


def announce_result_letter(connection: Connection, row: sql.Row, model: Outcome, files: Files) -> None:
    """One notice to whom the letter is to; where it asks for a plan, a reply to it is read as that (include/items/plans.py)."""
    unit = find_unit(connection, model["unit_code"], in_zone(row["approved_at"]).date())
    if unit is None:
        return
    days = model["reply_working_days"]
    result = model["results"][0] if model["results"] else None
    words: ResultLetter = {
        **announcing.facts(row, model),
        "unit_name": unit.name,
        "total": result["total"] if result else "",
        "grade": result["grade"] if result else "",
        "items": model["items"],
        "reply_by": reply_by(row["issue_date"], days),
    }
    filed: announcing.Filed = {**announcing.filed(row), "scheme": model["scheme"], "period": model["period"]}
    notice = Notice(
        kind_of(row["kind"]).notice,
        f"{row['id']}/{unit.code}",
        words,
        unit=unit,
        office=office_of(model["street_code"], model["street"]),
        attachments=files,
        asks=model["items"] if days else [],
        **filed,
    )
    notify(connection, notice)


def _known(connection: Connection, model: Any) -> dict[tuple[str, str], list[sql.Row]]:
    """The letters about a result by kind and subject, each in their order."""
    rows = sql.fetch(
        connection, "circulars/select_result_letters", street_code=model["street_code"], period=model["period"]
    )
    found: dict[tuple[str, str], list[sql.Row]] = {}
    keyed = [(OutcomeKey.parse(row["id"]), row) for row in rows if OutcomeKey.is_one(row["id"])]
    for key, row in sorted(keyed, key=lambda one: one[0].number):
        if key.scheme == model["scheme"]:
            found.setdefault((key.kind, key.whom), []).append(row)
    return found


def _draft(connection: Connection, model: Outcome, known: list[sql.Row]) -> str:
    """The id of the draft, where it is new or says something else now; else empty."""
    last = known[-1] if known else None
    if last is not None and last["state"] != "draft":
        before: Outcome = json.loads(last["model"])
        if _matter(before) == _matter(model):
            return ""
        if last["state"] == "issued":
            corrected: About = {
                "title": before["title"],
                "number": last["document_number"],
                "date": chinese_date(last["issue_date"]),
            }
            model["corrects"] = corrected
    text, model_hash = canonical(model)
    if last is not None and last["state"] == "draft":
        if last["model_hash"] == model_hash:
            return ""
        redraft(connection, last["id"], text, model_hash, model["kind"])
        return str(last["id"])
    key = OutcomeKey(model["kind"], model["unit_code"], model["scheme"], model["period"], len(known) + 1)
    own = {"street_code": model["street_code"], "unit_code": model["unit_code"], "period": model["period"]}
    insert_draft(connection, str(key), model["kind"], model, **own)
    return str(key)


def _matter(model: Outcome) -> dict[str, object]:
    return {name: value for name, value in model.items() if name not in _NOT_ITS_MATTER}


def _with_items(connection: Connection, document: Document, model: Outcome) -> Outcome:
    """Where a plan is asked for, with the subject's open items, which the circular has just opened or carried."""
    if not document.plan_working_days:
        return model
    rows = sql.fetch(connection, "circulars/select_unit_items", scheme=model["scheme"], unit_code=model["unit_code"])
    items: list[OpenItem] = [
        {
            "id": row["id"],
            "unit_code": model["unit_code"],
            "indicator": row["indicator"],
            "problem": row["problem"],
            "opened_date": chinese_date(row["opened_date"]),
            "deadline": stored(row).shown,
            "days_overdue": 0,
        }
        for row in rows
    ]
    model["items"] = items
    return model
