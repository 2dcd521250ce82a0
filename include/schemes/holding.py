"""Whether a condition holds of figures alone, without a score and without sentences."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from include.schemes.conditions import Condition, Multiple

Read = Callable[[str], Fraction | str | None]
"""A figure by its key; None where there is none."""


def holds(condition: Condition, read: Read) -> bool | None:
    """None where a figure that it depends on there is not. `score` and `checklist` are none of the vocabulary here."""
    if condition.not_ is not None:
        inner = holds(condition.not_, read)
        return None if inner is None else not inner
    if condition.parts:
        found = [holds(part, read) for part in condition.parts]
        decisive = condition.any is not None
        return decisive if decisive in found else None if None in found else not decisive
    value = read(condition.figure or "")
    if isinstance(condition.of, str):
        whole = read(condition.of)
        if not isinstance(value, Fraction) or not isinstance(whole, Fraction):
            return None
        value = value / whole if whole else Fraction(0)
    if value is None:
        return None
    name, wanted = condition.comparison
    if name == "in_":
        return any(_equal(value, one) for one in wanted)
    if name in ("is_", "is_not"):
        return _equal(value, wanted) == (name == "is_")
    limit = _limit(wanted, read)
    if limit is None or not isinstance(value, Fraction):
        return None
    return {"below": value < limit, "above": value > limit, "at_least": value >= limit, "at_most": value <= limit}[name]


def _equal(value: Fraction | str, wanted: Decimal | str) -> bool:
    return value == (Fraction(wanted) if isinstance(wanted, Decimal) else wanted)


def _limit(limit: Decimal | str | Multiple, read: Read) -> Fraction | None:
    if not isinstance(limit, Multiple):
        return Fraction(limit)
    of = read(limit.of)
    return Fraction(limit.times) * of if isinstance(of, Fraction) else None
