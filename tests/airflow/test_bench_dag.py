"""The workflow that the latency of a receipt is measured against."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.airflow_ext.assets import INBOX
from include.settings import REPO


def test_the_trivial_workflow_watches_its_folder_as_ours_watches_the_inbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_LANDING", str(tmp_path))
    bag = DagBag(str(REPO / "bench/dags"))
    assert bag.import_errors == {}
    dag = bag.dags["trivial"]
    assert [task.task_id for task in dag.topological_sort()] == ["first", "second"]
    (landed,) = dag.timetable.asset_condition.objects
    name, arguments = landed.watchers[0].trigger.serialize()
    ours, of_ours = INBOX.watchers[0].trigger.serialize()
    assert name == ours
    assert arguments == {**of_ours, "inbox": str(tmp_path)}
