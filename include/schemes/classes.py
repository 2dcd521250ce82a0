"""What follows from a score besides points: coded problems without points, and the classes (定级)."""

from __future__ import annotations

from pydantic import Field

from include.schemes.conditions import Condition
from include.schemes.indicators import Based


class Defect(Based):
    """A coded problem without points; without working days a note in the unit's own sheet, of which no item follows."""

    code: str
    when: Condition
    text: str
    deadline_working_days: int | None = Field(default=None, gt=0)


class Class(Based):
    """One of a list read from the top; the last has no `when`."""

    name: str = Field(alias="class")
    when: Condition | None = None
