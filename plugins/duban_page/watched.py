"""What machines ask of the page: the figures that operations watch, as Prometheus reads them, and how Airflow's workflows stand.

The API server sees Airflow's own tables, which tasks do not (ADR 69): the daily self-check asks here.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Annotated

from airflow.api_fastapi.core_api.security import get_user
from airflow.models.dag import DagModel
from airflow.utils.session import create_session
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import select

from include.db.engine import reading
from include.in_force import kept_edition
from include.period import now, real_now, today
from include.registry.persons import acts_in
from include.reports.metrics import Figure, figures, metrics
from include.settings import get_settings
from include.steps.machine import free_bytes
from include.steps.planning import open_on
from include.steps.workflows import CODE_HEADER, Workflow, is_code_of_today, is_late

router = APIRouter()


async def _may_look(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    code: Annotated[str, Header(alias=CODE_HEADER)] = "",
) -> None:
    """Who has the token of DUBAN_METRICS_TOKEN, a process of this installation by its code of the day, and who is logged in."""
    wanted = get_settings().metrics_token.get_secret_value()
    if wanted and given is not None and hmac.compare_digest(given.credentials.encode(), wanted.encode()):
        return
    if is_code_of_today(code):
        return
    user = await get_user(request, None, given)  # refuses with 401
    if not acts_in(str(user.get_name()), "", today()):
        raise HTTPException(403, "这些数涉及所有街道，只给分管全部街道的人看。")


@router.get("/metrics", dependencies=[Depends(_may_look)])
def metrics_page() -> Response:
    """Every figure of include/reports/metrics.yaml, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures([*_stored(), *_of_machine(), *_of_workflows()]))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/workflows", dependencies=[Depends(_may_look)], response_model=None)
def workflows() -> list[Workflow]:
    """Every workflow: whether it is paused, and when its next run is due."""
    return _workflows()


class _Figures(Collector):
    def __init__(self, found: Iterable[Figure]) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        by_gauge: dict[str, list[Figure]] = defaultdict(list)
        for one in self._found:
            by_gauge[one.gauge].append(one)
        for name, gauge in metrics().gauges.items():
            family = GaugeMetricFamily(name, gauge.help, labels=gauge.labels)
            for one in by_gauge[name]:
                family.add_metric(one.labels, one.value)
            yield family


def _stored() -> list[Figure]:
    at = now()
    periods = [(one.system.scheme, str(one.system.period)) for one in open_on(at.date())]
    with reading() as connection:
        return figures(connection, periods, at)


def _of_machine() -> Iterator[Figure]:
    edition = kept_edition()
    yield Figure("duban_wrong_files", (), len(edition.about.faults) if edition else 0)
    for name, free in free_bytes().items():
        yield Figure("duban_disk_free_bytes", (name,), free)


def _of_workflows() -> Iterator[Figure]:
    found = _workflows()
    yield Figure("duban_paused_workflows", (), sum(one["is_paused"] for one in found))
    yield Figure("duban_late_workflows", (), sum(is_late(one, real_now()) for one in found))


def _workflows() -> list[Workflow]:
    wanted = select(DagModel.dag_id, DagModel.is_paused, DagModel.next_dagrun_create_after)
    with create_session() as session:
        rows = session.execute(wanted.where(~DagModel.is_stale).order_by(DagModel.dag_id)).all()
    return [
        {"workflow": name, "is_paused": is_paused, "due_at": due_at.astimezone(dt.UTC).isoformat() if due_at else ""}
        for name, is_paused, due_at in rows
    ]
