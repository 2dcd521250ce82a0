"""The schedule over periods: one run a quarter, its partition key the period, never a date guessed from the clock."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import pendulum
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from include.airflow_ext.schedules import is_clock_simulated
from include.errors import UserError
from include.period import Period, in_zone, now, start_of, zone
from include.schemes.loader import load_scheme, scored_period
from include.schemes.model import Scheme

Moment = Literal["opens", "inspects", "closes"]
_SCHEME = "half_year"  # whose calendar the schedule follows
_HOUR_OF_DAY = dt.timedelta(hours=8)
_GRACE = dt.timedelta(hours=1)
_QUARTERS_AHEAD = 12
_YEARS_OFFERED = 2
_NAMES = {
    "opens": "每季首月开放填报当日 08:00",
    "inspects": "每半年核查期首日 08:00",
    "closes": "每季核查期结束次日 08:00",
}


class PeriodPartitionTimetable(Timetable):
    """Runs over quarters; the run of the second quarter of a half is that of the half (domain.md §2).

    `moment` "opens" is the morning on which forms go out, "inspects" the first of the inspection window (of the halves:
    a checkpoint has no inspection), "closes" the one after the window.
    A run asked for by hand may name any period, also 2026H1 itself; anything that is not a period is
    refused at once. Dates come from the scheme's calendar.
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
        ticks = (self.run_info(quarter, self.moment_of(quarter)) for quarter in _quarters_from(after, self.moment))
        due = (tick for tick in ticks if tick.run_after > after)
        if restriction.catchup or last_dagrun_info is None:
            found = next(due, None)
        else:
            found = self._latest_missed_or_next(list(due))
        return None if found is None or (until is not None and found.run_after > until) else found

    @staticmethod
    def _search_span(last: DagRunInfo | None, restriction: TimeRestriction) -> tuple[dt.datetime, dt.datetime | None]:
        if last is not None:
            return last.run_after, restriction.latest
        if restriction.catchup and restriction.earliest is not None:
            return restriction.earliest - dt.timedelta(seconds=1), restriction.latest
        return now() - _GRACE, restriction.latest

    @staticmethod
    def _latest_missed_or_next(due: list[DagRunInfo]) -> DagRunInfo | None:
        """Without catch-up, a system that was down runs the newest missed quarter only."""
        missed = [tick for tick in due if tick.run_after <= now()]
        return missed[-1] if missed else next(iter(due), None)

    def iter_partition_dagrun_infos(self, *, earliest: dt.datetime, latest: dt.datetime) -> Iterable[DagRunInfo]:
        """One run a quarter whose first day lies in the span and whose own moment has come: what a backfill makes."""
        first, last = (self.localize_partition_datetime(moment) for moment in (earliest, latest))
        for quarter in _quarters_from(first, self.moment):
            if quarter.start_at > last:
                return
            if quarter.start_at >= first and self.moment_of(quarter) <= now():
                yield self.run_info(quarter, quarter.start_at)

    def localize_partition_datetime(self, moment: dt.datetime) -> pendulum.DateTime:
        """A date typed for a backfill means that day in the office's zone, with a time or without.

        Airflow's page sends a date without a time as that day's beginning in UTC, and one with a time as the moment meant.
        """
        local = in_zone(moment)
        return pendulum.instance(local if local.time() == dt.time() else moment.replace(tzinfo=zone()))

    def _decode_partition_date(self, partition_key: str) -> dt.datetime:
        """A half year counts as its second quarter, so that a backfill sees that the one is the other."""
        try:
            period = Period.parse(partition_key)
        except UserError as error:
            raise InvalidPartitionKeyError(str(error)) from error
        last = period.children[-1] if period.kind == "half" else period
        return last.start_at if last.kind == "quarter" else start_of(period.end_date)

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: pendulum.DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """The period stands in the run's id: scheduled__2026Q2_2026H1__2026-08-16T08:00:00+08:00."""
        key = extra.get("partition_key")
        named = f"{_title(key)}__" if key else ""
        suffix = f"{named}{in_zone(run_after).isoformat()}__{secrets.token_hex(3)}"
        return str(run_type.generate_run_id(suffix=suffix))

    @staticmethod
    def run_info(quarter: Period, run_after: dt.datetime) -> DagRunInfo:
        return DagRunInfo(
            run_after=pendulum.instance(run_after),
            data_interval=None,
            partition_date=pendulum.instance(quarter.start_at),
            partition_key=str(quarter),
        )

    def moment_of(self, quarter: Period) -> dt.datetime:
        return _moment_of(quarter, self.moment)


def _moment_of(quarter: Period, moment: Moment) -> dt.datetime:
    """When the quarter's run is due, by the calendar of what it scores; before the first scheme, at its end."""
    try:
        dates = load_scheme(_SCHEME, quarter).dates
    except UserError:
        return quarter.end_at
    days = {
        "opens": dates.opens_date,
        "inspects": dates.window_starts_date,
        "closes": dates.window_ends_date + dt.timedelta(days=1),
    }
    return start_of(days[moment]) + _HOUR_OF_DAY


def newest_periods(moment: Moment) -> list[str]:
    """Every period of the scheme whose moment has come, the newest first, a half year in place of its second quarter."""
    quarters = _quarters_from(start_of(dt.date(now().year - _YEARS_OFFERED, 1, 1)), moment)
    begun = (quarter for quarter in quarters if quarter.start_at <= now())  # each scheme read is time of every task
    found = [quarter for quarter in begun if _has_scheme(quarter) and _moment_of(quarter, moment) <= now()]
    return [str(scored_period(_SCHEME, quarter)) for quarter in reversed(found)]


def newest_scheme() -> Scheme:
    """The scheme that the schedule follows, in the version of this year."""
    return load_scheme(_SCHEME, Period.parse(f"{now().year}H1"))


def _has_scheme(quarter: Period) -> bool:
    try:
        load_scheme(_SCHEME, quarter)
    except UserError:
        return False
    return True


def _is_checkpoint(quarter: Period) -> bool:
    try:
        return load_scheme(_SCHEME, quarter).is_checkpoint
    except UserError:
        return False


def _quarters_from(first: dt.datetime, moment: Moment) -> Iterator[Period]:
    """Quarters that have the moment, from two before that of `first`: their runs may still lie ahead.

    On site is looked for a half year only; the first and third quarters are checkpoints (domain.md §2).
    """
    day = in_zone(first).date()
    quarter = Period(dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3).previous.previous
    while quarter.start_at <= now() + dt.timedelta(days=92 * _QUARTERS_AHEAD):
        if moment != "inspects" or not _is_checkpoint(quarter):
            yield quarter
        quarter = quarter.next


def _title(key: str) -> str:
    """A quarter's key, with the half that it closes."""
    period = Period.parse(key)
    scored = scored_period(_SCHEME, period)
    return str(period) if scored == period else f"{period}_{scored}"
