"""When the workflows wake: by the office's clock, by an asset's events, or only when asked."""

from __future__ import annotations

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable
from airflow.sdk.bases.timetable import BaseTimetable

from include.settings import get_settings


def is_clock_simulated() -> bool:
    """On a simulated clock the real time of day means nothing: every schedule rests and runs are asked for."""
    return bool(get_settings().now)


def daily(cron: str) -> BaseTimetable | None:
    """A cron schedule in the office's zone; none on a simulated clock."""
    return None if is_clock_simulated() else CronTriggerTimetable(cron, timezone=get_settings().timezone)


def woken_by(asset: Asset, *, sweep: str) -> BaseTimetable | list[Asset]:
    """Started by the asset's events, and by the clock as well, because events may get lost."""
    cron = daily(sweep)
    return [asset] if cron is None else AssetOrTimeSchedule(timetable=cron, assets=[asset])
