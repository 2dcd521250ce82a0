"""The schedule over periods of all systems: a run for each, its partition key the system and the period, never a date guessed
from the clock."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pendulum
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from include.airflow_ext.schedules import is_clock_simulated
from include.errors import UserError
from include.period import Period, in_zone, now, start_of, zone
from include.registry.offices import is_run_by_any
from include.schemes.loader import default_system, find_scheme, keys_default_first, scored_period
from include.shapes import Moment, Shape, find_shape

_HOUR_OF_DAY = dt.timedelta(hours=8)
_GRACE = dt.timedelta(hours=1)
_QUARTERS_AHEAD = 12
_YEARS_OFFERED = 2
_NAMES = {
    "opens": "每季首月开放填报当日 08:00",
    "inspects": "每半年核查期首日 08:00",
    "closes": "每季核查期结束次日 08:00",
}


@dataclass(frozen=True, order=True)
class _Tick:
    """A run that is due: when, of which system, for which quarter. Each system has its own second (`slot`), so that no two
    are due at once."""

    at: dt.datetime
    system: str
    quarter: Period

    @property
    def key(self) -> str:
        return f"{self.system}/{self.quarter}"


class PeriodPartitionTimetable(Timetable):
    """Runs over the quarters of every system that some office runs; that of a quarter which closes a half is the half's.

    A run's partition date is the moment at which it is due. For Airflow takes the run with the greatest partition date for
    the last one and plans from there, again whenever it reads the DAGs: were it the quarter's first day, a system that
    closes before another of the same quarter would be run without end. And a backfill knows a run by that date alone, which
    is why no two systems may share a second.

    `moment` "opens" is the morning on which forms go out, "inspects" the first of the inspection window (of the halves:
    a checkpoint has no inspection), "closes" the one after the window.
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
        due = sorted(tick for tick in _ticks_from(after, self.moment) if tick.at > after)
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
    def _newest_missed_and_coming(due: list[_Tick]) -> list[_Tick]:
        """Without catch-up, what was down runs the newest missed quarter of each system only."""
        newest = {tick.system: tick for tick in due if tick.at <= now()}
        return sorted([*newest.values(), *(tick for tick in due if tick.at > now())])

    def iter_partition_dagrun_infos(self, *, earliest: dt.datetime, latest: dt.datetime) -> Iterable[DagRunInfo]:
        """One run a quarter whose first day lies in the span and whose own moment has come: what a backfill makes.

        A quarter for which the default system has no rules yet gets its run, too: it fails, and says why.
        """
        first, last = (self.localize_partition_datetime(moment) for moment in (earliest, latest))
        default = default_system()
        unknown = (
            _Tick(start_of(quarter.end_date), default, quarter)
            for quarter in _quarters_from(first)
            if find_scheme(default, quarter) is None
        )
        ticks = [
            tick for tick in (*_ticks_from(first, self.moment), *unknown) if first <= tick.quarter.start_at <= last
        ]
        for tick in sorted(ticks, key=lambda one: (one.quarter, one)):
            if tick.at <= now():
                yield self.run_info(tick, tick.quarter.start_at)

    def localize_partition_datetime(self, moment: dt.datetime) -> pendulum.DateTime:
        """A date typed for a backfill means that day in the office's zone, with a time or without.

        Airflow's page sends a date without a time as that day's beginning in UTC, and one with a time as the moment meant.
        """
        local = in_zone(moment)
        return pendulum.instance(local if local.time() == dt.time() else moment.replace(tzinfo=zone()))

    def _decode_partition_date(self, partition_key: str) -> dt.datetime:
        """A half year counts as the quarter that closes it, so that a backfill sees that the one is the other."""
        try:
            system, period = system_and_period(partition_key)
            scored_period(system, period)  # refuses a system that there is none of
        except UserError as error:
            raise InvalidPartitionKeyError(str(error)) from error
        shape = find_shape(system, period)
        due_at = None if shape is None or period.kind == "year" else _moment_of(shape, self.moment)
        return due_at or start_of(period.end_date)  # a year closes with its second half, and is not that half

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: pendulum.DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """System and period stand in the run's id: scheduled__<system>_2026Q2_2026H1__2026-08-16T08:00:00+08:00."""
        key = extra.get("partition_key")
        named = f"{_title(key)}__" if key else ""
        suffix = f"{named}{in_zone(run_after).isoformat()}__{secrets.token_hex(3)}"
        return str(run_type.generate_run_id(suffix=suffix))

    @staticmethod
    def run_info(tick: _Tick, run_after: dt.datetime) -> DagRunInfo:
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


def _moment_of(shape: Shape, moment: Moment) -> dt.datetime | None:
    """When the run is due, by the calendar of what it closes: at eight, and the second that is the system's own."""
    day = shape.moments().get(moment)
    return start_of(day) + _HOUR_OF_DAY + dt.timedelta(seconds=shape.system.slot) if day else None


def newest_periods(moment: Moment) -> list[str]:
    """Every period of the default system whose moment has come, the newest first, a half year in place of the quarter that
    closes it."""
    quarters = _quarters_from(start_of(dt.date(now().year - _YEARS_OFFERED, 1, 1)))
    begun = [quarter for quarter in quarters if quarter.start_at <= now()]  # each scheme read is time of every task
    shapes = [shape for quarter in begun if (shape := find_shape(default_system(), quarter)) is not None]
    due = [shape for shape in shapes if (at := _moment_of(shape, moment)) is not None and at <= now()]
    return [str(shape.system.period) for shape in reversed(due)]


def _ticks_from(first: dt.datetime, moment: Moment) -> Iterator[_Tick]:
    """The runs of every system that some office runs, for the quarters that may have one at `first` or later."""
    quarters = list(_quarters_from(first))
    for system in keys_default_first():
        for quarter in quarters:
            shape = find_shape(system, quarter)
            if shape is None or (due_at := _moment_of(shape, moment)) is None:
                continue
            if is_run_by_any(system, shape.system.period):
                yield _Tick(due_at, system, quarter)


def _quarters_from(first: dt.datetime) -> Iterator[Period]:
    """Quarters from two before that of `first`: their runs may still lie ahead."""
    day = in_zone(first).date()
    quarter = Period(dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3).previous.previous
    while quarter.start_at <= now() + dt.timedelta(days=92 * _QUARTERS_AHEAD):
        yield quarter
        quarter = quarter.next


def _title(key: str) -> str:
    """System and quarter, with the half that it closes; what is no key is not asked for, as it has been refused."""
    system, period = system_and_period(key)
    scored = scored_period(system, period)
    return f"{system}_{period}" if scored == period else f"{system}_{period}_{scored}"
