"""What other systems of a street's office come to so far, for a meeting to look at beside what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy import Connection

from include.period import Period
from include.registry.offices import is_run
from include.registry.taking_part import members, taking_part
from include.schemes.loader import find_scheme
from include.schemes.series import MeetingFigure
from include.scoring.sources import given_to
from include.statistics.words import number, percentage


def figures_for_meeting(
    connection: Connection, asked: Sequence[MeetingFigure], street_code: str, on: dt.date, at: dt.datetime
) -> list[str]:
    """A sentence a figure, of the half year in which the day lies; none of a system that the office does not run, and of what
    nobody reported."""
    half = Period.parse(f"{on:%Y-%m}").half
    told = []
    for one in asked:
        scheme = find_scheme(one.of, half)
        if scheme is None or not is_run(street_code, one.of, half):
            continue
        narrow = scheme.model_copy(update={"inputs": [each for each in scheme.inputs if each.key in one.read]})
        units = taking_part(connection, narrow, street_code)
        given = given_to(connection, narrow, street_code, at, units, members(connection, narrow, street_code))
        sums: list[Fraction] = []
        reported = 0
        for key in one.read:
            found = [each[key].value for each in given.values() if key in each]
            there = [value for value in found if isinstance(value, Fraction)]
            reported = len(there)
            sums.append(sum(there, Fraction(0)))
        if not reported or not sums[-1]:
            continue
        value = number(sums[0]) if one.ratio is None else f"{percentage(sums[0], sums[1])}%"
        told.append(one.says.format(value=value, reported=f"{reported}/{len(units)}"))
    return told
