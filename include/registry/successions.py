"""Who came after whom: a subject that ended, and those to whom its items, its past and its comparison with before belong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Connection

from include.db import sql
from include.subject_kinds import subject_kinds


class Successions:
    """All successions of the register. On a day those count that had begun by then."""

    def __init__(self, rows: list[sql.Row]) -> None:
        self._after: dict[str, list[tuple[dt.date, str]]] = {}
        self._before: dict[str, list[tuple[dt.date, str]]] = {}
        for row in rows:
            self._after.setdefault(row["code"], []).append((row["valid_from"], row["to_code"]))
            self._before.setdefault(row["to_code"], []).append((row["valid_from"], row["code"]))

    def ended(self, on: dt.date) -> list[str]:
        """Codes of those that somebody came after by a day."""
        return sorted(code for code, ways in self._after.items() if any(day <= on and to for day, to in ways))

    def heirs(self, on: dt.date) -> list[str]:
        """Codes of those that came after somebody by a day."""
        return sorted(code for code, ways in self._before.items() if code and any(day <= on for day, _ in ways))

    def holder(self, code: str, on: dt.date) -> str:
        """Who stands for a subject on a day: itself, or who came after it; of several the one with the lowest code."""
        seen = {code}
        while found := sorted(to for day, to in self._after.get(code, []) if day <= on and to and to not in seen):
            code = found[0]
            seen.add(code)
        return code

    def before(self, code: str, on: dt.date) -> list[str]:
        """After whom a subject came by a day, one step back, by code."""
        return sorted(one for day, one in self._before.get(code, []) if day <= on)

    def only_before(self, code: str, on: dt.date) -> str | None:
        """The one that a subject wholly replaces by a day; None where there was a merger, a split or nothing."""
        before = self.before(code, on)
        return before[0] if len(before) == 1 and len(self._after[before[0]]) == 1 else None

    def inherited(self, code: str, totals: Mapping[str, Decimal], on: dt.date) -> Decimal | None:
        """The total with which a subject is compared: its own, else the mean of those after whom it came."""
        if code in totals:
            return totals[code]
        found = [totals[one] for one in self.before(code, on) if one in totals]
        return (sum(found, Decimal(0)) / len(found)).quantize(Decimal("0.01")) if found else None


def successions(connection: Connection) -> Successions:
    """Those of the register as it is known."""
    return Successions(
        sql.fetch(connection, "registry/select_successions", successor_link=subject_kinds().successor_link)
    )
