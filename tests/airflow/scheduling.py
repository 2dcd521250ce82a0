"""Airflow's scheduling of runs as it decides it, without its processes."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.timetables.base import DagRunInfo, TimeRestriction

from include.airflow_ext import timetables
from include.airflow_ext.timetables import PeriodPartitionTimetable
from include.period import in_zone, zone

CLOSES, OPENS = PeriodPartitionTimetable("closes"), PeriodPartitionTimetable("opens")


class Airflow:
    """What of Airflow 3.3.2 decides which run is next: its scheduler plans from the run that it has just made, and its DAG
    processor, every half minute, from the run with the greatest partition date (_get_latest_runs_stmt_partitioned)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, timetable: PeriodPartitionTimetable) -> None:
        self.monkeypatch, self.timetable = monkeypatch, timetable
        self.runs: list[DagRunInfo] = []

    def live(self, first: str, last: str, *, down: tuple[str, str] = ("9", "9")) -> list[tuple[str, str]]:
        """Twelve hours at a time; the runs made, by key and minute."""
        moment = dt.datetime.fromisoformat(first).replace(tzinfo=zone())
        while moment.date().isoformat() <= last:
            if not down[0] <= moment.date().isoformat() < down[1]:
                self.monkeypatch.setattr(timetables, "now", lambda at=moment: at)
                while (info := self._next(self._greatest())) is not None and info.run_after <= moment:
                    while info is not None and info.run_after <= moment:
                        assert len(self.runs) < 50, "runs are made without end"
                        self.runs.append(info)
                        info = self._next(info)
            moment += dt.timedelta(hours=12)
        return [(str(info.partition_key), in_zone(info.run_after).isoformat()[:19]) for info in self.runs]

    def _next(self, last: DagRunInfo | None) -> DagRunInfo | None:
        restriction = TimeRestriction(None, None, catchup=False)
        return self.timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)

    def _greatest(self) -> DagRunInfo | None:
        return max(self.runs, key=lambda info: (info.partition_date, info.run_after), default=None)
