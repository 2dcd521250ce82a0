"""The schedule over periods of all systems: a run for each, its partition key the system and the period, never a date guessed
from the clock."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pendulum
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from include.airflow_ext.schedules import is_clock_simulated
from include.data_files import looking_once
from include.errors import UserError
from include.period import Period, in_zone, now, start_of, zone
from include.registry.offices import is_run_by_any
from include.schemes.loader import default_system, find_scheme, keys_default_first, own_periods, run_of, scored_period
from include.shapes import Moment, find_shape

_QUARTER = 3  # months
_HOUR_OF_DAY = dt.timedelta(hours=8)
_GRACE = dt.timedelta(hours=1)
_YEARS_AHEAD = 3
_YEARS_OFFERED = 2
_NAMES = {
    "opens": "各制度开放填报当日 08:00",
    "inspects": "各制度核查期首日 08:00",
    "closes": "各制度核查期结束次日 08:00",
}


@dataclass(frozen=True, order=True)
class Tick:
    """A run that is due: when, of which system, and the period that it is named by. Each system has its own second (`slot`),
    so that no two are due at once."""

    at: dt.datetime
    system: str
    period: Period
    is_collected: bool  # forms are handed in for it; one made of others' results is closed after them

    @property
    def key(self) -> str:
        return f"{self.system}/{self.period}"

    @property
    def place(self) -> dt.datetime:
        """Where a backfill has it: on the first day of the period's last quarter, where a longer one is closed."""
        last = self.period
        while last.months > _QUARTER:
            last = last.children[-1]
        return last.start_at


class PeriodPartitionTimetable(Timetable):
    """Runs over the own periods of every system that some office runs; one that a quarter closes is named by that quarter.

    A run's partition date is the moment at which it is due. For Airflow takes the run with the greatest partition date for
    the last one and plans from there, again whenever it reads the DAGs: were it the period's first day, a system that
    closes before another of the same period would be run without end. And a backfill knows a run by that date alone, which
    is why no two runs may share a second: of one system's periods due on a morning the longer ones follow an hour apart.

    `moment` "opens" is the morning on which forms go out, "inspects" the first of the inspection window (a checkpoint has
    none), "closes" the one after the window. A form with days of its own has runs of its own, of the same key.
    A run asked for by hand may name any period, also 2026H1 itself, and without a system means the default one;
    anything that is not a period is refused at once. Dates come from the systems' calendars.
    """

    partitioned = True

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.description = _NAMES[moment]

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(data["moment"])

    def serialize(self) -> dict[str, Any]:
        return {"moment": self.moment}

    @property
    def summary(self) -> str:
        return self.description

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        if is_clock_simulated():
            return None
        after, until = self._search_span(last_dagrun_info, restriction)
        due = [tick for tick in ticks_from(after, self.moment) if tick.at > after]
        if not restriction.catchup and last_dagrun_info is not None:
            due = self._newest_missed_and_coming(due)
        found = due[0] if due else None
        return None if found is None or (until is not None and found.at > until) else self.run_info(found, found.at)

    @staticmethod
    def _search_span(last: DagRunInfo | None, restriction: TimeRestriction) -> tuple[dt.datetime, dt.datetime | None]:
        if last is not None:
            return max(last.run_after, last.partition_date or last.run_after), restriction.latest
        if restriction.catchup and restriction.earliest is not None:
            return restriction.earliest - dt.timedelta(seconds=1), restriction.latest
        return now() - _GRACE, restriction.latest

    @staticmethod
    def _newest_missed_and_coming(due: list[Tick]) -> list[Tick]:
        """Without catch-up, what was down runs the newest missed period of each system only."""
        newest = {tick.system: tick for tick in due if tick.at <= now()}
        return sorted([*newest.values(), *(tick for tick in due if tick.at > now())])

    def iter_partition_dagrun_infos(self, *, earliest: dt.datetime, latest: dt.datetime) -> Iterable[DagRunInfo]:
        """The runs whose own moment has come of periods that begin in the span (of a longer one its last quarter): what a
        backfill makes. A year made of its halves is none of them: it needs them closed.

        A quarter for which the default system has no rules yet gets its run, too: it fails, and says why.
        """
        first, last = (self.localize_partition_datetime(moment) for moment in (earliest, latest))
        default = default_system()
        unknown = (
            Tick(start_of(quarter.end_date), default, quarter, is_collected=True)
            for quarter in _quarters(first, last)
            if find_scheme(default, quarter) is None
        )
        years = range(first.year - 1, last.year + 1)
        known = [tick for system in keys_default_first() for tick in _run_ticks(system, years, self.moment)]
        ticks = [tick for tick in (*known, *unknown) if tick.is_collected and first <= tick.place <= last]
        for tick in sorted(ticks, key=lambda one: (one.place, one)):
            if tick.at <= now():
                yield self.run_info(tick, tick.place)

    def localize_partition_datetime(self, moment: dt.datetime) -> pendulum.DateTime:
        """A date typed for a backfill means that day in the office's zone, with a time or without.

        Airflow's page sends a date without a time as that day's beginning in UTC, and one with a time as the moment meant.
        """
        local = in_zone(moment)
        return pendulum.instance(local if local.time() == dt.time() else moment.replace(tzinfo=zone()))

    def _decode_partition_date(self, partition_key: str) -> dt.datetime:
        """A half year counts as the quarter that closes it, so that a backfill sees that the one is the other; of several
        runs of a period the last one due is meant."""
        try:
            system, period = system_and_period(partition_key)
            named = run_of(system, scored_period(system, period))  # refuses a system that there is none of
        except UserError as error:
            raise InvalidPartitionKeyError(str(error)) from error
        ticks = [
            tick for tick in _ticks(system, range(named.year - 1, named.year + 1), self.moment) if tick.period == named
        ]
        due = [tick for tick in ticks if tick.at <= now()][-1:] or ticks[:1]
        return due[0].at if due else start_of(period.end_date)

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: pendulum.DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """System and period stand in the run's id: scheduled__<system>_2026Q2_2026H1__2026-08-16T08:00:00+08:00."""
        key = extra.get("partition_key")
        named = f"{_title(key)}__" if key else ""
        suffix = f"{named}{in_zone(run_after).isoformat()}__{secrets.token_hex(3)}"
        return str(run_type.generate_run_id(suffix=suffix))

    @staticmethod
    def run_info(tick: Tick, run_after: dt.datetime) -> DagRunInfo:
        return DagRunInfo(
            run_after=pendulum.instance(run_after),
            data_interval=None,
            partition_date=pendulum.instance(tick.at),
            partition_key=tick.key,
        )


def system_and_period(key: str) -> tuple[str, Period]:
    """What a partition key names: <system>/2026Q2; a period alone is one of the default system. Raises UserError."""
    system, _, period = key.rpartition("/")
    return system or default_system(), Period.parse(period)


def newest_periods(moment: Moment) -> list[str]:
    """Every period that people hand in for, of the systems that some office runs, whose moment has come: the newest first."""
    years = range(now().year - _YEARS_OFFERED, now().year + 1)
    ticks = (tick for system in keys_default_first() for tick in _run_ticks(system, years, moment))
    due = sorted(tick for tick in ticks if tick.is_collected and tick.at <= now())
    return list(dict.fromkeys(str(scored_period(tick.system, tick.period)) for tick in reversed(due)))


def ticks_from(first: dt.datetime, moment: Moment) -> list[Tick]:
    """The runs, in order, that may be due at `first` or later, up to the next one that is still to come and some after it."""
    found: list[Tick] = []
    coming = max(first, now())
    with looking_once():
        for year in range(in_zone(first).year - 1, now().year + _YEARS_AHEAD + 1):
            found += (tick for system in keys_default_first() for tick in _run_ticks(system, [year], moment))
            if any(coming < tick.at < start_of(dt.date(year + 1, 1, 1)) for tick in found):
                break  # nothing of a later year's periods is due before that year
    return sorted(found)


def _run_ticks(system: str, years: Iterable[int], moment: Moment) -> list[Tick]:
    """The runs of the system for its periods of the years, where some office runs it."""
    return _ticks(system, years, moment, lambda period: is_run_by_any(system, period))


def _ticks(
    system: str, years: Iterable[int], moment: Moment, is_wanted: Callable[[Period], bool] = lambda period: True
) -> list[Tick]:
    """The runs of the system for its periods of the years, by when they are due: at eight, and the second that is its own."""
    ticks: list[Tick] = []
    for period in (period for year in years for period in own_periods(system, year) if is_wanted(period)):
        shape = find_shape(system, period)
        moments = shape.moments() if shape else {}
        for day in moments.get(moment, ()):
            at = start_of(day) + _HOUR_OF_DAY + dt.timedelta(seconds=shape.system.slot if shape else 0)
            while any(tick.at == at for tick in ticks):
                at += dt.timedelta(hours=1)
            ticks.append(Tick(at, system, run_of(system, period), "opens" in moments))
    return sorted(ticks)


def _quarters(first: dt.datetime, last: dt.datetime) -> Iterator[Period]:
    """The quarters that begin in a span."""
    quarter = Period.in_year(first.year, "Q1")
    while quarter.start_at <= last:
        if quarter.start_at >= first:
            yield quarter
        quarter = quarter.next


def _title(key: str) -> str:
    """System and period, with the half that it closes; what is no key is not asked for, as it has been refused."""
    system, period = system_and_period(key)
    scored = scored_period(system, period)
    return f"{system}_{period}" if scored == period else f"{system}_{period}_{scored}"
