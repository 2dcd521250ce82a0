"""The committee's answer: recorded whichever way it goes, and bound to the text that was shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowException, AirflowSkipException, DownstreamTasksSkipped
from sqlalchemy import Engine, select

from include import approvals
from include.db import tables
from include.db.engine import transaction
from include.settings import REPO
from tests.rectification.street import STREET, A, add_units


class Instance:
    """What the operator asks of a running task instance: a place for its XComs."""

    map_index = -1

    def __init__(self, asked: str) -> None:
        self.xcoms: dict[str, Any] = {"asked_model_hash": asked}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        return self.xcoms[key]


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(REPO / "dags" / "letter.py"))


@pytest.fixture
def letter_id(database: Engine) -> str:
    with transaction() as connection:
        add_units(connection, A)
    letter_id = approvals.draft_joint_meeting(STREET, "例会", "2026-07-20T09:30:00+08:00", "会议室")
    assert approvals.ask_about(letter_id) == letter_id
    return letter_id


def answered(bag: DagBag, letter_id: str, option: str, asked: str) -> Any:
    approve: Any = bag.dags["letter"].get_task("approve")
    approve.circular_id = letter_id
    event = {
        "chosen_options": [option],
        "params_input": {"name": "李书记", "note": "改期再议"},
        "responded_at": dt.datetime(2026, 7, 2, 9, tzinfo=dt.UTC),
        "responded_by_user": {"id": "committee", "name": "committee"},
    }
    return approve.execute_complete({"ti": Instance(asked), "task": approve}, event)


def decisions() -> list[tuple[str, str, str]]:
    with transaction() as connection:
        rows = connection.execute(select(tables.decision)).mappings()
        return [(row["kind"], row["decided_by"], row["reason"]) for row in rows]


def test_a_rejection_is_recorded_with_its_note_and_skips_the_issue(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        answered(bag, letter_id, "Reject", asked)
    assert skipped.value.tasks == ["issue"]
    assert decisions() == [("rejection", "李书记", "改期再议")]
    assert approvals.ask_about(letter_id) is None, "it waits no more"


def test_an_approval_goes_on_with_the_hash_of_what_was_shown(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    answer = answered(bag, letter_id, "Approve", asked)
    assert answer["model_hash"] == asked
    assert approvals.issue_document(letter_id, asked, approvals.Approval("committee", "李书记")).endswith("1号")


@pytest.mark.parametrize("option", ["Approve", "Reject"])
def test_an_answer_to_a_text_that_has_changed_counts_for_nothing(bag: DagBag, letter_id: str, option: str) -> None:
    asked = approvals.request(letter_id)[2]
    approvals.draft_joint_meeting(STREET, "例会", "2026-07-21T09:30:00+08:00", "会议室")
    with pytest.raises(AirflowException, match="重新审阅"):
        answered(bag, letter_id, option, asked)
    assert decisions() == []


def test_an_answer_to_a_draft_that_was_taken_back_ends_the_run_in_peace(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    with transaction() as connection:
        connection.execute(tables.circular.update().values(state="withdrawn"))
    with pytest.raises(AirflowSkipException):
        answered(bag, letter_id, "Approve", asked)
