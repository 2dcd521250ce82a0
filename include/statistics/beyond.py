"""Figures of those who are no subject of a system: what a street itself handed in, and what rows and items say of the units that they
name. An assessment does not keep them; ledgers and items tell them again as they were known when it was made."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import Connection

from include.db import sql
from include.registry.units import Unit, subjects_of
from include.schemes.inputs import Input, period_of
from include.schemes.model import Scheme
from include.scoring.item_counts import counted, courses_of
from include.scoring.ledger_figures import Ledgers


class Beyond:
    """Of one assessment; each figure is read when it is asked for."""

    def __init__(self, connection: Connection, scheme: Scheme, assessment_id: str) -> None:
        row = sql.fetch_one(connection, "statistics/select_assessed", assessment_id=assessment_id)
        assert row is not None
        self.connection, self.scheme = connection, scheme
        self.scope_code, self.as_of = row["street_code"], row["assessed_at"]
        self.ledgers = Ledgers(connection, scheme, self.scope_code, self.as_of)
        self.units_of = functools.cache(self._units_of)

    def values(self, one: Input, units: Sequence[Unit] = ()) -> Mapping[str, Fraction | None]:
        """By code of who filled the rows in, or of whom they name; of items by whose they are, of the `units`. Who is not there
        told nothing."""
        if one.from_.ledger:
            return self.ledgers.figures(one, period_of(one.from_.words[0], self.scheme.period)).values
        courses = courses_of(self.connection, one.from_, self.as_of, [unit.code for unit in units])
        found = counted(courses, one.from_, self.scheme.period, self.as_of)
        return {unit.code: Fraction(found[unit.code]) for unit in units}

    def _units_of(self, kind: str) -> list[Unit]:
        """The units of a kind in the street or county on the period's last day, by code."""
        return subjects_of(self.connection, self.scope_code, self.scheme.period.end_date, [kind])
