"""What Airflow must load by itself: our timetable, so that scheduler, processor and API know it."""

from airflow.plugins_manager import AirflowPlugin

from include.airflow_ext.timetables import PeriodPartitionTimetable


class DubanPlugin(AirflowPlugin):
    name = "duban"
    timetables = [PeriodPartitionTimetable]  # noqa: RUF012 - Airflow's own form
