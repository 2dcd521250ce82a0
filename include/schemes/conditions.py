"""What may hold of a unit: one vocabulary for rules, problems, classes and counts.

A condition has one subject (a figure, a figure ÷ another, a checklist, something of the score) and one comparison, or joins
others by `all`, `any`, `not`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from include.data_files import Part

TOTAL, EACH_AREA, PROBLEMS, RANK_SHARE, CLASS = "total", "each_area", "problems", "rank_share", "class"
OF_THE_SCORE = (TOTAL, EACH_AREA, PROBLEMS, RANK_SHARE, CLASS)
"""What `score` may name besides a code of an indicator or an area."""

Quotient = Annotated[str, Field(pattern=r"^\d+/[1-9]\d*$")]
"""A limit that no decimal says exactly: 1/3."""


class Multiple(Part):
    """A target that grows with a figure: `times` × the value of field `of`."""

    times: Decimal
    of: str


Target = Decimal | Multiple
Limit = Decimal | Quotient | Multiple

_ORDERED = ("below", "above", "at_least", "at_most")
_EQUAL = ("is_", "is_not", "in_")
_OF_A_ROW = ("is_empty", "since", "until", "later_than")
Day = Literal["as_of", "today", "period_start", "period_end", "year_start"]
"""A day that a row's day is held against: that of the reading, of the run, of the period or its year."""


class Condition(Part):
    """Something that holds of a unit.

    `score`: `total`; a code (published points ÷ full marks, what is not applicable counts as met); `each_area` (that of
    every area); `problems` (how many hold, `of` which codes; without `of` all with a deadline); `rank_share` (rank ÷
    number of those ranked in the same list); `class` (is, is_not, in). Published figures are compared, so that a reader can
    recompute them.

    Of a row of a ledger `figure` is a column, and more may be said: `is_empty`; a day or month is `since` (≥), `until` (≤) or
    `later_than` (>) a day; `in_years`: the number compared is that of the whole years from the cell's day or month to `as_of`; `has`: a name is
    among those that the cell joins by 、; with `of` it is divided by another column.
    """

    figure: str | None = None
    of: str | list[str] | None = None
    below: Limit | None = None
    above: Limit | None = None
    is_: Decimal | str | None = Field(default=None, alias="is")
    checklist: str | None = None
    all: str | list[Condition] | None = None
    has: str | None = None
    at_least: Limit | None = None
    at_most: Limit | None = None
    is_not: Decimal | str | None = None
    in_: list[Decimal | str] | None = Field(default=None, alias="in")
    score: str | None = None
    any: list[Condition] | None = None
    not_: Condition | None = Field(default=None, alias="not")
    # In no dump, as what no rule of a score may say.
    is_empty: bool | None = Field(default=None, exclude=True)
    since: Day | None = Field(default=None, exclude=True)
    until: Day | None = Field(default=None, exclude=True)
    later_than: Day | None = Field(default=None, exclude=True)
    in_years: bool = Field(default=False, exclude=True)

    @model_validator(mode="after")
    def _one_subject_one_comparison(self) -> Condition:
        joined = [self.all if isinstance(self.all, list) else None, self.any, self.not_]
        subjects = [self.figure, self.checklist, self.score]
        if sum(one is not None for one in (*subjects, *joined)) != 1:
            raise ValueError("条件必须且只能写 figure、checklist、score、all、any、not 之一")
        asked = {name for name in (*_ORDERED, *_EQUAL, *_OF_A_ROW, "has") if getattr(self, name) is not None}
        asked |= {"all"} if isinstance(self.all, str) else set()
        allowed = self._comparisons()
        if len(asked) != (1 if allowed else 0) or not asked <= allowed:
            raise ValueError(
                "条件必须且只能有一个比较（figure 和 score 用 below、above、at_least、at_most、is、is_not、in；"
                "checklist 用 all、has；all、any、not 里写条件，不另写比较）"
            )
        if any(one is not None and not one for one in joined):
            raise ValueError("all 和 any 至少要有一个条件")
        if self.of is not None and isinstance(self.of, list) != (self.score == PROBLEMS):
            raise ValueError("of：figure 的写一个填报项，score: problems 的写一列编码，其他条件不写")
        if self.of is not None and self.figure is None and self.score is None:
            raise ValueError("of 只能与 figure 或 score: problems 一起写")
        return self

    def _comparisons(self) -> set[str]:
        if self.checklist is not None:
            return {"all", "has"}
        if self.score == CLASS:
            return set(_EQUAL)
        if self.score is not None:
            return set(_ORDERED) | ({"is_"} if self.score == PROBLEMS else set())
        return {*_ORDERED, *_EQUAL, *_OF_A_ROW, "has"} if self.figure is not None else set()

    @property
    def is_of_a_row(self) -> bool:
        """Whether it says what only holds of a row of a ledger."""
        return any(getattr(leaf, name) is not None for leaf in self.leaves for name in _OF_A_ROW) or any(
            leaf.in_years or (leaf.figure is not None and leaf.has is not None) for leaf in self.leaves
        )

    @property
    def parts(self) -> list[Condition]:
        """The conditions that this one joins; none where it compares."""
        joined = self.all if isinstance(self.all, list) else self.any or []
        return [self.not_] if self.not_ is not None else joined

    @property
    def leaves(self) -> list[Condition]:
        """All that compare, in the order in which they are written."""
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]

    @property
    def comparison(self) -> tuple[str, Any]:
        """Of one that compares: by which of below, above, at_least, at_most, is_, is_not, in_, all, has, and with what."""
        names = ("all", "has") if self.checklist is not None else (*_ORDERED, *_EQUAL, *_OF_A_ROW, "has")
        return next((name, value) for name in names if (value := getattr(self, name)) is not None)
