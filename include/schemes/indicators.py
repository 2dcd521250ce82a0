"""How a scheme judges: the kinds of rule that give points, the problems of an indicator."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.conditions import Condition, Target
from include.schemes.fields import FigureIs
from include.schemes.part import Points


class Based(Part):
    """A rule, a problem, a grade, a class says where its values come from: a source by its number, `default` where they are
    this project's own.

    It decides nothing, so it is in no dump: the first recipe of input_hash took a dump of the rules.
    """

    reference: str = Field(default="", exclude=True)


class ProRata(Based):
    kind: Literal["pro_rata"]
    points: Points
    figure: str
    target: Target
    nothing_unless: FigureIs | None = None


class Ratio(Based):
    kind: Literal["ratio"]
    points: Points
    figure: str
    of: str
    target: Decimal = Field(gt=0)
    halved_unless: FigureIs | None = None


class Threshold(Based):
    kind: Literal["threshold"]
    points: Points
    figure: str
    is_: str | None = Field(default=None, alias="is")
    at_least: Target | None = None


class Band(Part):
    """`at_least` bands are read from the top down, `at_most` bands likewise; the last has neither."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    points: Points


class Banded(Based):
    kind: Literal["band"]
    points: Points
    figure: str
    of: str | None = None
    bands: list[Band] = Field(min_length=2)


class ChecklistShare(Based):
    kind: Literal["checklist"]
    points: Points
    checklist: str
    present: str
    excluded: str | None = None  # what leaves a paper out; none where the checklist does not offer it


class Deduction(Based):
    kind: Literal["deduction"]
    points: Points
    figure: str
    points_each: Points


class CappedBonus(Based):
    kind: Literal["capped_bonus"]
    repeat: str
    by: str
    points_each: dict[str, Points]
    at_most: Points


class PeriodTotal(Based):
    """The total of a part of the period (H1 of a year) stands as it is."""

    kind: Literal["period_total"]
    points: Points
    slot: Literal["H1", "H2"]


class ByRank(Based):
    """Points by a unit's rank among those of its list in a figure, or in the points of an indicator or area."""

    kind: Literal["by_rank"]
    points: list[Points] = Field(min_length=1)
    of: str
    beyond: Points = Decimal(0)

    @model_validator(mode="after")
    def _never_more_for_a_lower_rank(self) -> ByRank:
        if (earned := [*self.points, self.beyond]) != sorted(earned, reverse=True):
            raise ValueError("points 应从第一名起由高到低排列，beyond 不能高于最后一个")
        return self


Rule = Annotated[
    ProRata | Ratio | Threshold | Banded | ChecklistShare | Deduction | CappedBonus | PeriodTotal | ByRank,
    Field(discriminator="kind"),
]


def marks_of(rule: Rule) -> Decimal:
    """The most that a rule gives."""
    if rule.kind == "by_rank":
        return rule.points[0]
    return rule.at_most if rule.kind == "capped_bonus" else rule.points


class Problem(Based):
    """Found where any of its conditions holds. `code` is that of a further problem of an indicator, which is an item apart.
    Without working days it is a note to the unit itself, of which no item follows."""

    any: list[Condition] = Field(min_length=1)
    text: str
    deadline_working_days: int | None = Field(default=None, gt=0)
    naming: str | None = None  # a checklist whose missing papers the text names
    code: str = ""


class Indicator(Part):
    code: str
    name: str
    full: Points
    rules: list[Rule] = Field(min_length=1)
    not_applicable_when: Condition | None = None
    problem: Problem | None = None
    reference: str = ""
    problems: list[Problem] = Field(default_factory=list)

    @model_validator(mode="after")
    def _problems_are_told_apart(self) -> Indicator:
        if self.problem and self.problems:
            raise ValueError("problem 和 problems 只能写一个")
        if len([one for one in self.all_problems if not one.code]) > 1 or (self.problem and self.problem.code):
            raise ValueError(
                "problems 里只有一个问题可以不写 code（用指标的编码），其余各写一个 code；problem 不写 code"
            )
        return self

    @property
    def all_problems(self) -> list[Problem]:
        return [self.problem] if self.problem else self.problems

    @property
    def is_bonus(self) -> bool:
        """A bonus is added to the total and has no full marks."""
        return all(rule.kind == "capped_bonus" for rule in self.rules)
