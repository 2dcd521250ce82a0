"""What follows from a score besides points: coded problems without points, and the classes (定级)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.conditions import CLASS, Condition
from include.schemes.indicators import Based


class Move(Part):
    """A step by which a figure is proposed to move, within limits; the register says what it is."""

    figure: str
    by: Decimal
    at_least: Decimal
    at_most: Decimal


class Defect(Based):
    """A coded problem without points; without working days a note in the unit's own sheet, of which no item follows.

    `moves`: the text says from what to what ({before}, {after}); where that is out of bounds, nothing is proposed.
    """

    code: str
    when: Condition
    text: str
    deadline_working_days: int | None = Field(default=None, gt=0)
    moves: Move | None = None

    @model_validator(mode="after")
    def _text_can_be_filled_in(self) -> Self:
        known: dict[str, Any] = {"before": "", "after": ""} if self.moves else {}
        try:
            self.text.format(**known)
        except (KeyError, IndexError, ValueError):
            raise ValueError("text 里只能写 {before} 和 {after}，并且要有 moves") from None
        return self

    @property
    def follows_the_class(self) -> bool:
        """Whether it can be told only when the class is known."""
        return any(leaf.score == CLASS for leaf in self.when.leaves)


class Class(Based):
    """One of a list read from the top; the last has no `when`."""

    name: str = Field(alias="class")
    when: Condition | None = None
