"""Who is told of an issued letter, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.documents import announcing
from include.documents.announcing import Files
from include.documents.rendering import Kind, kind_of
from include.items.deadlines import reply_by
from include.letters.letter import Letter
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import LetterIssued
from include.period import in_zone
from include.registry.offices import office_of
from include.registry.units import Unit, find_unit, units_of


def announce_letter(connection: Connection, row: sql.Row, model: Letter, files: Files) -> None:
    """One notice to the unit that the letter is to; of a letter to all, one to each unit and one to the committee."""
    kind = kind_of(row["kind"])
    office = office_of(row["street_code"], model["street"])
    addresses = {one.name: one.email for one in office.copied_to}
    words = _words(row, model, office.committee_name, [])
    whole = Notice(kind.notice, row["id"], words, office=office, attachments=files, **announcing.filed(row))
    for unit in _addressed(connection, row):
        items = _items_of(model, unit.code, kind)
        own = replace(whole, subject=f"{row['id']}/{unit.code}", words=_words(row, model, unit.name, items), unit=unit)
        notify(connection, replace(own, asks=items) if kind.is_answered_by_mail else own)
        for name in model["copied_to"] if kind.is_copied_by_mail else []:
            copied = replace(own, subject=f"{row['id']}/抄送/{name}", unit=None, recipient_role="copied")
            notify(connection, replace(copied, recipient=addresses.get(name, "")))
    if not row["unit_code"]:
        notify(connection, whole)


def _words(row: sql.Row, model: Letter, unit_name: str, items: list[dict[str, Any]]) -> LetterIssued:
    talk = model.get("talk", {})
    return {
        **announcing.facts(row, model),
        "meeting": model.get("meeting", ""),
        "meeting_time": model.get("meeting_time", ""),
        "place": model.get("place", ""),
        "topics": [topic["problem"] for topic in model.get("agenda", [])],
        "talk": talk,
        "talk_day": reply_by(row["issue_date"], talk["working_days"]) if talk else "",
        "reply_by": reply_by(row["issue_date"], model["reply_working_days"]),
        "unit_name": unit_name,
        "items": items,
    }


def _addressed(connection: Connection, row: sql.Row) -> list[Unit]:
    on = in_zone(row["approved_at"]).date()
    if not row["unit_code"]:
        return units_of(connection, row["street_code"], on)
    unit = find_unit(connection, row["unit_code"], on)
    return [unit] if unit else []


def _items_of(model: Letter, unit_code: str, kind: Kind) -> list[dict[str, Any]]:
    """The unit's items for its mail; with their ids a reply to it is read (include/items/replies.py). Steps as all notices of
    steps list them."""
    names = ["indicator", "problem", "deadline", "days_overdue", *(["id"] if kind.is_answered_by_mail else [])]
    own: list[Mapping[str, Any]] = [item for item in model["items"] if item["unit_code"] == unit_code]
    return [
        {**item["told"], "days_left": -item["days_overdue"]} if "told" in item else {name: item[name] for name in names}
        for item in own
    ]
