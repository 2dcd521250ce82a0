"""The workflow files: they load, they are light, they explain themselves, they know what to do when something fails."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from include.airflow_ext.assets import pages
from include.settings import REPO

FILES = sorted(path.name for path in (REPO / "dags").glob("*.py"))
IDS = {
    "open_period", "open_inspection", "receive", "score_provisional", "close_period", "circular",
    "letter", "chase", "diary", "send_notices", "export", "self_check", "clean",
    "act_grant_extension", "act_correct_figure", "act_request_review", "act_decide_review", "act_withdraw_circular",
}  # fmt: skip


def test_every_workflow_file_loads(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) >= IDS


@pytest.mark.usefixtures("airflow_database")
def test_airflow_itself_lists_no_import_error() -> None:
    command = [sys.executable, "-m", "airflow", "dags", "list-import-errors", "--local", "--output", "json"]
    listed = subprocess.run(command, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    assert "No data found" in listed.stdout or json.loads(listed.stdout.strip().splitlines()[-1]) == []


@pytest.mark.parametrize("name", FILES)
def test_a_workflow_file_is_short_and_its_first_words_are_chinese(name: str) -> None:
    text = (REPO / "dags" / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    title = text.splitlines()[1].removeprefix("### ")
    assert any("一" <= character <= "鿿" for character in title), title


def test_every_workflow_explains_itself_and_names_its_owner(bag: DagBag) -> None:
    for dag in bag.dags.values():
        assert "何时运行" in str(dag.doc_md), dag.dag_id
        assert "督办" in dag.tags
        assert dag.owner.startswith("督办"), dag.owner
        assert not dag.catchup


def test_every_task_tries_again_with_longer_waits_and_tells_ops_when_it_gives_up(bag: DagBag) -> None:
    for dag_id in sorted(IDS):  # an act of a person is not tried again: the person is there to see it fail
        for task in bag.dags[dag_id].tasks:
            where = f"{dag_id}.{task.task_id}"
            assert task.retries >= 2, where
            assert task.retry_exponential_backoff, where
            assert task.on_failure_callback, where
            assert task.execution_timeout or task.task_id == "document.approve", where


@pytest.mark.parametrize("dag_id", ["circular", "letter"])
def test_waiting_for_the_committee_has_no_end_and_approves_nothing_by_itself(bag: DagBag, dag_id: str) -> None:
    approve = bag.dags[dag_id].get_task("document.approve")
    assert approve.execution_timeout is None
    assert approve.response_timeout is None
    assert approve.defaults is None


def test_only_one_task_at_a_time_sends(bag: DagBag) -> None:
    assert bag.dags["send_notices"].get_task("send").pool == "outbox"


def test_the_assets_link_the_workflows_from_inbox_to_mails(bag: DagBag) -> None:
    produced = {dag.dag_id: {outlet.name for task in dag.tasks for outlet in task.outlets} for dag in bag.dags.values()}
    stored = {dag_id: DagSerialization.from_dict(DagSerialization.to_dict(dag)) for dag_id, dag in bag.dags.items()}
    consumed = {
        dag_id: {key.name for key, _ in dag.timetable.asset_condition.iter_assets()} for dag_id, dag in stored.items()
    }
    assert consumed["receive"] == {"inbox"}
    assert produced["receive"] == {"submissions", "notices"}
    assert consumed["score_provisional"] == {"submissions"}
    assert produced["close_period"] == {"scores", "notices"}
    assert consumed["circular"] == {"scores"}
    assert produced["circular"] == {"circulars", "letters", "notices"}
    assert consumed["letter"] == {"letters"}
    for dag_id in ("chase", "act_rectification_letter", "act_meeting_letter"):
        assert "letters" in produced[dag_id]
    assert consumed["send_notices"] == {"notices"}


def test_many_streets_are_told_of_by_several_tasks() -> None:
    """Airflow registers all keys of a task while the task's end waits for its answer, and does not wait long."""
    assert [len(page) for page in pages([f"half_year/2026H1/{number:09}" for number in range(450)])] == [200, 200, 50]
    assert pages([]) == []


def test_every_workflow_survives_the_way_to_airflows_database(bag: DagBag) -> None:
    for dag in bag.dags.values():
        stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
        assert DagSerialization.from_dict(stored).dag_id == dag.dag_id


def test_loading_the_workflows_loads_neither_pandas_nor_great_expectations() -> None:
    code = (
        "import runpy, sys, glob\n"
        "for path in sorted(glob.glob('dags/*.py')): runpy.run_path(path)\n"
        "print(sorted({'pandas', 'great_expectations', 'openpyxl', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr


def test_on_a_simulated_clock_no_workflow_starts_by_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    from include.airflow_ext.schedules import daily, woken_by
    from include.airflow_ext.timetables import PeriodPartitionTimetable

    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T09:00:00")
    from airflow.sdk import Asset
    from airflow.timetables.base import TimeRestriction

    anything = Asset("anything")
    assert daily("0 9 * * *") is None
    assert woken_by(anything, sweep="0 9 * * *") == [anything]
    restriction = TimeRestriction(None, None, catchup=True)
    assert (
        PeriodPartitionTimetable("closes").next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction) is None
    )


def test_what_may_stay_empty_in_a_form_does_not_keep_the_page_from_sending_it(bag: DagBag) -> None:
    """Airflow's page asks for every field whose type has no null, and says of an empty one nothing at all."""
    fields = {
        f"{dag.dag_id}.{name}": dag.params.get_param(name).dump() for dag in bag.dags.values() for name in dag.params
    }
    may_stay_empty = {name: field for name, field in fields.items() if field["value"] in ("", [], False)}
    assert may_stay_empty
    assert [name for name, field in may_stay_empty.items() if "null" not in field["schema"]["type"]] == []


def test_every_workflow_of_the_half_year_has_a_number_of_its_own(bag: DagBag) -> None:
    """People speak of them by it, and the page lists them in its order; acts come last, without one."""
    names = sorted(str(dag.dag_display_name) for dag_id, dag in bag.dags.items() if not dag_id.startswith("act_"))
    assert [name.split(" ")[0] for name in names] == [f"{number:02}" for number in range(1, len(names) + 1)]
