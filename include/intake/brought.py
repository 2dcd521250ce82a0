"""Whether what a person handed in for others is of his streets: of any other it counts for nobody, and nobody there is told of it.

What lies in the inbox, or comes by mail, is judged by itself; but a person whose streets are named acts within them by this door, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from include.db.engine import reading
from include.intake.cases import Case
from include.intake.judging import answers
from include.period import in_zone
from include.registry.persons import is_within
from include.registry.units import find_unit


def within_streets(cases: Sequence[Case]) -> list[Case]:
    """The cases, each refused where any of what it is about lies outside the streets of who brought it."""
    if not any(case.streets for case in cases):
        return list(cases)
    with reading() as connection:
        return [_within(connection, case) if case.streets else case for case in cases]


def _within(connection: Connection, case: Case) -> Case:
    streets = case.streets.split()
    outside = sorted({code for code in _streets_of(connection, case) if not is_within(streets, code)})
    if not outside:
        return case
    problem = answers()["not_theirs"].format(name=case.name, codes="、".join(outside), streets="、".join(streets))
    return replace(
        case, form=None, gate=None, sheet=None, packet=None, reply=None, standing=None, merge=None, candidates=(), findings=[],
        refusals=[problem],
    )  # fmt: skip


def _streets_of(connection: Connection, case: Case) -> Iterator[str]:
    """The streets and counties of all that would be changed, or told."""
    if case.gate is not None and case.gate.unit is not None:
        yield case.gate.unit.street_code
    elif case.gate is not None and case.gate.street_code:
        yield case.gate.street_code
    for code in dict.fromkeys(_units_named(case)):
        unit = find_unit(connection, code, in_zone(case.received_at).date())
        yield unit.street_code if unit is not None else code


def _units_named(case: Case) -> Iterator[str]:
    """Codes of units, or of streets, that it names beside the one that its form is of."""
    if case.form is not None:
        yield from (one.unit_code for one in case.form.corrections)
    if case.packet is not None:
        yield case.packet.unit_code
    if case.sheet is not None:
        yield case.sheet.code
    if case.reply is not None:
        yield from (str(item["unit_code"]) for item in case.reply.asked.items)
