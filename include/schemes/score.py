"""What a total is made of besides indicators: its scale, what lateness takes, grades by total, areas, what did not come."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from include.data_files import Part
from include.schemes.indicators import Based
from include.schemes.part import Points


class Lateness(Based):
    points_a_day: Points
    at_most: Points


class Grade(Based):
    at_least: Decimal
    grade: str


class Score(Part):
    total: Points = Decimal(0)
    maximum: Points = Decimal(0)
    lateness: Lateness | None = None
    grades: list[Grade] = Field(default_factory=list)  # by total alone; a scheme with `classes` has none
    reference: str = ""


class Missing(Based):
    """The problem raised for a unit that handed in nothing acceptable; none where nothing is scored."""

    code: str = ""
    problem: str = ""
    deadline_working_days: int = Field(default=1, gt=0)


class Area(Part):
    code: str
    name: str
    full: Points
