"""The days of a period: when forms open and are due, when is looked on site, when the circular follows."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from include.data_files import Part
from include.period import Period, add_working_days, next_working_day

Slot = Annotated[str, Field(pattern=r"^(Y|H[12]|Q[1-4]|M(0[1-9]|1[0-2]))$")]  # as Period.slot writes it
Months = Annotated[int, Field(ge=0, le=12)]


class RelativeDay(Part):
    """A day by its distance from the period: day `day` of the n-th month after the period's last month, or after its first."""

    months_after_end: Months | None = None
    months_after_start: Months | None = Field(default=None, exclude=True)  # in no dump: the first recipe knew it not
    day: int = Field(ge=1, le=31)  # of a shorter month its last

    @model_validator(mode="after")
    def _one_anchor(self) -> RelativeDay:
        if (self.months_after_end is None) == (self.months_after_start is None):
            raise ValueError("months_after_end 和 months_after_start 必须且只能写一个")
        return self

    def of(self, period: Period) -> dt.date:
        first, months = (
            (period.start_date, self.months_after_start)
            if self.months_after_end is None
            else (period.end_date, self.months_after_end)
        )
        count = first.year * 12 + first.month - 1 + (months or 0)
        year, month = count // 12, count % 12 + 1
        return dt.date(year, month, min(self.day, calendar.monthrange(year, month)[1]))


class Dates(Part):
    """The calendar of one period. Every date is inclusive to its last second."""

    opens_date: dt.date
    due_date: dt.date
    window_starts_date: dt.date
    window_ends_date: dt.date
    circular_date: dt.date

    def covers(self, day: dt.date) -> bool:
        """Whether something may come in on that day: from the opening to the end of the window."""
        return self.opens_date <= day <= self.window_ends_date


class Calendar(Part):
    """Without `window_starts` nothing is looked at on site, without `circular` nothing is told: both then are as the end of the
    window: a day, or so many working days after the due day."""

    opens: RelativeDay
    due: RelativeDay
    window_starts: RelativeDay | None = None
    window_ends: RelativeDay | None = None
    window_working_days: int | None = Field(default=None, gt=0, exclude=True)
    circular: RelativeDay | None = None
    reminders_days_before_due: list[int] = Field(default_factory=list)
    reference: str = ""

    def dates_of(self, period: Period) -> Dates:
        """A due date on a day off moves to the next working day."""
        due_date = next_working_day(self.due.of(period))
        ends = add_working_days(due_date, self.window_working_days) if self.window_working_days else None
        window_ends_date = ends or (self.window_ends or self.due).of(period)
        return Dates(
            opens_date=self.opens.of(period),
            due_date=due_date,
            window_starts_date=self.window_starts.of(period) if self.window_starts else window_ends_date,
            window_ends_date=window_ends_date,
            circular_date=self.circular.of(period) if self.circular else window_ends_date,
        )

    @model_validator(mode="after")
    def _has_an_end(self) -> Calendar:
        if (self.window_ends is None) == (self.window_working_days is None):
            raise ValueError("window_ends（某月某日）和 window_working_days（截止后几个工作日）写且只写一个")
        return self

    def disorder_in(self, period: Period) -> Iterator[str]:
        """What comes before what it should follow, by the days as they are written."""
        for earlier, later in (
            ("opens", "due"),
            ("due", "window_ends"),
            ("window_starts", "window_ends"),
            ("window_ends", "circular"),
        ):
            before, after = getattr(self, earlier), getattr(self, later)
            if before and after and before.of(period) > after.of(period):
                yield f"{later} 早于 {earlier}，请按开放、截止、核查、通报的先后改正"
        if self.circular and self.circular.of(period) <= period.end_date:
            yield "circular 不晚于期间的最后一天，期间结束以后才能通报"


class FormCalendar(Part):
    """What a form has otherwise than its system; what it leaves out is the system's."""

    opens: RelativeDay | None = None
    due: RelativeDay | None = None
    window_starts: RelativeDay | None = None
    window_ends: RelativeDay | None = None
    reminders_days_before_due: list[int] | None = None
    reference: str = ""

    def within(self, calendar: Calendar) -> Calendar:
        """The calendar of the form in that of its system."""
        own = {name: value for name in type(self).model_fields if (value := getattr(self, name)) not in (None, "")}
        return calendar.model_copy(update=own)


class OfficialPeriods(Part):
    """What the periods of the calendar are for the system. `only`: it has no others (empty: all of its `period_kinds`).
    `on_demand`: further ones that are opened and closed by hand alone. `closes`: a run for the one scores the other, whose last
    part it is. `checkpoints` are scored provisionally: no rank, no circular, no inspection. `unranked` are official and have no
    ranks. `without_circular` are told of in no document. `sheets` are periods (M, Q, M07 …) for which sheets are collected and
    nothing is closed; `period_kinds` need not name them."""

    only: list[Slot] = Field(default_factory=list)
    on_demand: list[Slot] = Field(default_factory=list)
    closes: dict[Slot, Slot] = Field(default_factory=dict)
    checkpoints: list[Slot] = Field(default_factory=list)
    unranked: list[Slot] = Field(default_factory=list)
    without_circular: list[Slot] = Field(default_factory=list)
    sheets: list[Annotated[str, Field(pattern=r"^(Y|[HQM]|H[12]|Q[1-4]|M(0[1-9]|1[0-2]))$")]] = Field(
        default_factory=list
    )

    def is_sheet(self, slot: str) -> bool:
        """Whether a period is one for which sheets are collected and nothing is closed."""
        return bool({slot, slot[0]} & {*self.sheets})
