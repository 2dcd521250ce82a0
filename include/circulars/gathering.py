"""What a summary tells of its time beside figures: what units wrote in the periods within, and what is open, of every system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypedDict

from sqlalchemy import Connection

from include.db import sql
from include.items.stepping import kind_of
from include.period import Period, chinese_date
from include.registry.units import Unit
from include.schemes.documents import Gathers
from include.schemes.loader import find_scheme, own_periods
from include.schemes.model import Scheme
from include.scoring.form_figures import form_figures
from include.workbooks.values import is_nothing


class Written(TypedDict):
    """What a unit wrote in a field, in a hand-in of a period (named where it is within the one told of)."""

    unit: str
    unit_code: str
    period_name: str
    text: str


class Found(TypedDict):
    """One problem that is open, with the units that have it; `deadline` is the last of theirs."""

    problem: str
    units: list[str]
    unit_codes: list[str]
    deadline: str
    overdue: int


class OfKind(TypedDict):
    """Items of a system's kind: how many were opened in the time, were closed of these, are open now, overdue, or wait (长期关注)."""

    system: str
    kind: str
    opened: int
    closed: int
    open: int
    overdue: int
    waiting: int
    found: list[Found]


class Gathered(TypedDict):
    """`texts` by field as the system names it; items by system and kind; `as_of` is the day by which they are overdue."""

    texts: dict[str, list[Written]]
    items: list[OfKind]
    as_of: str


def gathered(
    connection: Connection,
    scheme: Scheme,
    street_code: str,
    units: Mapping[str, Unit],
    wanted: Gathers,
    at: dt.datetime,
) -> Gathered:
    """What the system's summary of a period gathers, of some units by code, as it is known at a moment."""
    texts = {named: list(_written(connection, scheme, street_code, units, named, at)) for named in wanted.texts}
    return {
        "texts": texts,
        "items": _items(connection, scheme, units, at.date()) if wanted.items else [],
        "as_of": chinese_date(at.date()),
    }


def of_unit(all_of_it: Gathered, unit_code: str) -> Gathered:
    """What of it is a unit's own."""
    texts = {
        field: [one for one in written if one["unit_code"] == unit_code]
        for field, written in all_of_it["texts"].items()
    }
    items: list[OfKind] = []
    for kind in all_of_it["items"]:
        own = [
            one | {"units": [], "unit_codes": [unit_code]} for one in kind["found"] if unit_code in one["unit_codes"]
        ]
        if own:
            items.append({**kind, "open": len(own), "found": own})
    return {**all_of_it, "texts": texts, "items": items}


def _written(
    connection: Connection, scheme: Scheme, street_code: str, units: Mapping[str, Unit], named: str, at: dt.datetime
) -> Iterable[Written]:
    """By unit, then in the order of the periods."""
    system, _, field = named.rpartition(".")
    found: list[tuple[str, Period, str]] = []
    for period in _periods(scheme, system):
        asked = find_scheme(system or scheme.scheme, period)
        cell = asked.cell.get(field) if asked else None
        if asked is None or cell is None:
            continue
        for one in form_figures(connection, asked, street_code, cell.form, at):
            text = one.texts.get(field) or ""
            if text and not is_nothing(text) and one.unit.code in units:
                found.append((one.unit.code, period, text))
    for code, period, text in sorted(found, key=lambda one: (one[0], one[1].start_date)):
        yield {
            "unit": units[code].name,
            "unit_code": code,
            "period_name": "" if period == scheme.period else period.name,
            "text": text,
        }


def _periods(scheme: Scheme, system: str) -> list[Period]:
    """Of the system's own the periods within the one told of; of another system that one, else those within."""
    whole, key = scheme.period, system or scheme.scheme
    own = own_periods(key, whole.year, with_sheets=True)
    if system and whole in own and (same := find_scheme(key, whole)) is not None and same.forms:
        return [whole]
    return [
        one for one in own if one != whole and whole.start_date <= one.start_date and one.end_date <= whole.end_date
    ]


def _items(connection: Connection, scheme: Scheme, units: Mapping[str, Unit], today: dt.date) -> list[OfKind]:
    rows = sql.fetch(
        connection,
        "circulars/select_gathered_items",
        any_code=sorted(units),
        first_date=scheme.period.start_date,
        last_date=today,
    )
    found: list[OfKind] = []
    for (system, kind), group in groupby(rows, key=lambda row: (row["scheme"], row["kind"])):
        items = list(group)
        known = find_scheme(system, Period.parse(items[-1]["opened_period"]))
        found.append(
            {
                "system": known.name if known else system,
                "kind": kind_of(system, items[-1]["opened_period"], kind).name,
                "opened": sum(row["opened_date"] >= scheme.period.start_date for row in items),
                "closed": sum(row["opened_date"] >= scheme.period.start_date and not row["is_open"] for row in items),
                "open": sum(bool(row["is_open"]) for row in items),
                "overdue": sum(_is_overdue(row, today) for row in items),
                "waiting": sum(bool(row["is_open"]) and row["waits_since_date"] is not None for row in items),
                "found": list(_problems([row for row in items if row["is_open"]], units, today)),
            }
        )
    return found


def _is_overdue(row: sql.Row, today: dt.date) -> bool:
    return bool(row["is_open"]) and row["waits_since_date"] is None and row["deadline"] < today


def _problems(rows: Sequence[sql.Row], units: Mapping[str, Unit], today: dt.date) -> Iterable[Found]:
    for (_, problem), group in groupby(rows, key=lambda row: (row["indicator"], row["problem"])):
        items = list(group)
        codes = list(dict.fromkeys(row["unit_code"] for row in items))
        yield {
            "problem": problem,
            "units": [units[code].name for code in codes],
            "unit_codes": codes,
            "deadline": chinese_date(max(row["deadline"] for row in items)),
            "overdue": sum(_is_overdue(row, today) for row in items),
        }
