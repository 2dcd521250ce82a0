"""The workflows run by `dag.test()`, one leading to the next by keys, on a metadata database of this folder's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from sqlalchemy import Engine

from include.acts.act import perform
from include.airflow_ext.backfills import arguments_of
from include.steps import approvals
from tests.acting import BY_NAME, drafts
from tests.intake.receive_street import FIRST, SECOND, STREET, drop, prepare, rows, workbook
from tests.own_systems import add_systems
from tests.signing import asks, sends_back

pytestmark = [pytest.mark.usefixtures("airflow_database"), pytest.mark.story]
MEETING = {"street_code": STREET, "meeting_at": "2026-09-10T09:30:00+08:00", "place": "会议室"}
Run = Callable[..., dict[str, str]]


@contextmanager
def keyed(key: str | None) -> Iterator[None]:
    """`dag.test()` takes no partition key: the run that it makes gets it here."""
    from airflow.models import dagrun

    with pytest.MonkeyPatch.context() as patch:
        real = dagrun.get_or_create_dagrun

        def made(**arguments: Any) -> Any:
            run = real(**arguments)
            run.partition_key = key
            arguments["session"].commit()
            return run

        patch.setattr(dagrun, "get_or_create_dagrun", made)
        yield


@pytest.fixture
def run(bag: DagBag) -> Run:
    """Run a workflow; the states of its tasks."""

    def test(dag_id: str, *, key: str | None = None, skip: str | None = None, **conf: Any) -> dict[str, str]:
        with keyed(key):
            made = bag.dags[dag_id].test(logical_date=None, run_conf=conf, mark_success_pattern=skip)
        return {task.task_id: str(task.state) for task in made.get_task_instances()}

    return test


def test_what_comes_in_is_answered_and_its_street_scored_as_it_stands(database: Engine, world: Path, run: Run) -> None:
    prepare(world)
    drop(world, "报表.xlsx", workbook(FIRST))
    assert run("receive", period="2026H1") == {"drain": "success", "announce": "success"}
    [answered] = rows("SELECT status, unit_code FROM delivery")
    assert answered == {"status": "accepted", "unit_code": FIRST.code}
    assert run("score_provisional", key=f"half_year/2026H1/{STREET}")["preview"] == "success"
    [preview] = rows("SELECT outcome, detail FROM run_log WHERE stage = 'preview'")
    assert preview["outcome"] == "done"
    assert rows("SELECT id FROM assessment") == []
    assert run("receive", period="2026H1") == {"drain": "success", "announce": "skipped"}


def test_a_closed_half_year_leads_to_a_draft_that_waits_for_the_committee(
    database: Engine, world: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    for unit in (FIRST, SECOND):
        drop(world, f"{unit.name}.xlsx", workbook(unit))
    run("receive", period="2026H1")
    monkeypatch.setenv("DUBAN_NOW", "2026-08-20T09:00:00")
    assert set(run("close_period", key="2026H1").values()) == {"success"}
    [assessment] = rows("SELECT id, period FROM assessment")
    assert assessment["period"] == "2026H1"
    [batch] = rows("SELECT batch FROM referral")
    assert batch == {"batch": "half_year/2026H1/committee/1"}
    states = run("circular", key=batch["batch"], skip=".*approve|.*issue|.*wake_sender.*|.*sent_back")
    assert states["document.draft"] == "success"
    [circular] = rows("SELECT state, document_number FROM circular")
    assert circular == {"state": "draft", "document_number": ""}
    assert [row["kind"] for row in rows("SELECT kind FROM notice WHERE kind = 'approval_waiting'")]
    again = run("close_period", key="2026Q2")
    assert (again["assess"], again["announce"]) == ("success", "skipped")
    assert len(rows("SELECT id FROM assessment")) == 1


def test_a_backfill_asked_for_by_an_act_closes_two_systems_of_one_date_and_tells_nobody(
    database: Engine, world: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    for unit in (FIRST, SECOND):
        drop(world, f"{unit.name}.xlsx", workbook(unit))
    run("receive", period="2026H1")
    monkeypatch.setenv("DUBAN_NOW", "2026-08-20T09:00:00")
    told = {"first": "2026Q1", "last": "2026Q2", "what": "结账考评", "reason": "补记"}
    asked = [made for system in ("half_year", "five_good") for made in backfilled(told | {"scheme": system})]
    assert [(one["scheme"], one["period"]) for one in asked] == [
        ("half_year", "2026Q1"),
        ("half_year", "2026H1"),
        ("five_good", "2026H1"),
    ]
    for conf in asked:
        assert run("close_period", skip="wake_sender.*", **conf)["assess"] == "success"
    closed = rows("SELECT scheme, period FROM assessment ORDER BY scheme, period")
    assert [(row["scheme"], row["period"]) for row in closed] == [
        ("five_good", "2026H1"),
        ("half_year", "2026H1"),
        ("half_year", "2026Q1"),
    ]
    assert rows("SELECT kind FROM notice WHERE state <> 'skipped' AND kind <> 'receipt'") == []
    assert rows("SELECT kind FROM notice WHERE kind = 'checkpoint'"), "noted, and not sent"


def backfilled(answers: dict[str, str]) -> list[dict[str, Any]]:
    """With what the act starts its runs."""
    runs = perform(BY_NAME["backfill"], answers, "admin")
    assert isinstance(runs, list)
    return [arguments_of(one, "asked")["conf"] for one in runs]


def test_each_document_of_a_batch_goes_its_own_way_in_one_run(database: Engine, world: Path, bag: DagBag) -> None:
    """Two letters that were answered in a try that died before it could go on, and one that is withdrawn by now."""
    prepare(world)
    letters = [drafts("meeting_letter", "admin", meeting=f"第{n}次例会", **MEETING) for n in (1, 2, 3)]
    for letter_id in letters[:2]:
        approvals.take_answer(asks(letter_id), approvals.APPROVAL, approvals.Approval("committee", "王书记"))
    sends_back(letters[2], "不开了")
    [batch] = rows("SELECT DISTINCT batch FROM referral")
    with keyed(str(batch["batch"])):
        made = bag.dags["letter"].test(logical_date=None, mark_success_pattern=".*wake_sender.*")
    went: dict[int, dict[str, str]] = {}
    for task in made.get_task_instances():
        went.setdefault(task.map_index, {})[task.task_id.rpartition(".")[2]] = str(task.state)
    issued = {
        "draft": "success",
        "approve": "success",
        "issue": "success",
        "sent_back": "skipped",
        "wake_sender": "success",
    }
    assert (went[0], went[1]) == (issued, issued)
    assert set(went[2].values()) <= {"skipped", "success"} and went[2]["draft"] == went[2]["issue"] == "skipped"
    assert [row["state"] for row in rows("SELECT state FROM circular ORDER BY id")] == ["issued", "issued", "withdrawn"]


def test_inspectors_are_asked_about_the_half_that_a_quarter_ends_and_about_no_checkpoint(
    database: Engine, world: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    monkeypatch.setenv("DUBAN_NOW", "2026-08-02T08:00:00")
    for key in ("2026Q2", "2026H1"):
        states = run("open_inspection", key=key, skip="wake_sender.*")
        assert set(states.values()) == {"success"}
        [asked] = rows("SELECT period, recipient, state FROM notice WHERE kind = 'inspection_opened'")
        assert asked == {"period": "2026H1", "recipient": "inspection@duban.invalid", "state": "pending"}
    states = run("open_inspection", key="2026Q1")
    assert states["plan"] == "failed"
    assert len(rows("SELECT id FROM notice WHERE kind = 'inspection_opened'")) == 1


def test_a_period_that_has_not_ended_fails_at_once_and_writes_nothing(database: Engine, world: Path, run: Run) -> None:
    prepare(world)
    states = run("close_period", key="2026H2")
    assert states["plan"] == "failed"
    assert "success" not in states.values()
    assert rows("SELECT id FROM run_log") == []


def test_a_form_of_january_goes_out_before_its_year_ends_and_a_quarter_closes_as_one(
    database: Engine, world: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_systems(world, monkeypatch, pledge="2026", quarterly="2026Q1")
    prepare(world)
    monkeypatch.setenv("DUBAN_NOW", "2026-01-05T08:00:00")
    assert run("open_period", key="pledge/2026", skip="wake_sender.*")["open_streets"] == "success"
    opened = rows("SELECT subject FROM notice WHERE kind = 'form_opened' ORDER BY subject")
    assert [row["subject"] for row in opened] == [f"pledge/2026/{unit.code}/targets" for unit in (FIRST, SECOND)]
    monkeypatch.setenv("DUBAN_NOW", "2026-07-06T08:00:00")
    assert run("close_period", key="quarterly/2026Q2", skip="wake_sender.*")["assess"] == "success"
    [closed] = rows("SELECT scheme, period, is_official FROM assessment")
    assert (closed["scheme"], closed["period"], bool(closed["is_official"])) == ("quarterly", "2026Q2", True)
