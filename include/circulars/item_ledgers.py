"""台账 of items: after each quarter, one paper for the committee on how the items of a result stand (`per: {items: quarterly}`)."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import TypedDict

from sqlalchemy import Connection

from include.circulars.naming import spoken
from include.circulars.outcomes import Elsewhere, elsewhere_of
from include.circulars.papers import keep, papers_of, papers_of_forms
from include.circulars.results import Results
from include.circulars.score_table import two_decimals
from include.circulars.titles import title_of
from include.db import sql
from include.documents.model import Spoken
from include.items.deadlines import stored
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import LedgerOfItems
from include.period import Period, chinese_date, in_zone, is_working_day
from include.registry.offices import office_of
from include.schemes.documents import Document
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.scoring.finding import closed_periods

_ANY_REVISION = 2**31 - 1


class LedgerItem(TypedDict):
    """`closed` is the day of its end, empty while it is open; days are as they are printed."""

    problem: str
    opened: str
    deadline: str
    days_overdue: int
    state: str
    closed: str


class LedgerUnit(TypedDict):
    """`plan` is the day on which the plan for its items came, empty where none did; `given` are figures from elsewhere by key."""

    unit: str
    unit_code: str
    total: str
    grade: str
    given: dict[str, Elsewhere]
    plan: str
    items: list[LedgerItem]


class ItemLedger(Spoken):
    kind: str
    template: str
    title: str
    unit: str
    unit_code: str
    quarter: str
    as_of: str
    as_of_date: str
    circular: str
    circular_number: str
    units: list[LedgerUnit]
    counted: dict[str, int]


def ledgers_due(connection: Connection, on: dt.date) -> Iterator[tuple[Scheme, str]]:
    """The systems whose items are to be looked at on a day, each in its newest period that was told of, with the street or county;
    none on a day off."""
    newest: dict[tuple[str, str], Period] = {}
    for row in closed_periods(connection) if is_working_day(on) else ():
        whose, period = (row["scheme"], row["street_code"]), Period.parse(row["period"])
        scheme = find_scheme(row["scheme"], period)
        if scheme is None or not any(one.of_items for one in scheme.documents):
            continue
        if _issued(connection, scheme, row["street_code"]) is not None:
            newest[whose] = max(newest.get(whose, period), period)
    for (key, street_code), period in sorted(newest.items()):
        if (found := find_scheme(key, period)) is not None:
            yield found, street_code


def papers_apart(connection: Connection, scheme: Scheme, street_code: str, at: dt.datetime) -> None:
    """All that leaves with no circular: after a form's window, after a quarter."""
    papers_of_forms(connection, scheme, street_code, at)
    papers_of_items(connection, scheme, street_code, at)


def papers_of_items(connection: Connection, scheme: Scheme, street_code: str, at: dt.datetime) -> int:
    """Make and mail the ledgers of the quarter before; how many. One that was made is not made again."""
    made, today = 0, in_zone(at).date()
    quarter = Period.in_year(today.year, f"Q{(today.month - 1) // 3 + 1}").previous
    documents = [one for one in scheme.documents if one.of_items]
    kept = papers_of(connection, scheme.scheme, str(scheme.period), street_code) if documents else []
    known = {row["id"] for row in kept}
    for document in documents:
        key = f"{scheme.scheme}/{scheme.period}/{document.kind}/{street_code}/{quarter}"
        if key in known:
            continue
        model = _ledger(connection, scheme, street_code, document, quarter, today)
        if model is None:
            continue
        [files] = keep(connection, [key], [model], None, at, None).values()
        words: LedgerOfItems = {
            "unit_name": model["unit"],
            "title": model["title"],
            "kind": model["kind"],
            "counted": model["counted"],
        }
        notice = Notice(
            "item_ledger",
            key,
            words,
            at,
            office=office_of(street_code, model["street"]),
            scheme=scheme.scheme,
            period=str(scheme.period),
            attachments=files,
        )
        notify(connection, notice)
        made += 1
    return made


def _issued(connection: Connection, scheme: Scheme, street_code: str) -> sql.Row | None:
    """The newest circular of the result that was issued."""
    return sql.fetch_one(
        connection,
        "circulars/select_issued",
        scheme=scheme.scheme,
        period=str(scheme.period),
        street_code=street_code,
        revision=_ANY_REVISION,
    )


def _ledger(
    connection: Connection, scheme: Scheme, street_code: str, document: Document, quarter: Period, today: dt.date
) -> ItemLedger | None:
    """None where no item stood open in the quarter."""
    circular = _issued(connection, scheme, street_code)
    if circular is None:
        return None
    results = Results(connection, scheme, circular["assessment_id"], street_code)
    codes = results.about(document)
    items = _items(connection, scheme, codes, quarter)
    if not any(_was_open_in(row, quarter) for rows in items.values() for row in rows):
        return None
    said = spoken(connection, scheme, street_code)
    units = [_unit(results, code, items.get(code, []), today) for code in codes]
    rows = [row for own in items.values() for row in own]
    still = [row for row in rows if row["is_open"]]
    counted = {
        "units": len(units),
        "all": len(rows),
        "closed": len(rows) - len(still),
        "open": len(still),
        "overdue": sum(row["deadline"] < today for row in still),
    }
    return {
        **said,
        "kind": document.kind,
        "template": document.template,
        "title": title_of(document, scheme, said["street"]).replace("{quarter}", quarter.name),
        "unit": said["street"],
        "unit_code": street_code,
        "quarter": quarter.name,
        "as_of": chinese_date(today),
        "as_of_date": today.isoformat(),
        "circular": json.loads(circular["model"])["title"],
        "circular_number": circular["document_number"],
        "units": units,
        "counted": counted,
    }


def _items(connection: Connection, scheme: Scheme, codes: list[str], quarter: Period) -> dict[str, list[sql.Row]]:
    """By unit: what the period's circular named, and what earlier ones left open until then; nothing found after the quarter."""
    found: dict[str, list[sql.Row]] = defaultdict(list)
    rows = sql.fetch(connection, "circulars/select_ledger_items", scheme=scheme.scheme, any_code=codes) if codes else []
    for row in rows:
        opened = Period.parse(row["opened_period"])
        if row["opened_date"] <= quarter.end_date and (opened == scheme.period or _was_open_in(row, quarter)):
            found[row["unit_code"]].append(row)
    return found


def _was_open_in(row: sql.Row, quarter: Period) -> bool:
    return bool(row["is_open"] or in_zone(row["closed_at"]).date() >= quarter.start_date)


def _unit(results: Results, code: str, rows: list[sql.Row], today: dt.date) -> LedgerUnit:
    score, plans = results.scores[code], [row["planned_at"] for row in rows if row["planned_at"]]
    return {
        "unit": score["unit_name"],
        "unit_code": code,
        "total": "" if score["total"] is None else two_decimals(score["total"]),
        "grade": score["grade"] or "",
        "given": elsewhere_of(results, code),
        "plan": chinese_date(in_zone(min(plans)).date()) if plans else "",
        "items": [_item(row, today) for row in rows],
    }


def _item(row: sql.Row, today: dt.date) -> LedgerItem:
    is_open = bool(row["is_open"])
    return {
        "problem": row["problem"],
        "opened": chinese_date(row["opened_date"]),
        "deadline": stored(row).shown,
        "days_overdue": max(0, (today - row["deadline"]).days) if is_open else 0,
        "state": row["state"],
        "closed": "" if is_open else chinese_date(in_zone(row["closed_at"]).date()),
    }
