"""How a scheme judges: conditions on figures, the kinds of rule that give points, the problem of an indicator."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.fields import FigureIs
from include.schemes.part import Points


class Multiple(Part):
    """A target that grows with a figure: `times` × the value of field `of`."""

    times: Decimal
    of: str


Target = Decimal | Multiple


class Condition(Part):
    """Something that holds of a figure (or of a quotient figure ÷ of), or of a checklist."""

    figure: str | None = None
    of: str | None = None
    below: Target | None = None
    above: Target | None = None
    is_: Decimal | str | None = Field(default=None, alias="is")
    checklist: str | None = None
    all: str | None = None
    has: str | None = None

    @model_validator(mode="after")
    def _one_subject_one_comparison(self) -> Condition:
        if (self.figure is None) == (self.checklist is None):
            raise ValueError("条件必须且只能写 figure 或 checklist 之一")
        comparisons = [self.below, self.above, self.is_] if self.figure else [self.all, self.has]
        if sum(value is not None for value in comparisons) != 1:
            raise ValueError("条件必须且只能有一个比较（figure 用 below、above、is；checklist 用 all、has）")
        return self


class Based(Part):
    """A rule says where its values come from: a source by its number, `default` where they are this project's own.

    It decides nothing, so it is in no dump: the first recipe of input_hash took a dump of the rules.
    """

    reference: str = Field(default="", exclude=True)


class ProRata(Based):
    kind: Literal["pro_rata"]
    points: Points
    figure: str
    target: Target


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
    excluded: str


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


Rule = Annotated[
    ProRata | Ratio | Threshold | Banded | ChecklistShare | Deduction | CappedBonus | PeriodTotal,
    Field(discriminator="kind"),
]


class Problem(Part):
    any: list[Condition] = Field(min_length=1)
    text: str
    deadline_working_days: int = Field(gt=0)
    naming: str | None = None  # a checklist whose missing papers the text names


class Indicator(Part):
    code: str
    name: str
    full: Points
    rules: list[Rule] = Field(min_length=1)
    not_applicable_when: Condition | None = None
    problem: Problem | None = None
    reference: str = ""

    @property
    def is_bonus(self) -> bool:
        """A bonus is added to the total and has no full marks."""
        return all(rule.kind == "capped_bonus" for rule in self.rules)
