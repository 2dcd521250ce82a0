"""What operations watch, read as Prometheus reads it: over HTTP, from Airflow's own API server, by Prometheus' own parser."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from include.db.engine import get_engine, transaction
from include.intake.receive import drain
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.period import now
from include.registry.offices import office_of
from include.reports.metrics import Figure, in_few_streets, metrics
from include.settings import REPO
from include.shapes.scored_form import ScoredForm
from include.steps import opening
from include.steps.workflows import CODE_HEADER, code_of_today
from ops.environment import free_port
from tests.airflow.page_client import page_world
from tests.intake.receive_street import STREET, drop, prepare, scheme_of, workbook

TOKEN = "a token of the tests"
DASHBOARD = REPO / "ops/grafana/dashboard.json"
ALERTS = REPO / "ops/grafana/alerts.yaml"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, airflow_database: None) -> Iterator[str]:
    """Airflow's API server on a real port, of a street of two communities of which one handed in."""
    from airflow.api_fastapi.app import create_app, purge_cached_app

    world = tmp_path_factory.mktemp("watched")
    with page_world(world, _sqlite_template) as patch:
        patch.setenv("DUBAN_METRICS_TOKEN", TOKEN)
        prepare(world)
        opening.open_streets("half_year", "2026H1", [STREET], "test")
        drop(world, "杏花社区.xlsx", workbook(volunteer_services="2"))
        drain("test")
        patch.setenv("DUBAN_NOW", "2026-07-10T11:00:00")
        with transaction() as connection:
            ScoredForm(scheme_of()).evaluate(connection, STREET, now(), "test")
        port = free_port()
        running = uvicorn.Server(uvicorn.Config(create_app("core"), port=port, log_level="warning"))
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/duban"
        running.should_exit = True
        thread.join(20)
        purge_cached_app()
        get_engine().dispose()


def scraped(server: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of a scrape, by its name and labels."""
    answer = httpx.get(f"{server}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for each in families for one in each.samples}


def value(found: dict[Any, float], name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def test_who_has_neither_token_nor_login_reads_nothing(server: str) -> None:
    for head in ({}, {"Authorization": "Bearer wrong"}, {CODE_HEADER: "0" * 16}):
        for address in ("metrics", "workflows"):
            answer = httpx.get(f"{server}/{address}", headers=head, timeout=60)
            assert answer.status_code in (401, 403), (head, address)
            assert "duban_" not in answer.text


def test_hand_ins_are_told_by_system_period_street_and_state(server: str) -> None:
    found = scraped(server)
    of = {"system": "half_year", "period": "2026H1", "street": STREET}
    states = {state: value(found, "duban_hand_ins", **of, state=state) for state in ("accepted", "returned", "missing")}
    assert states == {"accepted": 1, "returned": 0, "missing": 1}


def test_the_outbox_tells_how_many_wait_and_since_when_and_what_needs_a_person(server: str) -> None:
    found = scraped(server)
    assert value(found, "duban_due_notices") >= 3
    assert value(found, "duban_outbox_age_seconds") == 2 * 3600
    assert value(found, "duban_mails", state="unknown") == value(found, "duban_mails", state="failed") == 0
    with transaction() as connection:
        notify(
            connection,
            Notice(
                "ops_alert",
                subject="test",
                office=office_of(STREET, ""),
                due_at=now(),
                words={"title": "t", "lines": []},
            ),
        )
    assert value(scraped(server), "duban_due_notices") == value(found, "duban_due_notices") + 1


def test_items_and_drafts_are_told_by_street(server: str) -> None:
    insert = (
        "INSERT INTO rectification_item (id, scheme, kind, unit_code, indicator, problem, opened_period, opened_date, deadline,"
        " is_provisional, state, is_open, owner, liaison) SELECT :id, 'half_year', 'rectification', MIN(code), :id, '', '2026H1',"
        " '2026-06-01', :deadline, false, '待整改', true, '', '' FROM unit"
    )
    with transaction() as connection:
        for key, deadline in (("A1", "2026-07-09"), ("A2", "2026-07-10")):
            connection.execute(text(insert), {"id": key, "deadline": deadline})
    found = scraped(server)
    assert value(found, "duban_open_items", system="half_year", street=STREET) == 2
    assert value(found, "duban_overdue_items", system="half_year", street=STREET) == 1


def test_a_paused_workflow_and_one_that_its_schedule_did_not_start_are_told(server: str) -> None:
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    before = scraped(server)  # other tests leave workflows too
    past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    with create_session() as session:
        session.merge(DagBundleModel(name="watched"))
        session.flush()
        for name, is_paused, due_at in (("paused", True, past), ("late", False, past), ("sound", False, None)):
            model = DagModel(dag_id=name, bundle_name="watched", fileloc=f"{name}.py", is_paused=is_paused, is_stale=False,
                             max_active_tasks=16, max_consecutive_failed_dag_runs=0, has_task_concurrency_limits=False)  # fmt: skip
            model.next_dagrun_create_after = due_at
            session.merge(model)
    found = scraped(server)
    for gauge in ("duban_paused_workflows", "duban_late_workflows"):
        assert value(found, gauge) == value(before, gauge) + 1
    answer = httpx.get(f"{server}/workflows", headers={CODE_HEADER: code_of_today()}, timeout=60)
    told = {one["workflow"]: one["is_paused"] for one in answer.json()}
    assert told.items() >= {"paused": True, "late": False, "sound": False}.items()


def test_every_gauge_is_told_with_its_help_and_labels(server: str) -> None:
    answer = httpx.get(f"{server}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120).text
    families = {one.name: one for one in text_string_to_metric_families(answer)}
    assert families.keys() == metrics().gauges.keys()
    for name, family in families.items():
        assert family.documentation == metrics().gauges[name].help
        assert all(sorted(one.labels) == sorted(metrics().gauges[name].labels) for one in family.samples)


def test_no_address_and_no_name_is_among_the_figures(server: str) -> None:
    answer = httpx.get(f"{server}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120).text
    values = "\n".join(line for line in answer.splitlines() if not line.startswith("#"))
    assert "@" not in values and not re.search(r"[\u4e00-\u9fff]", values)


def test_many_streets_are_told_by_their_counties_and_the_oldest_stays_the_oldest() -> None:
    streets = [f"34010{county}{street:03}" for county in (1, 2) for street in range(100)]
    found = [Figure("duban_waiting_signatures", (street,), 1) for street in streets]
    found += [Figure("duban_oldest_waiting_signature_seconds", (street,), int(street[-3:])) for street in streets]
    told = {(one.gauge, one.labels): one.value for one in in_few_streets(found)}
    assert told == {
        ("duban_waiting_signatures", ("340101",)): 100,
        ("duban_waiting_signatures", ("340102",)): 100,
        ("duban_oldest_waiting_signature_seconds", ("340101",)): 99,
        ("duban_oldest_waiting_signature_seconds", ("340102",)): 99,
    }
    assert in_few_streets(found[:3]) == found[:3]


def _asked(query: str) -> set[str]:
    return set(re.findall(r"\b(duban_\w+|airflow_\w+)", query))


def test_each_query_of_the_dashboard_and_of_the_alerts_asks_for_a_figure_that_there_is(server: str) -> None:
    told = {name for name, _ in scraped(server)}
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    rules = [rule for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    asked = set.union(*map(_asked, [*queries, *(rule["expr"] for rule in rules)]))
    ours = {name for name in asked if name.startswith("duban_")}
    assert ours <= metrics().gauges.keys(), "each is a gauge of ours"
    assert told <= ours, "and none that is told is looked at by nobody"
    for query in queries:
        for name, selector in re.findall(r"(duban_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)\s*[=!]", selector)) <= set(metrics().gauges[name].labels), query


def test_the_dashboard_has_what_grafana_asks_of_one() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert board["schemaVersion"] >= 39 and board["uid"] and board["title"]
    assert [one["type"] for one in board["__inputs"]] == ["datasource"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${DS_PROMETHEUS}" and target["refId"]
    rules = [rule for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    assert all({"alert", "expr", "for", "labels", "annotations"} == rule.keys() for rule in rules)
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in rules)
