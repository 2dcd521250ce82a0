"""Gaps that somebody is to close: of every subject that misses a standard which makes an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.schemes.statistics import Gap
from include.scoring.lines import MET, UNMET
from include.statistics.checks import CheckRow
from include.statistics.facts import Facts


@dataclass(frozen=True)
class GapFound:
    """One subject against one standard; a gap that is closed has no problem."""

    unit_code: str
    unit: str
    code: str
    item: Gap
    problem: str

    @property
    def is_open(self) -> bool:
        return bool(self.problem)


def gaps_of(facts: Facts, checks: Sequence[CheckRow]) -> list[GapFound]:
    """By subject, then in the order of the standards (`checks`: what `checks_of` says); of whom it cannot be told there is none."""
    items = {one.code: one.item for one in facts.scheme.standards if one.item is not None}
    names = {one.code: one.name for one in facts.subjects}
    found = [
        GapFound(
            row.code,
            names[row.code],
            row.check,
            items[row.check],
            f"{items[row.check].problem}（{row.message.rstrip('。')}）" if row.outcome == UNMET else "",
        )
        for row in checks
        if row.check in items and row.code in names and row.outcome in (MET, UNMET)
    ]
    return sorted(found, key=lambda one: one.unit_code)
