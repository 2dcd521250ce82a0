"""Whose business an item is: that of the office that ranks and issues for its system, the street's or the county's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import Connection

from include.db import sql
from include.period import Period, chinese_date
from include.registry.offices import Office, office_for, office_of, scope_name
from include.registry.taking_part import scope_of_street
from include.registry.units import Unit, find_unit, is_county, street_name
from include.schemes.loader import find_scheme


def office_code_of(item: sql.Row, street_code: str) -> str:
    """The code of the office of an item (scheme, opened_period) of a unit in a street: it verifies, urges and supervises. Of a
    system that is no more, the street's."""
    scheme = find_scheme(item["scheme"], Period.parse(item["opened_period"]))
    return street_code if scheme is None else scope_of_street(scheme, street_code)


def office_of_item(item: sql.Row, unit: Unit | None) -> Office | None:
    """None where the unit has left the register."""
    if unit is None:
        return None
    scheme = find_scheme(item["scheme"], Period.parse(item["opened_period"]))
    return office_of(unit.street_code, unit.street) if scheme is None else office_for(scheme, unit)


def subject_of(connection: Connection, code: str, on: dt.date) -> Unit | None:
    """Whose an item is on a day: a subject of the register, or a street or county as one whose items are its own. None of whom the
    register does not have then."""
    if (unit := find_unit(connection, code, on)) is not None:
        return unit
    name = scope_name(connection, code, on) if is_county(code) else street_name(connection, code, on)
    return Unit(code, name, code, name, "", None, "", "", "", False) if name else None


def open_topics(connection: Connection, unit_code: str) -> list[str]:
    """What is open at a unit or in its hands, of any kind, each a line with its last day."""
    found = sql.fetch(connection, "items/select_open_topics", unit_code=unit_code)
    return [f"{row['problem']}（期限：{chinese_date(dt.date.fromisoformat(str(row['due_date'])))}）" for row in found]


def by_office(items: Iterable[sql.Row], unit: Unit | None) -> list[tuple[Office | None, list[sql.Row]]]:
    """The items of a unit by the office whose they are, the street's first."""
    street_code = unit.street_code if unit else ""
    ordered = sorted(items, key=lambda item: office_code_of(item, street_code) != street_code)
    grouped = groupby(ordered, key=lambda item: office_code_of(item, street_code))
    return [(office_of_item(own[0], unit), own) for own in (list(group) for _, group in grouped)]
