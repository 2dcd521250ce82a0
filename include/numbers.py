"""Figures as people read them, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

CENT = Decimal("0.01")


def two_decimals(number: Fraction | Decimal) -> Decimal:
    """Rounded once, half up (away from 0)."""
    if isinstance(number, Decimal):
        return number.quantize(CENT, ROUND_HALF_UP)
    over, under = number.numerator, number.denominator
    whole = (200 * abs(over) + under) // (2 * under)
    return Decimal(-whole if over < 0 else whole).scaleb(-2)


def added(numbers: Iterable[Fraction]) -> Fraction:
    """Their sum, brought to its lowest terms once: `sum` does it with each of them."""
    over, under = 0, 1
    for number in numbers:
        above, below = number.as_integer_ratio()
        if below == under:
            over += above
        else:
            over, under = over * below + above * under, under * below
    return Fraction(over, under)


def without_zeros(number: Decimal) -> str:
    """Plain digits, without an exponent and without zeros behind the last decimal that says something."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
