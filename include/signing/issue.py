"""From draft to document: a person approves the hash of the model, then number and date are added, and nothing else.

Circulars and letters alike. Everything happens in the caller's transaction: a number is taken for good only together
with the document that carries it.
"""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import Connection

from include.archive.contents import store
from include.db import sql
from include.decisions import record
from include.documents.announcing import Files, attached, briefing_files
from include.documents.drafts import archived, withdraw_draft
from include.documents.finding import get_circular
from include.documents.model import Model
from include.documents.numbers import take_number
from include.documents.rendering import render
from include.documents.sources import archive_sources
from include.errors import UserError
from include.registry.offices import office_of
from include.signing.kinds import behaviour_of


def issue(
    connection: Connection,
    circular_id: str,
    approved_by: str,
    approved_at: dt.datetime,
    issue_date: dt.date,
    expected_model_hash: str = "",
    account: str = "",
) -> str:
    """Approve and issue; the document number (empty where its kind has none). An issued document gives its number again and does nothing.

    Whether the committee has approved is for the caller to know (include/steps/approvals.py); `account` is the login that did.

    Raises UserError where the document does not exist, was withdrawn, or is not the draft that was seen
    (`expected_model_hash`).
    """
    row = get_circular(connection, circular_id)
    if row["state"] == "issued":
        return str(row["document_number"])
    _check_draft(row, expected_model_hash)
    taken = sql.execute(
        connection, "signing/approve_draft", id=row["id"], model_hash=row["model_hash"], approved_by=approved_by,
        approved_at=approved_at, issue_date=issue_date, account=account,
    )  # fmt: skip
    if taken == 0:  # somebody else was faster
        return issue(connection, circular_id, approved_by, approved_at, issue_date, expected_model_hash, account)
    _decide(connection, row, "approval", approved_by, approved_at, "", account)
    store(row["model"].encode())  # under the hash that was approved: a letter is rebuilt from it
    model: Model = json.loads(row["model"])
    office = office_of(model["street_code"], model["street"])
    behaviour = behaviour_of(row["kind"])
    is_numbered = behaviour.is_numbered
    number = take_number(connection, office.document_prefix, issue_date.year, row["id"]) if is_numbered else ""
    files = archived(render(row["kind"], model, number=number, issue_date=issue_date))
    row |= {
        "document_number": number,
        "issue_date": issue_date,
        "approved_by": approved_by,
        "approved_at": approved_at,
        "account": account,
    }
    documents = attached(model["title"], files) + briefing_files(row, model)
    enclosures = behaviour.enclosures(connection, row, model)
    manifest = _archive_manifest(
        row, model, files, [*documents, *(file for own in enclosures.values() for file in own)]
    )
    sql.execute(
        connection, "signing/issue_approved", id=row["id"], document_number=number, manifest_sha256=manifest, **files
    )
    behaviour.announced(connection, row, model, documents, enclosures)
    return number


def reject(connection: Connection, circular_id: str, by: str, at: dt.datetime, note: str, account: str = "") -> None:
    """Send a draft back with a note; the decision is recorded. Where its kind does not end with that, it stays a draft,
    about which nobody is asked until it is submitted again; else it is withdrawn."""
    row = get_circular(connection, circular_id)
    _check_draft(row, "")
    _decide(connection, row, "rejection", by, at, note, account)
    sql.execute(connection, "signing/mark_sent_back", id=row["id"])
    if behaviour_of(row["kind"]).ends_when_rejected:
        withdraw_draft(connection, row["id"])


def resubmit(connection: Connection, circular_id: str, by: str, at: dt.datetime, reason: str) -> None:
    """Record that a circular which was sent back is to be asked about again. Raises UserError where it is no draft."""
    row = get_circular(connection, circular_id)
    _check_draft(row, "")
    _decide(connection, row, "resubmission", by, at, reason, by)


def record_drafting(connection: Connection, letter_id: str, by: str, at: dt.datetime, reason: str) -> None:
    """Record who had a letter drafted. The same text again, by the same login, is no other act."""
    row = get_circular(connection, letter_id)
    known = sql.fetch_one(connection, "signing/select_drafter", circular_id=letter_id)
    if known is None or (known["account"], known["value"]) != (by, row["model_hash"]):
        _decide(connection, row, "drafting", by, at, reason, by)


def withdraw(connection: Connection, circular_id: str, by: str, at: dt.datetime, note: str) -> None:
    """Take back an issued document, named by its id or number: the number stays taken and is marked 作废."""
    row = get_circular(connection, circular_id.strip())
    if sql.execute(connection, "signing/withdraw_issued", id=row["id"]) == 0:
        why = (
            "已经撤回，不用再办"
            if row["state"] == "withdrawn"
            else "还没有印发，不能撤回：不同意印发的，请在待签发的任务里退回"
        )
        raise UserError(f"{row['kind']}“{circular_id}”{why}。")
    sql.execute(connection, "signing/void_number", circular_id=row["id"])
    _decide(connection, row, "withdrawal", by, at, note, by)


def _check_draft(row: sql.Row, expected_model_hash: str) -> None:
    if row["state"] != "draft":
        raise UserError(f"{row['kind']}“{row['id']}”已撤回或已有新的修订，不能再签发；请打开最新的草稿。")
    if expected_model_hash and expected_model_hash != row["model_hash"]:
        raise UserError(f"{row['kind']}“{row['id']}”的草稿在您审阅之后有了变化，请重新审阅后再签发。")


def _decide(
    connection: Connection, row: sql.Row, kind: str, by: str, at: dt.datetime, reason: str, account: str
) -> None:
    """Record the act; the draft it was about is named by the document's id and the hash of its model."""
    about = {"scheme": row["scheme"], "period": row["period"], "field": row["id"], "value": row["model_hash"]}
    record(
        connection, {"kind": kind, **about, "reason": reason, "decided_by": by, "decided_at": at, "account": account}
    )


def _archive_manifest(row: sql.Row, model: Model, files: dict[str, str | None], attachments: Files) -> str:
    """What was issued under a number: by whom, when, from which model and texts, each file by its hash. Archived; its own hash."""
    manifest = {
        "document_number": row["document_number"],
        "kind": row["kind"],
        "title": model["title"],
        "circular_id": row["id"],
        "model_sha256": row["model_hash"],
        "approved_by": row["approved_by"],
        "account": row["account"],
        "approved_at": row["approved_at"].astimezone(dt.UTC).isoformat(),
        "issue_date": row["issue_date"].isoformat(),
        "sources": archive_sources(model["scheme"]),
        "files": {f"{model['title']}.html": files["html_sha256"], **dict(attachments)},
    }
    return store((json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode())
