"""Which closed results read a result: a new revision of it restates them, in the order in which they read each other."""

from __future__ import annotations

from sqlalchemy import Connection

from include.period import Period
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.scoring.finding import closed_periods


def readers_of(connection: Connection, scheme: Scheme, street_code: str) -> list[tuple[Scheme, str]]:
    """Every closed period of a system that reads this one's result, or reads one that does, and the scope that was scored.

    A reader comes after all that it reads itself. A street's result is read by its county's too.
    """
    closed = _closed_readers(connection, street_code)
    found: list[tuple[Scheme, str]] = []
    changed = {(scheme.scheme, scheme.period)}
    while coming := [
        (reader, scope)
        for reader, scope in closed
        if (reader, scope) not in found and changed.intersection(reader.sources)
    ]:
        found += coming
        changed |= {(reader.scheme, reader.period) for reader, _ in coming}
    return sorted(found, key=lambda one: _depth(one[0], [reader for reader, _ in found]))


def _closed_readers(connection: Connection, street_code: str) -> list[tuple[Scheme, str]]:
    """All closed results of this scope, of one around it or within it, that are made of other results."""
    found = []
    for row in closed_periods(connection):
        if street_code.startswith(row["street_code"]) or row["street_code"].startswith(street_code):
            reader = find_scheme(row["scheme"], Period.parse(row["period"]))
            if reader is not None and reader.sources:
                found.append((reader, row["street_code"]))
    return found


def _depth(reader: Scheme, readers: list[Scheme]) -> int:
    """How many of the others stand between it and what changed; there is no circle."""
    read = [one for one in readers if (one.scheme, one.period) in reader.sources and one is not reader]
    return 1 + max((_depth(one, readers) for one in read), default=0)
