"""Periods, deadlines, working days and the clock. The only module that knows the zone.

A period is a year (2026), a half year (2026H1), a quarter (2026Q2) or a month (2026-07).
Every moment that leaves this module is aware and in the office's zone.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from include.data_files import files_of, kept, read_yaml
from include.errors import UserError
from include.settings import get_settings, shared_folder

Kind = Literal["year", "half", "quarter", "month"]

_FORMS = re.compile(r"(?P<year>[12]\d{3})(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")
_MONTHS: dict[Kind, int] = {"year": 12, "half": 6, "quarter": 3, "month": 1}
_CHINESE_QUARTERS = "一二三四"


@dataclass(frozen=True, order=True)
class Period:
    """A span of whole months; ordered by its first day, then its length.

    `index` counts from 1 within the year: half 2, quarter 4, month 7. A year has index 1.
    """

    start_date: dt.date
    months: int

    @classmethod
    @functools.lru_cache(maxsize=1_000)
    def parse(cls, text: str) -> Period:
        """Read 2026, 2026H1, 2026Q2 or 2026-07; anything else is a UserError in Chinese."""
        match = _FORMS.fullmatch(text.strip())
        if match is None:
            raise UserError(
                f"期间“{text}”无法识别：请写成 2026（全年）、2026H1（上半年）、2026Q2（第二季度）或 2026-07（月份）。"
            )
        year = int(match["year"])
        kind: Kind = next((k for k in ("half", "quarter", "month") if match[k]), "year")
        index = int(match[kind]) if kind != "year" else 1
        return cls._of(year, kind, index)

    @classmethod
    def _of(cls, year: int, kind: Kind, index: int) -> Period:
        months = _MONTHS[kind]
        zero_based = (index - 1) * months
        return cls(dt.date(year + zero_based // 12, zero_based % 12 + 1, 1), months)

    @classmethod
    def in_year(cls, year: int, slot: str) -> Period:
        """The period of a year by its `slot`: H1, Q3, Y, M07. Raises UserError for what is none."""
        return cls.parse(f"{year}" if slot == "Y" else f"{year}-{slot[1:]}" if slot[:1] == "M" else f"{year}{slot}")

    @property
    def kind(self) -> Kind:
        return next(kind for kind, months in _MONTHS.items() if months == self.months)

    @property
    def year(self) -> int:
        return self.start_date.year

    @property
    def index(self) -> int:
        return (self.start_date.month - 1) // self.months + 1

    @property
    def end_date(self) -> dt.date:
        """Last day, inclusive."""
        return self.next.start_date - dt.timedelta(days=1)

    @property
    def start_at(self) -> dt.datetime:
        """First second."""
        return start_of(self.start_date)

    @property
    def end_at(self) -> dt.datetime:
        """Last second, inclusive."""
        return end_of(self.end_date)

    @property
    def next(self) -> Period:
        return self._shifted(self.months)

    @property
    def previous(self) -> Period:
        return self._shifted(-self.months)

    @property
    def same_last_year(self) -> Period:
        return self._shifted(-12)

    def _shifted(self, months: int) -> Period:
        count = self.start_date.year * 12 + self.start_date.month - 1 + months
        return Period(dt.date(count // 12, count % 12 + 1, 1), self.months)

    @property
    def half(self) -> Period:
        """The half year that contains this quarter, month or half."""
        return self._parent("half")

    @property
    def parent(self) -> Period | None:
        """Month → quarter → half → year → None."""
        order: list[Kind] = ["month", "quarter", "half", "year"]
        place = order.index(self.kind)
        return None if place == 3 else self._parent(order[place + 1])

    def _parent(self, kind: Kind) -> Period:
        if _MONTHS[kind] < self.months:
            raise UserError(f"期间 {self} 比要求的更长，不能归入其中。")
        return self._of(self.year, kind, (self.start_date.month - 1) // _MONTHS[kind] + 1)

    @property
    def children(self) -> list[Period]:
        """The next finer periods inside: two halves, two quarters, three months, none."""
        order: list[Kind] = ["year", "half", "quarter", "month"]
        place = order.index(self.kind)
        if place == 3:
            return []
        length = _MONTHS[order[place + 1]]
        first = Period(self.start_date, length)
        return [first._shifted(i * length) for i in range(self.months // length)]

    @property
    def slot(self) -> str:
        """The key under which a scheme's YAML gives values by period: H1, Q3, Y, M07."""
        known = {"year": "Y", "half": f"H{self.index}", "quarter": f"Q{self.index}", "month": f"M{self.index:02}"}
        return known[self.kind]

    @property
    def name(self) -> str:
        """As people write it: 2026年上半年, 2026年第二季度, 2026年度, 2026年7月."""
        of_year = {
            "year": "度",
            "half": "上半年" if self.index == 1 else "下半年",
            "quarter": f"第{_CHINESE_QUARTERS[self.index - 1]}季度" if self.months == 3 else "",
            "month": f"{self.index}月",
        }
        return f"{self.year}年{of_year[self.kind]}"

    def __str__(self) -> str:
        return {
            "year": f"{self.year}",
            "half": f"{self.year}H{self.index}",
            "quarter": f"{self.year}Q{self.index}",
            "month": f"{self.year}-{self.index:02}",
        }[self.kind]


def zone() -> ZoneInfo:
    return _zone(os.environ.get("DUBAN_TIMEZONE"))


@functools.lru_cache(maxsize=4)
def _zone(_setting: str | None) -> ZoneInfo:
    """Asked for with every moment that is read, so the settings are read only when the zone has changed."""
    return ZoneInfo(get_settings().timezone)


_standing: ContextVar[dt.datetime | None] = ContextVar("standing", default=None)


@contextmanager
def standing_at(moment: dt.datetime) -> Iterator[None]:
    """Inside, the clock stands at a past moment: what happened then is done again (include/rebuild/replay.py)."""
    token = _standing.set(in_zone(moment))
    try:
        yield
    finally:
        _standing.reset(token)


def now() -> dt.datetime:
    """The moment, to the second: the simulated clock where DUBAN_NOW is set, else the real one."""
    if (standing := _standing.get()) is not None:
        return standing
    setting = _clock(os.environ.get("DUBAN_NOW"))
    if not setting:
        return dt.datetime.now(zone()).replace(microsecond=0)
    path = Path(setting)
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else setting
    return parse_moment(text, "DUBAN_NOW")


def today() -> dt.date:
    """The day in the office's time zone, by the same clock."""
    return in_zone(now()).date()


def move_clock(moment: dt.datetime) -> None:
    """Turn the simulated clock on, in one step that no reader sees halfway. Raises UserError where it is none that a file holds, or
    the moment is no later one."""
    path = Path(get_settings().now.strip() or ".")
    if not path.is_file():
        raise UserError("现在用的不是写在文件里的模拟时间，不能翻日历。")
    if moment <= now():
        raise UserError(f"{in_zone(moment):%Y-%m-%d %H:%M} 不在现在之后：日历只往后翻。")
    draft = path.with_suffix(".part")
    draft.write_text(in_zone(moment).isoformat(timespec="seconds"), encoding="utf-8")
    draft.replace(path)


def real_now() -> dt.datetime:
    """The moment by the machine's own clock, whatever the simulated one says: for how long a process has held something."""
    return dt.datetime.now(zone())


def at_latest_now(moment: dt.datetime) -> dt.datetime:
    """When the answer to something from outside falls due: a time still to come (a file's, a mail's) counts as now.

    Else a file from a machine whose clock is ahead, or one handed in on a simulated clock, would never be answered.
    """
    return min(moment, now())


@functools.lru_cache(maxsize=4)
def _clock(_setting: str | None) -> str:
    """Asked for with every row that is written, so the settings are read only when the clock's has changed."""
    return get_settings().now.strip()


def parse_moment(text: str, where: str) -> dt.datetime:
    """An ISO moment in the office's zone; a date alone means its first second. `where` names the setting."""
    try:
        return in_zone(dt.datetime.fromisoformat(text))
    except ValueError:
        raise UserError(f"{where} 的值“{text}”不是有效的时间：请写成 2026-07-20T18:00:00 这样的形式。") from None


def in_zone(moment: dt.datetime) -> dt.datetime:
    """The same moment in the office's zone; a naive one is taken to be local already."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone())
    return moment.astimezone(zone())


def from_timestamp(seconds: float) -> dt.datetime:
    """A file's modification time as a moment, whole seconds."""
    return dt.datetime.fromtimestamp(int(seconds), zone())


def start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone())


def end_of(day: dt.date) -> dt.datetime:
    """The last second of the day: deadlines are inclusive to it."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), zone())


def days_late(received_at: dt.datetime, due_date: dt.date) -> int:
    """Calendar days, or parts of one, after the last second of `due_date`; 0 when on time."""
    return max(0, (in_zone(received_at).date() - due_date).days)


# Of each year the days off and the weekends worked.
Calendars = Mapping[int, tuple[frozenset[dt.date], frozenset[dt.date]]]
_UNKNOWN: tuple[frozenset[dt.date], frozenset[dt.date]] = (frozenset(), frozenset())


def calendars_folder() -> Path:
    """Where the days off lie, a file a year."""
    return shared_folder() / "days_off"


@kept
def _calendar_files() -> Calendars:
    years = {}
    for path in files_of(calendars_folder(), "[12]*.yaml"):
        data = read_yaml(path)
        years[int(data["year"])] = (frozenset(data["days_off"]), frozenset(data["working_weekends"]))
    return years


def is_working_day(day: dt.date) -> bool:
    """Monday to Friday, save public holidays, plus 调休 weekends worked.

    A year without a file in systems/_shared/days_off knows weekends only (see `calendar_is_known`).
    """
    return _is_worked(day, _calendars())


def _is_worked(day: dt.date, calendars: Calendars) -> bool:
    days_off, working_weekends = calendars.get(day.year, _UNKNOWN)
    return day in working_weekends or (day.weekday() < 5 and day not in days_off)


def calendar_is_known(year: int) -> bool:
    """Whether the office has filled in the public holidays of that year."""
    return year in _calendars()


def days_off_of(year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]] | None:
    """Days off and worked weekends of a year; None where the office has not filled them in."""
    return _calendars().get(year)


def calendar_path(year: int) -> Path:
    return calendars_folder() / f"{year}.yaml"


_not_yet_known: ContextVar[frozenset[int]] = ContextVar("not_yet_known", default=frozenset())


@contextmanager
def before_calendars(years: frozenset[int]) -> Iterator[None]:
    """Inside, the calendars of those years have not come yet: what happened before is done again (include/rebuild/replay.py)."""
    token = _not_yet_known.set(years)
    try:
        yield
    finally:
        _not_yet_known.reset(token)


def _calendars() -> Calendars:
    """As the files are now. Who walks over days asks once: each asking looks whether a file has changed."""
    known, hidden = _calendar_files(), _not_yet_known.get()
    return {year: days for year, days in known.items() if year not in hidden} if hidden else known


def is_holiday(day: dt.date) -> bool:
    """Whether a day off lies in an unbroken run of days off that holds a public holiday: the weekend beside one is part of it."""
    around = (*_days_off_from(day, 1), *_days_off_from(day, -1))
    return not is_working_day(day) and any(_is_public(one) for one in around)


def is_ordinary_day_off(day: dt.date) -> bool:
    """Whether it is a day off that is no holiday: a weekend by itself."""
    return not is_working_day(day) and not is_holiday(day)


def _is_public(day: dt.date) -> bool:
    return day in _calendars().get(day.year, _UNKNOWN)[0]


def _days_off_from(day: dt.date, step: int) -> Iterator[dt.date]:
    """The day and those after it (before it: -1) until the next day that is worked."""
    while not is_working_day(day):
        yield day
        day += dt.timedelta(days=step)


def next_working_day(day: dt.date) -> dt.date:
    """`day` itself if worked, else the first worked day after it."""
    calendars = _calendars()
    while not _is_worked(day, calendars):
        day += dt.timedelta(days=1)
    return day


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `day` (before it where negative). `day` itself is not counted."""
    calendars = _calendars()
    step = dt.timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not _is_worked(day, calendars):
            day += step
    return day


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Working days after `start` up to and including `end`; negative where `end` is earlier."""
    if end < start:
        return -working_days_between(end, start)
    calendars = _calendars()
    return sum(_is_worked(start + dt.timedelta(days=i + 1), calendars) for i in range((end - start).days))


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last where it has no such day."""
    whole = day.year * 12 + day.month - 1 + months
    first = dt.date(whole // 12, whole % 12 + 1, 1)
    following = dt.date((whole + 1) // 12, (whole + 1) % 12 + 1, 1)
    return min(first + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))


def chinese_weekday(day: dt.date) -> str:
    """星期一 … 星期日."""
    return f"星期{'一二三四五六日'[day.weekday()]}"


def chinese_date(day: dt.date) -> str:
    """2026年8月20日: Arabic figures, no leading zero (GB/T 9704)."""
    return f"{day.year}年{day.month}月{day.day}日"
