"""What every system says, whatever its shape: its name, periods, versions, calendar, and who takes part."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

from pydantic import Field

from include.data_files import Part
from include.period import Period
from include.schemes.calendar import Calendar, Dates, OfficialPeriods
from include.schemes.series import Series
from include.schemes.subjects import Ranking, Taking

SCORED = "scored_form"


class Version(Part):
    version: str
    effective_from: str
    reference: str = ""


class System(Part):
    """What every system says, whatever its shape, in the version and for the period that it was loaded for."""

    scheme: str
    name: str
    title: str
    reference: str = ""
    # How it goes through a period (include/shapes). In no dump, as what else decides no result.
    shape: str = Field(default=SCORED, exclude=True)
    period_kinds: list[Literal["month", "quarter", "half", "year"]]
    official_periods: OfficialPeriods = Field(default=OfficialPeriods(), exclude=True)
    # The second of the day at which the system's scheduled runs are due: no two systems share one, nor is one given again.
    slot: int = Field(default=0, ge=0, lt=3600, exclude=True)
    versions: list[Version] = Field(min_length=1)
    calendar: Calendar
    # Who takes part and who is ranked with whom. In no dump: what of it decides enters input_hash where a system says it.
    scope: Literal["street", "county"] = Field(default="street", exclude=True)
    subjects: list[Taking] = Field(default_factory=list, exclude=True)
    group_by: str = Field(default="", exclude=True)
    rank: Ranking | None = Field(default=None, exclude=True)
    series: list[Series] = Field(default_factory=list, exclude=True)  # of events; what is read of them enters by inputs
    tells_of: list[str] = Field(default_factory=list, exclude=True)  # systems whose results its circular tells of
    short_items: bool = Field(default=False, exclude=True)  # items.csv without kind, number and step
    for_group: str = Field(default="", exclude=True)  # that of which this is the variant
    version: str
    period_text: str

    @property
    def period(self) -> Period:
        return Period.parse(self.period_text)

    def scored(self, period: Period) -> Period:
        """The period that a run for this one scores: the one that it closes, else itself."""
        return Period.in_year(period.year, self.official_periods.closes.get(period.slot, period.slot))

    @cached_property
    def is_checkpoint(self) -> bool:
        """Whether this period is scored provisionally."""
        return self.period.slot in self.official_periods.checkpoints

    @property
    def is_of_sheets(self) -> bool:
        """Whether sheets are collected for this period, and nothing is closed."""
        return self.official_periods.is_sheet(self.period.slot)

    @property
    def has_circular(self) -> bool:
        """Whether its result is told of in a circular."""
        return not self.is_checkpoint and self.period.slot not in self.official_periods.without_circular

    @cached_property
    def dates(self) -> Dates:
        """The calendar of the period; a due date on a day off moves to the next working day."""
        return self.calendar.dates_of(self.period)

    @property
    def own_series(self) -> list[Series]:
        """The series of which this period has events."""
        return [one for one in self.series if one.period_kind == self.period.kind]

    @property
    def groups_apart(self) -> list[str]:
        """The groups that are not ranked, and told of apart from the others."""
        return self.rank.apart if self.rank is not None else []

    @cached_property
    def is_ranked(self) -> bool:
        is_left_out = self.is_checkpoint or self.period.slot in self.official_periods.unranked
        return not is_left_out and self.for_group not in self.groups_apart

    @cached_property
    def previous(self) -> Period:
        """The system's own period before this one: of one with H1 and Y alone, before H1 comes the H1 of the year before."""
        return self._next_of_its_own(lambda period: period.previous)

    @cached_property
    def next(self) -> Period:
        return self._next_of_its_own(lambda period: period.next)

    def _next_of_its_own(self, step: Callable[[Period], Period]) -> Period:
        only, period = self.official_periods.only, step(self.period)
        if self.is_of_sheets:
            return period
        while only and period.slot not in only:
            period = step(period)
        return self.scored(period)
