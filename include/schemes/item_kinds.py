"""Kinds of items (事项种类) as data: their steps, who takes each, until when, what each comes to and where it leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from include.data_files import Part, kept, read_yaml
from include.period import add_working_days, months_later
from include.schemes.conditions import Condition
from include.settings import shared_folder

RECTIFICATION = "rectification"
Scope = Literal["community", "street", "county", "party_unit", "inspectors"]
CLOSED = "办结"
"""Where an outcome leads that ends an item."""


class ByColumn(Part):
    """Who takes a step, as a column of the item says: a word of `is`, or the code of a subject; `else` where neither."""

    column: str
    is_: dict[str, Scope] = Field(default_factory=dict, alias="is")
    else_: Scope | ByColumn = Field(default="community", alias="else")


class Span(Part):
    """A time. One of: working days, calendar days, months, `until` a day that a column holds (`otherwise` where it is
    empty), or by the value of a column (`otherwise` for any other value)."""

    working_days: int | None = Field(default=None, gt=0)
    calendar_days: int | None = Field(default=None, gt=0)
    months: int | None = Field(default=None, gt=0)
    until: str = ""
    column: str = ""
    is_: dict[str, Span] = Field(default_factory=dict, alias="is")
    otherwise: Span | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Span:
        said = [self.working_days, self.calendar_days, self.months, self.until or None, self.column or None]
        if sum(one is not None for one in said) != 1:
            raise ValueError("期限必须且只能写 working_days、calendar_days、months、until、column 之一")
        if bool(self.column) != bool(self.is_) or (self.otherwise and not (self.until or self.column)):
            raise ValueError("期限的 column 要写 is；otherwise 只与 until 或 column 一起写")
        return self

    def last_day(self, began: dt.date, cells: Mapping[str, str]) -> dt.date | None:
        """The last day of a span that begins on a day; None where the column that it goes by says nothing."""
        if self.working_days is not None:
            return add_working_days(began, self.working_days)
        if self.calendar_days is not None:
            return began + dt.timedelta(days=self.calendar_days)
        if self.months is not None:
            return months_later(began, self.months)
        if self.until and cells.get(self.until):
            return dt.date.fromisoformat(cells[self.until])
        span = self.is_.get(cells.get(self.column, ""), self.otherwise) if self.column else self.otherwise
        return span.last_day(began, cells) if span else None


class Raise(Part):
    """Hand on upward: the column takes the value that stands after its present one."""

    column: str
    order: list[str] = Field(min_length=2)


class Outcome(Part):
    """What an answer to a step leads to: a step, or 办结 where the item ends.

    `needs`: columns that must be filled in with it. `sets`: columns that it fills in itself. `raises`: a level, at most once
    each. `waits`: the item waits (长期关注), neither overdue nor closed, and is looked at again after that time. `within`: the
    span of the next step instead of its own. `at_most`: how often an item may take it, `then` where it leads after that.
    `state`: what the item is called then, instead of the step's or of what ends it. `tells`: by which kind of notice the office
    of the street hears of it.
    """

    to: str
    needs: list[str] = Field(default_factory=list)
    sets: dict[str, str] = Field(default_factory=dict)
    raises: Raise | None = None
    waits: Span | None = None
    within: Span | None = None
    at_most: int | None = Field(default=None, gt=0)
    then: str = CLOSED
    state: str = ""
    tells: str = ""


def _step_alone(said: object) -> object:
    return {"to": said} if isinstance(said, str) else said


ShortOutcome = Annotated[Outcome, BeforeValidator(_step_alone, json_schema_input_type=Outcome | str)]
"""`办结: 反馈` is `办结: {to: 反馈}`."""


class Pairs(Part):
    """The rows of a ledger that pair who could take an item on (`unit`, a code) with a subject (`paired_with`, its code)."""

    of: str
    unit: str
    paired_with: str


class Proposal(Part):
    """Who could take an item on, told with the step to whoever decides; nobody is chosen by it.

    Named are those in the column `unit` of the rows of the ledger `of` that say the `same` as the item (which column as which of its
    cells), have something left of their `capacity` in the calendar year (it is used up by items that are the same and came to one
    of the results in `taken`, by step), and had not this item before. First those whom `pairs` has with the item's subject, then
    who has the fewest open items, then by code; `at_most` of them.
    """

    of: str
    unit: str
    same: dict[str, str]
    capacity: str
    taken: dict[str, list[str]]
    pairs: Pairs | None = None
    at_most: int = Field(default=3, gt=0)


class Step(Part):
    """One step. A deadline is counted from the day on which the step before was done, and stored.

    `latest`: the furthest day that `until` may name. `unanswered`: the outcome that it ends with on its last day where nobody
    answered. `presumed`: the outcome that it is taken to have had where a later step is reported without it. `on_time`:
    whether it was answered in time is what 按期 of the item goes by. `counts_as_closed`: an item that stands at it counts as closed (销号) already. `escalation`: a policy of its own; "" none.
    """

    step: str
    by: Scope | ByColumn
    within: Span
    latest: Span | None = None
    fills: list[str] = Field(default_factory=list)
    outcomes: dict[str, ShortOutcome]
    unanswered: str = ""
    presumed: str = ""
    on_time: bool = False
    state: str = ""
    counts_as_closed: bool = False
    escalation: str | None = None
    notice: str = ""  # what its holder is told when it begins; nothing where empty
    sends_sheet: bool = False  # with that notice goes the sheet by which steps are reported, with item and step
    proposes: Proposal | None = None


class FromSheet(Part):
    """Which columns of a sheet of rows an item is made of. `code`: what items.csv calls indicator; `keeps`: which column goes on with the item, as which of its cells."""

    problem: str
    code: str = ""
    keeps: dict[str, str] = Field(default_factory=dict)


class FromDay(Part):
    """Which rows of a ledger raise an item, and when: `working_days` or `months` before the day in `column`, which is its last;
    those of which `where` holds. `problem` may say {row}, the row's key, and {day}."""

    form: str
    column: str
    working_days: int = Field(default=0, ge=0)
    months: int = Field(default=0, ge=0)
    where: list[Condition] = Field(default_factory=list)
    problem: str

    @model_validator(mode="after")
    def _some_time(self) -> FromDay:
        if bool(self.working_days) == bool(self.months):
            raise ValueError("from_day 写 working_days（提前几个工作日）或 months（提前几个月）")
        return self


class ItemKind(Part):
    """A kind of items.

    `one_open_per_code`: of one subject and code one is open at a time, found again it is carried; else each has a number.
    `first`: the step that it begins with, where not the one listed first. `escalation`: the policy by which who holds a step
    is reminded. `closed`: what an item is called that came to its end. `effective_from`: the period of finding from which the steps hold.
    """

    kind: str
    name: str
    steps: list[Step] = Field(min_length=1)
    first: str = ""
    from_sheet: FromSheet | None = None
    from_day: FromDay | None = None
    one_open_per_code: bool = False
    escalation: str = "short"
    closed: str = CLOSED
    waiting: str = "长期关注"
    effective_from: str = ""
    follows_states: dict[str, str] = Field(default_factory=dict)  # of rectification: the step of each of its states

    @model_validator(mode="after")
    def _leads_somewhere(self) -> ItemKind:
        names = [one.step for one in self.steps]
        wrong = [] if len(set(names)) == len(names) else ["有两个环节同名"]
        for one in self.steps:
            for outcome, said in one.outcomes.items():
                leads = [said.to, *([said.then] if said.at_most else [])]
                wrong += [
                    f"环节“{one.step}”的结果“{outcome}”通向“{to}”，没有这个环节"
                    for to in leads
                    if to not in (*names, CLOSED)
                ]
            for role, outcome in (("unanswered", one.unanswered), ("presumed", one.presumed)):
                if outcome and outcome not in one.outcomes:
                    wrong.append(f"环节“{one.step}”的 {role} 写的“{outcome}”不是它的结果")
            spans = [one.within, *(said.within for said in one.outcomes.values() if said.within)]
            if not self.follows_states and any((span.until or span.column) and not span.otherwise for span in spans):
                wrong.append(f"环节“{one.step}”的期限按一列定，要写 otherwise：那一列没有填时多久")
        if self.first and self.first not in names:
            wrong.append(f"first 写的“{self.first}”不是它的环节")
        wrong += [f"从环节“{name}”到不了办结" for name in names if not self._ends(name)]
        reached = self._reached(self.first_step.step) if not wrong else set(names)
        wrong += [f"环节“{name}”走不到" for name in names if name not in reached]
        if wrong:
            raise ValueError(f"{self.name}：" + "；".join(wrong))
        return self

    @property
    def first_step(self) -> Step:
        return next((one for one in self.steps if one.step == self.first), self.steps[0])

    def step(self, name: str) -> Step | None:
        return next((one for one in self.steps if one.step == name), None)

    def _reached(self, name: str) -> set[str]:
        found, ahead = {name}, [name]
        while ahead:
            step = self.step(ahead.pop())
            for one in step.outcomes.values() if step else ():
                for to in (one.to, *([one.then] if one.at_most else [])):
                    if to not in found:
                        found.add(to)
                        ahead.append(to)
        return found

    def _ends(self, name: str) -> bool:
        return CLOSED in self._reached(name)


@kept
def shared_kinds() -> dict[str, ItemKind]:
    """The kinds that several systems share, by key."""
    return {
        one["kind"]: ItemKind.model_validate(one) for one in read_yaml(shared_folder() / "item_kinds.yaml")["kinds"]
    }
