"""Figures from elsewhere (引用数): named values of other results, forms, items and the register, read like reported ones."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.period import Period
from include.schemes.conditions import Condition, Quotient
from include.subject_kinds import ByLink

SAME = "same"
_KINDS = (
    "result",
    "figure",
    "items",
    "register",
    "attribute",
    "tally",
    "ratings",
    "inputs",
    "ratio",
    "events",
    "ledger",
)
_PREVIOUS = re.compile(r"previous(?: ([1-9]))?")
_SLOT = re.compile(r"(last_year )?(Y|H[12]|Q[1-4]|M(?:0[1-9]|1[0-2]))")

Take = Literal["mean", "min", "max", "last", "sum", "count", "rate", "total", "grade"]


def known_word(word: str) -> str:
    """A word for a period as seen from another one. Raises ValueError for any other."""
    if word not in (SAME, "same_last_year") and not (_PREVIOUS.fullmatch(word) or _SLOT.fullmatch(word)):
        raise ValueError(
            f"period 不认识“{word}”：可写 same、previous、previous 2、same_last_year、Y、H1、H2、Q1…Q4，"
            "last_year Y 这样的，或它们的列表"
        )
    return word


class Having(Part):
    """What must hold of the rows of another ledger that name a row: their number, or the `sum` of a column, is `at_least` (or `below`) a
    number. `column`: where they name it; `of`: the row's column that they name, its key where nothing is said."""

    ledger: str
    column: str
    of: str = ""
    sum: str = ""
    where: list[Condition] = Field(default_factory=list)
    at_least: Decimal | None = None
    below: Decimal | None = None


class Source(Part):
    """Where a figure is from. One of:

    - `result`: a system; its total, the rate of `indicators` (Σ points ÷ Σ full marks of those applicable), or its class;
    - `figure`: what was reported (and corrected) in a field of `form`, of this system or of `system`;
    - `tally`: votes of a form of this system; the rate of an `item`, or how many rows give an `option` more than `share_above`
      of theirs;
    - `ratings`: a form of this system that rates; what the raters gave in `field`;
    - `items`: a system; how many of its items are `state` open, closed or all, of these only those `found_in` a period; of its
      `item` kind (`any`: of whatever kind with steps) how many were `opened_in` a period, stand `at` a step, have come to the results of steps that
      `has` names (of `has_any` one) and to none of `lacks`, were done `on_time`; with `runs` how often a step was gone through and `came_to` one of these results;
      `whose`: of the unit's items, or of those whose step it held; `told_by`: the form that they come by: of who never handed it in
      there is none, where without it there are 0;
    - `register`: a column of the unit's row; `attribute`: an attribute of the unit;
    - `inputs`: others of this list, that stand before it, put together;
    - `ratio`: two figures, of the forms about the unit or of this list before it, the first divided by the second; with
      `decimals` it is rounded half up, and no per cent;
    - `events`: a series of this system, or <system>.<series>; how many of the unit's events in the period came to an `outcome`
      (planned: all but those cancelled), or the sum of a `column` of their sheets, of those of whose sheet `where` holds;
      with `running` how many of them follow one another at most, counted on from the periods before into this one;
    - `ledger`: a form of free rows (of another system <system>.<form>), as it held on the period's last day: of the rows of which
      `where` and `having` hold the number (of `distinct` columns how many differ), or the sum, mean, min, max of `column`. `by`: a
      column that names the subject whose rows they are; without it they are its filler's.

    `of`: results of those whom a link joins to the unit, whichever way it leads, instead of its own.
    `period`: same, previous, previous 2, same_last_year, Y, H1, Q3 … of the year, last_year Y, or a list of such.
    """

    result: str = ""
    figure: str = ""
    items: str = ""
    register_: str = Field(default="", alias="register")
    attribute: str = ""
    tally: str = ""
    item: str = ""
    option: str = ""
    share_above: Decimal | Quotient | None = None
    ratings: str = ""
    field: str = ""
    inputs: list[str] = Field(default_factory=list)
    ratio: tuple[str, str] | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    ledger: str = ""
    where: list[Condition] = Field(default_factory=list)
    having: Having | None = None
    column: str = ""
    distinct: list[str] = Field(default_factory=list)
    by: str = ""
    system: str = ""
    form: str = ""
    indicators: list[str] = Field(default_factory=list)
    state: Literal["open", "closed", "all", "waiting", "overdue", "due"] = "all"
    found_in: str = ""
    events: str = ""
    outcome: Literal["planned", "held", "not_held", "made_up", "on_time", "late"] | None = None
    running: bool = False
    opened_in: str = ""
    told_by: str = ""
    at: list[str] = Field(default_factory=list)
    has: dict[str, list[str]] = Field(default_factory=dict)
    has_any: dict[str, list[str]] = Field(default_factory=dict)
    lacks: dict[str, list[str]] = Field(default_factory=dict)
    runs: str = ""
    came_to: list[str] = Field(default_factory=list)
    on_time: bool = False
    whose: Literal["unit", "holder"] = "unit"
    period: str | list[str] = SAME
    of: ByLink | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        if sum(bool(self._value(name)) for name in _KINDS) != 1:
            raise ValueError(f"from 必须且只能写 {'、'.join(_KINDS)} 之一")
        if bool(self.option) != (self.share_above is not None) or (self.option and self.item):
            raise ValueError("tally 写 item（得票率），或者写 option 和 share_above（超过的有几项）")
        if (not self.tally and ((self.item and not self.items) or self.option)) or bool(self.ratings) != bool(
            self.field
        ):
            raise ValueError("item、option 只能与 tally 一起写，ratings 和 field 要一起写")
        if self.of is not None and not self.result:
            raise ValueError("of 只能与 result 一起写：相连的对象的结果")
        if self.register_ not in ("", "households"):
            raise ValueError("register 只能写 households（户数）")
        if self.decimals is not None and self.ratio is None:
            raise ValueError("decimals 只能与 ratio 一起写")
        if bool(self.events) != (self.outcome is not None):
            raise ValueError("events 和 outcome 要一起写")
        if self.running and (not self.events or self.column or self.where):
            raise ValueError("running（连续几次）只能与 events 一起写，不写 column、where")
        if not self.ledger and (self.having or self.distinct or self.by):
            raise ValueError("having、distinct、by 只能与 ledger 一起写")
        if not self.ledger and not self.events and (self.where or self.column):
            raise ValueError("where、column 只能与 ledger 或 events 一起写")
        if self.found_in and not self.items:
            raise ValueError("found_in 只能与 items 一起写")
        of_steps = (
            self.opened_in,
            self.at,
            self.has,
            self.has_any,
            self.lacks,
            self.runs,
            self.on_time,
            self.whose == "holder",
        )
        if (any(of_steps) or self.state in ("waiting", "overdue", "due")) and not (self.items and self.item):
            raise ValueError(
                "opened_in、has、lacks、runs、on_time、whose、state: waiting、overdue 和 due 只能与 items 和 item（事项种类）一起写"
            )
        if self.told_by and not self.opened_in:
            raise ValueError("told_by（由哪张表登记）只能与 opened_in 一起写")
        if self.came_to and not self.runs:
            raise ValueError("came_to 只能与 runs 一起写")
        for word in [*self.words, *filter(None, [self.found_in, self.opened_in])]:
            known_word(word)
        return self

    @property
    def kind_of_item(self) -> str | None:
        """Of items with steps their kind; empty: any; None of whatever else."""
        return None if not (self.items and self.item) else "" if self.item == "any" else self.item

    @property
    def words(self) -> list[str]:
        return self.period if isinstance(self.period, list) else [self.period]

    @property
    def kind(self) -> str:
        return next(name for name in _KINDS if self._value(name))

    def _value(self, name: str) -> str:
        return str(getattr(self, "register_" if name == "register" else name) or "")

    def system_of(self, own: str) -> str:
        """Key of the system that it is from; empty for the register."""
        if self.ledger:
            return self.ledger.rpartition(".")[0] or own
        return self.result or self.items or ((self.system or own) if self.figure else "")


class Where(Part):
    """Which of several are counted: those of a class, or with an answer."""

    grade: str | list[str] | None = None
    is_: Decimal | str | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def _one(self) -> Where:
        if (self.grade is None) == (self.is_ is None):
            raise ValueError("where 必须且只能写 grade 或 is 之一")
        return self

    @property
    def wanted(self) -> list[str | Decimal]:
        if self.is_ is not None:
            return [self.is_]
        return list(self.grade) if isinstance(self.grade, list) else [str(self.grade)]


class Input(Part):
    """One figure from elsewhere. `take` says what of it (rate, total, grade) or how several are put together.

    An attribute is a text, with `take: sum` a number. Of fewer than `at_least` there is no figure. `missing`: what then - the indicators that read it are not applicable,
    it counts as 0 (of several, each that there is not), the unit has no total, or nothing is scored before the source is closed.
    `each_missing`: of several whom a link joins to the unit, one that has no result is left out, or counts as 0; of whom none
    takes part in the source, there is no figure.
    """

    key: str
    from_: Source = Field(alias="from")
    name: str = ""
    unit: str = ""
    take: Take | None = None
    where: Where | None = None
    at_least: int | None = Field(default=None, ge=1)
    each_missing: Literal["left_out", "zero"] = "left_out"
    missing: Literal["not_applicable", "zero", "no_total", "refuse"] = "not_applicable"

    @model_validator(mode="after")
    def _fits_its_source(self) -> Input:
        if self.where is not None and self.take != "count":
            raise ValueError("where 只能与 take: count 一起写")
        if self.take == "rate" and not self.from_.indicators and not self.from_.tally:
            raise ValueError("take: rate 需要 indicators 或 tally")
        if self.from_.tally and self.take != ("count" if self.from_.option else "rate"):
            raise ValueError("tally 的 item 写 take: rate，option 写 take: count")
        if self.from_.ratings and self.take not in (None, "mean", "min", "max", "sum", "count"):
            raise ValueError("ratings 的 take 可写 mean、min、max、sum、count")
        if self.from_.inputs and self.take not in ("mean", "min", "max", "sum"):
            raise ValueError("inputs 的 take 可写 mean、min、max、sum")
        if self.from_.events and (self.take is not None or not self.name):
            raise ValueError("events 要写 name，不写 take：不写 column 的是次数，写了的是合计")
        if (self.from_.inputs or self.from_.ratio) and not self.name:
            raise ValueError("由其他数合成的要写 name")
        if self.from_.ledger and self.take not in ("count", "sum", "mean", "min", "max"):
            raise ValueError("ledger 的 take 可写 count、sum、mean、min、max")
        if self.from_.ledger and (not self.name or (self.take == "count") == bool(self.from_.column)):
            raise ValueError("ledger 的要写 name；take 是 count 的不写 column，其他的要写")
        if self.from_.indicators and not self.from_.result:
            raise ValueError("indicators 只能与 result 一起写")
        if self.take in ("rate", "total", "grade") and not self.from_.result and not self.from_.tally:
            raise ValueError(f"take: {self.take} 只能用于 result")
        if self.each_missing != "left_out" and self.from_.of is None:
            raise ValueError("each_missing 只能与 from 的 of 一起写")
        if (isinstance(self.from_.period, list) or self.from_.of) and self.take in (None, "grade"):
            several = "对象" if self.from_.of else "期间"
            raise ValueError(f"几个{several}的要写 take：mean、min、max、last、sum、count、rate 或 total")
        return self

    @property
    def is_rate(self) -> bool:
        """Whether people read it in per cent."""
        if self.from_.ratio:
            return self.from_.decimals is None
        return bool(self.from_.indicators or self.from_.tally) and self.take != "count"

    @property
    def is_text(self) -> bool:
        return self.take == "grade" or (bool(self.from_.attribute) and self.take not in ("count", "sum"))


def period_of(word: str, period: Period) -> Period:
    """The period that a word means, seen from another one."""
    if word == SAME:
        return period
    if word == "same_last_year":
        return period.same_last_year
    if back := _PREVIOUS.fullmatch(word):
        for _ in range(int(back[1] or 1)):
            period = period.previous
        return period
    slot = _SLOT.fullmatch(word)
    assert slot is not None
    return Period.in_year(period.year - bool(slot[1]), slot[2])
