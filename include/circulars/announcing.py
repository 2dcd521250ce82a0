"""Who is told of an issued document, and with what: communities, the committee, and the offices named under 抄送."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection

from include.circulars.draft import archived
from include.circulars.model import Model, deadline_of
from include.circulars.rendering import Kind, kind_of, render
from include.db import sql
from include.outbox.outbox import notify
from include.period import Period, add_working_days, chinese_date, in_zone
from include.registry.offices import office_of
from include.registry.units import Unit, find_unit, units_of

NOT_ANNOUNCED = "补办或重跑，未要求发送邮件"

Files = list[tuple[str, str]]  # file name, SHA-256 in the archive


def announce_circular(
    connection: Connection, row: sql.Row, model: Model, files: Files, sheets: dict[str, tuple[str, str]], announce: bool
) -> None:
    """One notice to each unit of the street with its own sheet, one to the committee, one to each office under 抄送.

    A result is of the unit as it was at the period's end; its mail goes to who is in office when the circular is issued.
    `row` is the issued circular, `files` the documents, `sheets` file name and hash by unit.
    """
    office = office_of(row["street_code"], model["street"])
    common = _common(row, announce) | {"office": office}
    facts = _facts(row, model)
    results = {entry["unit_code"]: entry for entry in model["rows"]}
    for unit in units_of(connection, row["street_code"], Period.parse(row["period"]).end_date):
        result = results.get(unit.code, {})
        payload = {
            **facts,
            "unit_name": unit.name,
            "total": result.get("total") or None,
            "rank": result.get("rank"),
            "grade": result.get("grade") or "",
            "status": result.get("status") or "",
            "problems": _problems_of(model, unit.code, row["issue_date"]),
        }
        addressed = find_unit(connection, unit.code, row["issue_date"]) or unit
        notify(
            connection, "circular", subject=f"{row['id']}/{unit.code}", unit=addressed, payload=payload,
            attachments=[*files, *([sheets[unit.code]] if unit.code in sheets else [])], **common,
        )  # fmt: skip
    whole: dict[str, Any] = {**facts, "total": None, "rank": None, "grade": "", "status": "", "problems": []}
    notify(
        connection, "circular", subject=row["id"], payload={**whole, "unit_name": office.committee_name},
        attachments=files, **common,
    )  # fmt: skip
    addresses = {copied.name: copied.email for copied in office.copied_to}
    for name in model["copied_to"]:
        notify(
            connection, "circular", subject=f"{row['id']}/抄送/{name}", recipient=addresses.get(name, ""),
            recipient_role="copied", payload={**whole, "unit_name": name}, attachments=files, **common,
        )  # fmt: skip


def announce_letter(connection: Connection, row: sql.Row, model: Model, files: Files, announce: bool) -> None:
    """One notice to the unit that the letter is to; of a letter to all, one to each unit and one to the committee."""
    kind = kind_of(row["kind"])
    notice, office = kind.notice, office_of(row["street_code"], model["street"])
    common = _common(row, announce) | {"office": office}
    facts: dict[str, Any] = {
        **_facts(row, model),
        **{name: model[name] for name in ("meeting", "meeting_time", "place") if name in model},
        "topics": [topic["problem"] for topic in model.get("agenda", [])],
        "reply_by": chinese_date(add_working_days(row["issue_date"], model["reply_working_days"])),
    }
    for unit in _addressed(connection, row):
        payload = {**facts, "unit_name": unit.name, "items": _items_of(model, unit.code, kind)}
        notify(
            connection, notice, subject=f"{row['id']}/{unit.code}", unit=unit, payload=payload, attachments=files, **common
        )  # fmt: skip
    if not row["unit_code"]:
        payload = {**facts, "unit_name": office.committee_name, "items": []}
        notify(connection, notice, subject=row["id"], payload=payload, attachments=files, **common)


def briefing_files(row: sql.Row, model: Model) -> Files:
    """The paper that goes with the document where kinds.yaml names one, archived: the agenda's problems, unit by unit."""
    kind = kind_of(row["kind"]).briefing
    if not kind:
        return []
    title = f"{model['meeting']}材料"
    made = archived(render(kind, {**model, "title": title}, issue_date=row["issue_date"]))
    return attached(title, made)


def attached(title: str, files: dict[str, str | None]) -> Files:
    """Word and PDF as people get them, of `files` by column."""
    return [(f"{title}.{ending}", sha256) for ending in ("docx", "pdf") if (sha256 := files[f"{ending}_sha256"])]


def _addressed(connection: Connection, row: sql.Row) -> list[Unit]:
    on = in_zone(row["approved_at"]).date()
    if not row["unit_code"]:
        return units_of(connection, row["street_code"], on)
    unit = find_unit(connection, row["unit_code"], on)
    return [unit] if unit else []


def _common(row: sql.Row, announce: bool) -> dict[str, Any]:
    return {
        "revision": row["revision"],
        "period": row["period"],
        "due_at": row["approved_at"],
        "is_enabled": announce,
        "reason": "" if announce else NOT_ANNOUNCED,
    }


def _facts(row: sql.Row, model: Model) -> dict[str, Any]:
    return {
        "title": model["title"],
        "kind": row["kind"],
        "document_number": row["document_number"],
        "issue_date": chinese_date(row["issue_date"]),
    }


def _items_of(model: Model, unit_code: str, kind: Kind) -> list[dict[str, Any]]:
    """The unit's items for its mail; with their ids a reply to it is read (include/items/replies.py)."""
    names = ["indicator", "problem", "deadline", "days_overdue", *(["id"] if kind.is_answered_by_mail else [])]
    return [{name: item[name] for name in names} for item in model["items"] if item["unit_code"] == unit_code]


def _problems_of(model: Model, unit_code: str, issue_date: dt.date) -> list[dict[str, str]]:
    return [
        {
            "problem": item["problem"],
            "deadline": deadline_of(item, issue_date).shown,
        }
        for item in model["items"]
        if item["unit_code"] == unit_code
    ]
