"""Who takes a step of an item: which subject or office, and where it is reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from include.registry.offices import Office, office_on, scope_name
from include.registry.rows import COUNTY_DIGITS
from include.registry.taking_part import scope_of_street
from include.registry.units import Unit, find_unit, is_county, street_name
from include.schemes.item_kinds import ByColumn, Scope
from include.schemes.system import System

_COMMUNITIES = ("", "社区", "村")


@dataclass(frozen=True)
class Holder:
    """`code` is the subject's, the street's or the county's."""

    scope: str
    code: str


def holder_of(
    connection: Connection,
    by: Scope | ByColumn,
    cells: Mapping[str, str],
    unit: Unit,
    system: System | None,
    on: dt.date,
) -> Holder:
    """Who takes a step of an item of a unit, by what the item's columns say on a day."""
    if isinstance(by, ByColumn):
        said = cells.get(by.column, "")
        if said in by.is_:
            return holder_of(connection, by.is_[said], cells, unit, system, on)
        named = find_unit(connection, said, on) if said else None
        if named is None:
            return holder_of(connection, by.else_, cells, unit, system, on)
        return Holder("community" if named.kind in _COMMUNITIES else "party_unit", named.code)
    if by in ("community", "party_unit"):
        return Holder(by, unit.code)
    if by == "county":
        return Holder(by, unit.street_code[:COUNTY_DIGITS])
    return Holder(by, scope_of_street(system, unit.street_code) if system and by == "inspectors" else unit.street_code)


@dataclass(frozen=True)
class Reached:
    """Where a holder is reached: a subject at its own addresses, an office at those given (ops where it has none)."""

    name: str
    unit: Unit | None
    office: Office
    recipients: tuple[str, ...]


def reached(connection: Connection, scope: str, code: str, on: dt.date) -> Reached:
    """The holder of a step as the outbox needs it; of a subject that has left the register its street is not known."""
    unit = find_unit(connection, code, on) if scope in ("community", "party_unit") else None
    if unit is not None:
        return Reached(unit.name, unit, office_on(connection, unit.street_code, on), ("",))
    office = office_on(connection, code, on)
    named = (scope_name(connection, code, on) if is_county(code) else street_name(connection, code, on)) or code
    if scope == "inspectors":
        return Reached(f"{named}核查组", None, office, tuple(office.inspectors) or (office.ops_email,))
    return Reached(named, None, office, (office.committee_email,))
