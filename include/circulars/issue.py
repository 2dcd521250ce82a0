"""From draft to document: a person approves the hash of the model, then number and date are added, and nothing else.

Everything happens in the caller's transaction: a number is taken for good only together with the document that carries it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection

from include.circulars.draft import archived
from include.circulars.model import Model, deadline_of
from include.circulars.numbers import take_number
from include.circulars.rendering import render
from include.circulars.sheets import build_sheets, render_sheets
from include.db import sql
from include.errors import UserError
from include.intake.archive import store
from include.notices.outbox import notify
from include.period import Period, chinese_date
from include.registry.offices import Office, office_of
from include.registry.units import units_of

NOT_ANNOUNCED = "补办或重跑,未要求发送邮件"
_WRITERS = 8  # the archive syncs every file to disk; several at a time share the wait


def issue(
    connection: Connection,
    circular_id: str,
    approved_by: str,
    approved_at: dt.datetime,
    issue_date: dt.date,
    announce: bool = True,
    expected_model_hash: str = "",
) -> str:
    """Approve and issue; the document number. An issued circular gives its number again and does nothing.

    Raises UserError where the circular does not exist, was withdrawn, or is not the draft that was seen
    (`expected_model_hash`).
    """
    row = _circular(connection, circular_id)
    if row["state"] == "issued":
        return str(row["document_number"])
    _check_draft(row, expected_model_hash)
    taken = sql.execute(
        connection, "circulars/approve_draft", id=circular_id, model_hash=row["model_hash"], approved_by=approved_by,
        approved_at=approved_at, issue_date=issue_date,
    )  # fmt: skip
    if taken == 0:  # somebody else was faster
        return issue(connection, circular_id, approved_by, approved_at, issue_date, announce, expected_model_hash)
    _decide(connection, row, "approval", approved_by, approved_at, "")
    model: Model = json.loads(row["model"])
    office = office_of(model["street_code"], model["street"])
    number = take_number(connection, office.document_prefix, issue_date.year, circular_id)
    files = archived(render(row["kind"], model, number=number, issue_date=issue_date))
    sql.execute(connection, "circulars/issue_approved", id=circular_id, document_number=number, **files)
    sheets = _archive_sheets(connection, row, model, number, issue_date)
    _announce(connection, row, model, office, number, issue_date, approved_at, files, sheets, announce)
    return number


def reject(connection: Connection, circular_id: str, by: str, at: dt.datetime, note: str) -> None:
    """Send a draft back with a note: it stays a draft, the decision is recorded."""
    row = _circular(connection, circular_id)
    _check_draft(row, "")
    _decide(connection, row, "rejection", by, at, note)


def withdraw(connection: Connection, circular_id: str, by: str, at: dt.datetime, note: str) -> None:
    """Take back an issued circular: its number stays taken and is marked 作废."""
    row = _circular(connection, circular_id)
    if sql.execute(connection, "circulars/withdraw_issued", id=circular_id) == 0:
        raise UserError(f"通报“{circular_id}”尚未印发或已撤回,不能作废。")
    sql.execute(connection, "circulars/void_number", circular_id=circular_id)
    _decide(connection, row, "withdrawal", by, at, note)


def _circular(connection: Connection, circular_id: str) -> sql.Row:
    row = sql.fetch_one(connection, "circulars/get_circular", circular_id=circular_id)
    if row is None:
        raise UserError(f"没有编号为“{circular_id}”的通报,请先生成草稿。")
    return row


def _check_draft(row: sql.Row, expected_model_hash: str) -> None:
    if row["state"] != "draft":
        raise UserError(f"通报“{row['id']}”已撤回或已有新的修订,不能再签发;请打开最新的草稿。")
    if expected_model_hash and expected_model_hash != row["model_hash"]:
        raise UserError(f"通报“{row['id']}”的草稿在您审阅之后有了变化,请重新审阅后再签发。")


def _decide(connection: Connection, row: sql.Row, kind: str, by: str, at: dt.datetime, reason: str) -> None:
    """Record the act; the draft it was about is named by the circular's id and the hash of its model."""
    fields = {
        "kind": kind, "scheme": row["scheme"], "period": row["period"], "field": row["id"], "value": row["model_hash"],
        "reason": reason, "decided_by": by,
    }  # fmt: skip
    key = json.dumps([*fields.values(), at.astimezone(dt.UTC).isoformat()], ensure_ascii=False)
    sql.execute(
        connection, "circulars/insert_decision", id=hashlib.sha256(key.encode()).hexdigest(), decided_at=at, **fields
    )


def _archive_sheets(
    connection: Connection, row: sql.Row, model: Model, number: str, issue_date: dt.date
) -> dict[str, tuple[str, str]]:
    """Each community's own sheet, kept: file name and hash by unit code."""
    models = build_sheets(connection, model, row["assessment_id"])
    sheets = render_sheets(list(models.values()), number=number, issue_date=issue_date)
    with ThreadPoolExecutor(_WRITERS) as pool:
        hashes = pool.map(store, [sheet.content for sheet in sheets])
        return {sheet.unit_code: (sheet.file_name, sha256) for sheet, sha256 in zip(sheets, hashes, strict=True)}


def _announce(
    connection: Connection, row: sql.Row, model: Model, office: Office, number: str, issue_date: dt.date,
    approved_at: dt.datetime, files: dict[str, str | None], sheets: dict[str, tuple[str, str]], announce: bool,
) -> None:  # fmt: skip
    """One notice to each unit of the street and one to the committee, each with the documents, a unit's with its sheet."""
    attachments = [
        (f"{model['title']}.{ending}", sha256)
        for ending in ("docx", "pdf")
        if (sha256 := files[f"{ending}_sha256"]) is not None
    ]
    common: dict[str, Any] = {
        "revision": row["revision"], "period": row["period"], "due_at": approved_at,
        "is_enabled": announce, "reason": "" if announce else NOT_ANNOUNCED,
    }  # fmt: skip
    facts = {"title": model["title"], "document_number": number, "issue_date": chinese_date(issue_date)}
    results = {entry["unit_code"]: entry for entry in model["rows"]}
    units = units_of(connection, row["street_code"], Period.parse(row["period"]).end_date)
    for unit in units:
        result = results.get(unit.code, {})
        payload = {
            **facts,
            "unit_name": unit.name,
            "total": result.get("total") or None,
            "rank": result.get("rank"),
            "grade": result.get("grade") or "",
            "status": result.get("status") or "",
            "problems": _problems_of(model, unit.code, issue_date),
        }
        notify(
            connection, "circular", subject=f"{row['id']}/{unit.code}", unit=unit, office=office, payload=payload,
            attachments=[*attachments, *([sheets[unit.code]] if unit.code in sheets else [])], **common,
        )  # fmt: skip
    summary: dict[str, Any] = {
        "unit_name": office.committee_name,
        "total": None,
        "rank": None,
        "grade": "",
        "status": "",
        "problems": [],
    }
    notify(
        connection, "circular", subject=row["id"], office=office, payload={**facts, **summary}, attachments=attachments,
        **common,
    )  # fmt: skip


def _problems_of(model: Model, unit_code: str, issue_date: dt.date) -> list[dict[str, str]]:
    return [
        {
            "problem": item["problem"],
            "deadline": chinese_date(deadline_of(item, issue_date)),
        }
        for item in model["items"]
        if item["unit_code"] == unit_code
    ]
