"""Who is told of an issued letter, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.documents import announcing
from include.documents.announcing import Files
from include.documents.rendering import Kind, kind_of
from include.items.deadlines import reply_by
from include.letters.letter import Letter
from include.outbox.outbox import notify
from include.period import in_zone
from include.registry.offices import office_of
from include.registry.units import Unit, find_unit, units_of


def announce_letter(connection: Connection, row: sql.Row, model: Letter, files: Files, announce: bool) -> None:
    """One notice to the unit that the letter is to; of a letter to all, one to each unit and one to the committee."""
    kind = kind_of(row["kind"])
    notice, office = kind.notice, office_of(row["street_code"], model["street"])
    common = announcing.common(row, announce) | {"office": office}
    facts: dict[str, Any] = {
        **announcing.facts(row, model),
        **{name: said for name, said in model.items() if name in ("meeting", "meeting_time", "place")},
        "topics": [topic["problem"] for topic in model.get("agenda", [])],
        "reply_by": reply_by(row["issue_date"], model["reply_working_days"]),
    }
    if "talk" in model:
        facts |= {"talk": model["talk"], "talk_day": reply_by(row["issue_date"], model["talk"]["working_days"])}
    for unit in _addressed(connection, row):
        items = _items_of(model, unit.code, kind)
        notify(
            connection, notice, subject=f"{row['id']}/{unit.code}", unit=unit, attachments=files,
            payload={**facts, "unit_name": unit.name, "items": items}, asks=items if kind.is_answered_by_mail else [], **common,
        )  # fmt: skip
        if kind.is_copied_by_mail:
            addresses = {one.name: one.email for one in office.copied_to}
            for name in model["copied_to"]:
                notify(
                    connection, notice, subject=f"{row['id']}/抄送/{name}", recipient=addresses.get(name, ""),
                    recipient_role="copied", payload={**facts, "unit_name": unit.name, "items": items}, attachments=files, **common,
                )  # fmt: skip
    if not row["unit_code"]:
        payload = {**facts, "unit_name": office.committee_name, "items": []}
        notify(connection, notice, subject=row["id"], payload=payload, attachments=files, **common)


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
