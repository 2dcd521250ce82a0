"""Letters about open items: 督办通知单, 整改通知书, 联席会议通知. Their facts come from the rectification list."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection

from include.circulars.draft import archived, canonical
from include.circulars.model import Model
from include.circulars.numbers import take_number
from include.circulars.rendering import kind_of, render
from include.db import sql
from include.errors import UserError
from include.period import Period, chinese_date, in_zone
from include.registry.offices import office_of
from include.registry.units import Unit
from include.schemes.loader import load_scheme

SUPERVISION = "督办通知单"
RECTIFICATION = "整改通知书"
JOINT_MEETING = "联席会议通知"
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Letter:
    """An issued letter: its number and title, the hashes of its files by column (docx_sha256 …), warnings in Chinese."""

    number: str
    title: str
    files: dict[str, str | None]
    warnings: list[str]


def supervision(connection: Connection, unit: Unit, on: dt.date) -> Model:
    """The facts of a 督办通知单: the unit's items that are overdue on a day. Raises UserError where it has none."""
    items = [item for item in _items(connection, unit.street_code, on, unit.code) if item["days_overdue"]]
    if not items:
        raise UserError(f"{unit.name}在{chinese_date(on)}没有逾期的整改事项,不能下发督办通知单。")
    return {**_frame(SUPERVISION, unit.street_code, unit.street, on, unit=unit.name), "items": items}


def rectification(connection: Connection, unit: Unit, on: dt.date) -> Model:
    """The facts of a 整改通知书: all open items of the unit. Raises UserError where it has none."""
    items = _items(connection, unit.street_code, on, unit.code)
    if not items:
        raise UserError(f"{unit.name}在{chinese_date(on)}没有需要整改的问题,不能下发整改通知书。")
    return {**_frame(RECTIFICATION, unit.street_code, unit.street, on, unit=unit.name), "items": items}


def joint_meeting(
    connection: Connection, street_code: str, on: dt.date, *, meeting: str, meeting_at: dt.datetime, place: str
) -> Model:
    """The facts of a 联席会议通知: when and where `meeting` is held, and its agenda from the street's open problems."""
    street = sql.fetch_one(connection, "circulars/get_street", street_code=street_code, on_date=on)
    items = _items(connection, street_code, on)
    return {
        **_frame(JOINT_MEETING, street_code, (street or {}).get("street") or "", on, meeting=meeting),
        "meeting": meeting,
        "meeting_time": _spoken(meeting_at),
        "place": place,
        "items": items,
        "agenda": _agenda(items),
    }


def issue_letter(connection: Connection, kind: str, model: Model, issue_date: dt.date) -> Letter:
    """Take a number, render and archive, in the caller's transaction. The same letter of the same day is one letter."""
    office = office_of(model["street_code"], model["street"])
    document_id = f"{kind}/{canonical({**model, 'issue_date': issue_date.isoformat()})[1]}"
    number = take_number(connection, office.document_prefix, issue_date.year, document_id)
    rendered = render(kind, model, number=number, issue_date=issue_date)
    return Letter(number, model["title"], archived(rendered), rendered.warnings)


def _frame(kind: str, street_code: str, street: str, on: dt.date, **named: str) -> Model:
    """Who writes; title, copies and days to answer as kinds.yaml has them."""
    office, texts = office_of(street_code, street), kind_of(kind)
    return {
        "scheme": "",
        "title": texts.title.format(**named),
        "street": street,
        "street_code": street_code,
        "committee_name": office.committee_name,
        "sign_name": office.sign_name,
        "printed_by": office.printed_by,
        "copied_to": [name.format(**named) for name in texts.copied_to],
        "reply_working_days": texts.reply_working_days,
        "as_of_date": on.isoformat(),
        "as_of": chinese_date(on),
        **named,
    }


def _items(connection: Connection, street_code: str, on: dt.date, unit_code: str = "") -> list[Model]:
    rows = sql.fetch(connection, "circulars/list_open_items", street_code=street_code, on_date=on)
    return [
        {
            "scheme": row["scheme"],
            "unit": row["unit"],
            "indicator": row["indicator"],
            "problem": row["problem"],
            "heading": _heading(row),
            "opened_date": chinese_date(row["opened_date"]),
            "deadline": chinese_date(row["deadline"]),
            "days_overdue": max(0, (on - row["deadline"]).days),
        }
        for row in rows
        if unit_code in ("", row["unit_code"])
    ]


def _heading(row: sql.Row) -> str:
    """The problem as the scheme words it, without the details of one unit."""
    scheme = load_scheme(row["scheme"], Period.parse(row["opened_period"]))
    if row["indicator"] == scheme.missing.code:
        return scheme.missing.problem
    texts = {one.code: one.problem.text for one in scheme.indicators if one.problem}
    return texts.get(row["indicator"], str(row["problem"]))


def _agenda(items: list[Model]) -> list[Model]:
    """Open problems as topics: what is overdue in most communities first, then what most have."""
    topics: dict[tuple[str, str], list[Model]] = defaultdict(list)
    for item in items:
        topics[item["scheme"], item["indicator"]].append(item)
    agenda = [
        {
            "problem": own[0]["heading"],
            "units": list(dict.fromkeys(item["unit"] for item in own)),
            "overdue": len({item["unit"] for item in own if item["days_overdue"]}),
        }
        for _, own in sorted(topics.items())
    ]
    return sorted(agenda, key=lambda topic: (-topic["overdue"], -len(topic["units"])))


def _spoken(moment: dt.datetime) -> str:
    """2026年9月25日(星期五)9时30分."""
    local = in_zone(moment)
    minutes = f"{local.minute}分" if local.minute else ""
    return f"{chinese_date(local.date())}（星期{_WEEKDAYS[local.weekday()]}）{local.hour}时{minutes}"
