"""By whom a subject is reached: itself, or whom it belongs to, as its kind says; and whose its items are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from include.db import sql
from include.registry.taking_part import link_of
from include.registry.units import Unit, find_unit
from include.schemes.model import Scheme
from include.schemes.subjects import Taking
from include.schemes.system import System
from include.subject_kinds import ByLink, subject_kinds


def owned_by(connection: Connection, unit: Unit, on: dt.date, system: System) -> Unit:
    """The subject with the addresses of whose its items are: whom the link of its system or its kind leads to; where neither
    says, of whom its mails go to."""
    taking, kind = _taking(system, unit), subject_kinds().of(unit.kind)
    via = (taking.owner if taking else None) or kind.owner or kind.mail
    return _with_addresses_of(connection, unit, via, on) if isinstance(via, ByLink) else unit


def has_items(unit: Unit, system: System) -> bool:
    """Whether what is wrong at a subject becomes an item of rectification: as its system says, else its kind."""
    taking = _taking(system, unit)
    if taking is not None and taking.has_items is not None:
        return taking.has_items
    return subject_kinds().of(unit.kind).items


def _taking(system: System, unit: Unit) -> Taking | None:
    return next((one for one in system.subjects if one.kind == unit.kind), None)


def belongs_to(connection: Connection, unit: Unit, on: dt.date) -> Unit | None:
    """Whom the mails of a subject go to instead of itself; None where they go to itself."""
    via = subject_kinds().of(unit.kind).mail
    return _linked(connection, unit, via, on) if isinstance(via, ByLink) else None


def reached_through(connection: Connection, scheme: Scheme, scope_code: str, units: Iterable[Unit]) -> dict[str, str]:
    """Of those whose mails go to another subject: to whom, by code, as of the period's last day."""
    found: dict[str, str] = {}
    links: dict[str, dict[str, str]] = {}
    for unit in units:
        via = subject_kinds().of(unit.kind).mail
        if isinstance(via, ByLink):
            if via.link not in links:
                links[via.link] = link_of(connection, scheme, scope_code, via.link)
            if unit.code in links[via.link]:
                found[unit.code] = links[via.link][unit.code]
    return found


def addressed_on(connection: Connection, unit: Unit, on: dt.date) -> Unit:
    """A subject, as it was on whatever day, with the people whom it has on this one: who has left office is told nothing more, and
    whoever came after is. One that is in the register no more keeps those whom it had."""
    return _with_people_of(unit, find_unit(connection, unit.code, on))


def _with_addresses_of(connection: Connection, unit: Unit, via: ByLink, on: dt.date) -> Unit:
    return _with_people_of(unit, _linked(connection, unit, via, on))


def _with_people_of(unit: Unit, other: Unit | None) -> Unit:
    if other is None:
        return unit
    return replace(
        unit,
        secretary_email=other.secretary_email,
        officer_email=other.officer_email,
        liaison_email=other.liaison_email,
    )


def _linked(connection: Connection, unit: Unit, via: ByLink, on: dt.date) -> Unit | None:
    row = sql.fetch_one(connection, "registry/select_link_of", code=unit.code, link=via.link, on_date=on)
    return find_unit(connection, row["to_code"], on) if row else None
