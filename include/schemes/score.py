"""What a total is made of besides indicators: its scale, what lateness takes, grades by total, areas, what did not come."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from pydantic import Field

from include.data_files import Part
from include.schemes.indicators import Based
from include.schemes.part import Points

if TYPE_CHECKING:
    from include.schemes.model import Scheme


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
    says_lateness: bool = Field(
        default=False, exclude=True
    )  # words of it stand though nothing is taken: texts of old versions
    grades: list[Grade] = Field(default_factory=list)  # by total alone; a scheme with `classes` has none
    reference: str = ""

    @property
    def speaks_of_lateness(self) -> bool:
        """Whether mails and documents say that lateness costs points."""
        return self.lateness is not None or self.says_lateness


class Missing(Based):
    """The problem raised for a unit that handed in nothing acceptable; none where nothing is scored."""

    code: str = ""
    problem: str = ""
    deadline_working_days: int = Field(default=1, gt=0)


class Area(Part):
    code: str
    name: str
    full: Points


class SaidOfLateness(TypedDict, total=False):
    """What a mail about a form must know besides: that being late costs no points, that nothing is scored; nothing where it does."""

    is_late_free: bool
    is_unscored: bool


def words_of_lateness(scheme: Scheme) -> SaidOfLateness:
    words: SaidOfLateness = {}
    if not scheme.score.speaks_of_lateness:
        words["is_late_free"] = True
    if not scheme.is_scored:
        words["is_unscored"] = True
    return words
