"""More drafts at once than there may be runs, on the real Airflow: a few runs hold them all, each is asked about and answered on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.acts.documents import draft_joint_meeting
from include.db.engine import transaction, working_on
from include.period import now
from ops.environment import duban_environment
from tests.end_to_end.office import Office, open_office
from tests.intake.receive_street import STREET

pytestmark = [pytest.mark.airflow, pytest.mark.long]
MANY = 110  # of which a run holds a hundred
BATCHES = ["2026-10-08/committee/1", "2026-10-08/committee/2"]
MEETING = {"meeting_at": "2026-10-20T09:30:00+08:00", "place": "会议室"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """So many letters were drafted today, and no run is at work on any of them."""
    with open_office(tmp_path_factory.mktemp("office"), clock="2026-10-08T09:00:00") as opened:
        opened.register()
        with pytest.MonkeyPatch.context() as patch, working_on(opened.engine):
            for name, value in duban_environment(opened.place).items():
                patch.setenv(name, value)
            with transaction() as connection:
                for number in range(MANY):
                    draft_joint_meeting(connection, STREET, f"第{number + 1}次例会", **MEETING, by="admin", at=now())
        opened.run("self_check")
        opened.wait(lambda: len(waiting(opened)) == MANY, f"{MANY} 件待签发", 900)
        yield opened


def waiting(office: Office) -> list[dict[str, Any]]:
    """The steps that wait for the committee."""
    runs = [str(run["dag_run_id"]) for run in office.admin.runs("letter")]
    return [task for run in runs for task in office.admin.tasks("letter", run, state="awaiting_input")]


def keys(office: Office) -> list[str]:
    return sorted(str(run["partition_key"]) for run in office.admin.runs("letter"))


def about(office: Office, meeting: str) -> dict[str, Any]:
    """The step that waits about a meeting, by what the page calls it."""
    [task] = [task for task in waiting(office) if f"召开{meeting}" in task["rendered_map_index"]]
    return task


def test_they_wait_in_as_many_runs_as_one_office_has_batches(office: Office) -> None:
    assert keys(office) == BATCHES
    assert len({task["rendered_map_index"] for task in waiting(office)}) == MANY
    asked = office.rows("SELECT office, batch, COUNT(*) AS n FROM question GROUP BY office, batch ORDER BY batch")
    assert asked == [{"office": STREET, "batch": batch, "n": n} for batch, n in zip(BATCHES, (100, 10), strict=True)]


def test_one_is_issued_and_another_sent_back_while_the_others_wait(office: Office) -> None:
    office.answer_about(about(office, "第7次例会"), "同意", {"name": "张三", "note": ""})
    office.answer_about(about(office, "第105次例会"), "退回", {"name": "李四", "note": "改期再议"})
    settled = office.rows("SELECT state, approved_by FROM circular WHERE state <> 'draft' ORDER BY state")
    assert settled == [{"state": "issued", "approved_by": "张三"}, {"state": "withdrawn", "approved_by": ""}]
    assert len(waiting(office)) == MANY - 2
    assert {run["state"] for run in office.admin.runs("letter")} == {"running"}


def test_one_that_is_drafted_while_they_wait_gets_a_run_of_its_own_and_the_daily_check_none_anew(
    office: Office,
) -> None:
    assert office.act(office.admin, "act_meeting_letter", **MEETING, meeting="临时会议", street_code=STREET) == ""
    office.wait(lambda: len(waiting(office)) == MANY - 1, "临时会议待签发")
    office.run("self_check")
    assert keys(office) == [BATCHES[0], *BATCHES]


def test_what_a_run_waited_with_that_has_died_is_taken_up_by_the_daily_check(office: Office) -> None:
    run_id = about(office, "临时会议")["dag_run_id"]
    office.admin.request("PATCH", f"/dags/letter/dagRuns/{run_id}", json={"state": "failed"})
    assert len(waiting(office)) == MANY - 2
    office.run("self_check")
    office.wait(lambda: len(waiting(office)) == MANY - 1, "临时会议再次待签发")
    task = about(office, "临时会议")
    assert task["dag_run_id"] != run_id
    office.answer_about(task, "同意", {"name": "张三", "note": ""})
    assert office.rows("SELECT COUNT(*) AS n FROM document_number") == [{"n": 2}]
