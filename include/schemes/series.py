"""Series of events: how often one is held and on which day, who is told of it, which sheet says that it was held."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.period import Period, add_working_days
from include.schemes.calendar import Slot

Weekday = Literal["一", "二", "三", "四", "五", "六", "日"]
Needs = Literal["any", "working_day", "ordinary_day_off", "not_holiday"]
HeldBy = Literal["community", "street", "county"]
PLANNED, ANNOUNCED, UNREPORTED, MADE_UP, CANCELLED = "已排定", "已通知", "未报", "补报", "取消"


class NthWeekday(Part):
    """The nth weekday of a month (the 4th Saturday is the one on day 22–28). Two other readings of “the Saturday of the 4th
    week” may be chosen by `weeks`: `of_first_day`, where weeks run from Monday and the first holds the 1st, and `first_full`,
    where the first is the first whole one; by either the day may fall into another month."""

    nth: int = Field(ge=1, le=5)
    weekday: Weekday
    weeks: Literal["nth", "of_first_day", "first_full"] = "nth"


class DayRule(Part):
    """On which day of its period an event is held. One of: the nth weekday or nth working day of a month (of a longer period its
    first), a day of the month, every such weekday (weekly), a date by period, or any day, when none is planned.

    `needs`: the kind of day that it must be; else it moves as `otherwise` says (of the nearest two the later).
    """

    nth_weekday: NthWeekday | None = None
    nth_working_day: int | None = Field(default=None, ge=1, le=20)
    day_of_month: int | None = Field(default=None, ge=1, le=28)
    weekday: Weekday | None = None
    dates: dict[Slot, Annotated[str, Field(pattern=r"^(1[0-2]|0?[1-9])-(3[01]|[12]\d|0?[1-9])$")]] | None = None
    any_day: bool = False
    needs: Needs = "any"
    otherwise: Literal["keep", "next", "previous", "nearest"] = "next"

    @model_validator(mode="after")
    def _one_way(self) -> DayRule:
        ways = (
            self.nth_weekday,
            self.nth_working_day,
            self.day_of_month,
            self.weekday,
            self.dates,
            self.any_day or None,
        )
        if sum(way is not None for way in ways) != 1:
            raise ValueError(
                "日子必须且只能写 nth_weekday、nth_working_day、day_of_month、weekday、dates、any_day 之一"
            )
        return self


class Invitation(Part):
    """Who holds an event is told of it so many working days before, each time once, the last of them in due time. `open_items`: with
    what is open with them, to be talked over. `names_absent`: with who was absent from the system's events running (`absences` of their sheets)."""

    working_days_before: list[Annotated[int, Field(ge=1, le=30)]] = Field(min_length=1)
    open_items: bool = False
    names_absent: bool = False


class MeetingFigure(Part):
    """A figure of another system (`of`) that a meeting looks at: of all who take part the sum of one of its inputs, or the `ratio` of two.
    `says` it with {value} and {reported} (2/3)."""

    of: str
    figure: str = ""
    ratio: tuple[str, str] | None = None
    says: str

    @model_validator(mode="after")
    def _one(self) -> MeetingFigure:
        if bool(self.figure) == (self.ratio is not None):
            raise ValueError("会议通知的 figures 写 figure 或 ratio 之一")
        return self

    @property
    def read(self) -> tuple[str, ...]:
        return self.ratio or (self.figure,)


class MeetingLetter(Part):
    """The letter that calls a meeting of a street, drafted so many working days before and put to its committee. `meeting` is its
    name, {period} the period's; `time` the hour at which it begins; `figures` of other systems stand below what is open."""

    working_days_before: int = Field(ge=1, le=30)
    meeting: str
    time: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    place: str = Field(min_length=1)
    figures: list[MeetingFigure] = Field(default_factory=list)


class Absences(Part):
    """The `column` of a sheet that names who was absent without leave, and after how many events `running` it is told."""

    column: str
    running: int = Field(ge=2)


class EventSheet(Part):
    """The sheet of one row by which an event is reported. `held_on`, `expected`, `present` are its columns: the day on which it
    was held, how many were to come and came. It is due `due_working_days` after the day planned, or after the day held.
    More than `days_off_plan` days from the day planned is noted."""

    form: str
    held_on: str
    expected: str = ""
    present: str = ""
    due_working_days: int = Field(ge=1)
    due_from: Literal["planned", "held"] = "planned"
    days_off_plan: int | None = Field(default=None, ge=0)
    absences: Absences | None = None


class NotHeld(Part):
    """An event of which nothing was accepted so many working days after its period counts as not held from the working day
    after; an item of that kind is opened then."""

    working_days: int = Field(ge=1)
    item: str = ""


class Series(Part):
    """Events of one kind, one (by weekday: several) in each period of a kind.

    `rules`: by name, where several stand to choice; which of them holds for somebody is said by the register's attribute
    `chosen_by`: of the subject itself, else of its street, else of its county; else it is `usual`.
    A year's days are planned on day `planned_on` of the year before, and kept: a calendar that changes moves only what nobody
    was told of yet. `year_plan`: what the letter is called that tells each street of them on that day, {year} the year; empty:
    there is none.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    period_kind: Literal["month", "quarter", "half", "year"]
    held_by: HeldBy = "community"
    when: DayRule | None = None
    rules: dict[str, DayRule] = Field(default_factory=dict)
    chosen_by: str = ""
    usual: str = ""
    invite: Invitation | None = None
    letter: MeetingLetter | None = None
    sheet: EventSheet
    not_held: NotHeld
    held_word: str = "已召开"
    not_held_word: str = "未召开"
    year_plan: str = ""
    planned_on: Annotated[str, Field(pattern=r"^(1[0-2]|0[1-9])-(3[01]|[12]\d|0[1-9])$")] = "12-15"
    reference: str = ""

    @model_validator(mode="after")
    def _one_rule_or_a_choice(self) -> Series:
        if (self.when is None) != bool(self.rules):
            raise ValueError("when（只有一种日子）和 rules（几种可选）必须且只能写一个")
        if self.rules and (not self.chosen_by or self.usual not in self.rules):
            raise ValueError("rules 要同时写 chosen_by（登记册的哪一项属性决定）和 usual（没有写明时用哪一种）")
        return self

    @property
    def all_rules(self) -> dict[str, DayRule]:
        """By name, of a series that has one only by the empty name."""
        return self.rules or ({"": self.when} if self.when else {})

    def due_date(self, planned_date: dt.date | None, held_date: dt.date | None) -> dt.date | None:
        """Until when its sheet is to come; None while the day from which that is counted is not known."""
        start = planned_date if self.sheet.due_from == "planned" else held_date
        start = start or held_date
        return start and add_working_days(start, self.sheet.due_working_days)

    def not_held_date(self, period: Period) -> dt.date:
        """From which day on an event of the period counts as not held where nothing was accepted; its item's days run from it."""
        return add_working_days(add_working_days(period.end_date, self.not_held.working_days), 1)
