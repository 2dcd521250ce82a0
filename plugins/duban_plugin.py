"""What Airflow must load by itself: our timetable, so that scheduler, processor and API know it, what writes the notes of runs, and the page in its navigation."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from include.airflow_ext.run_notes import RunNotes
from include.airflow_ext.timetables import PeriodPartitionTimetable
from plugins.duban_page.language import ChineseByDefault


async def page(scope: Any, receive: Any, send: Any) -> None:
    """The page's application, imported when it is first asked for: scheduler and workers load this file too."""
    from plugins.duban_page.app import app  # not in scheduler and workers

    await app(scope, receive, send)


class DubanPlugin(AirflowPlugin):
    name = "duban"
    timetables = [PeriodPartitionTimetable]  # noqa: RUF012 - Airflow's own form
    listeners = [RunNotes()]  # noqa: RUF012
    fastapi_apps = [{"app": page, "url_prefix": "/duban", "name": "督办台"}]  # noqa: RUF012
    fastapi_root_middlewares = [{"middleware": ChineseByDefault, "name": "中文"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {"name": "督办台", "href": "/duban/", "destination": "nav", "url_route": "duban", "nav_top_level": True}
    ]
