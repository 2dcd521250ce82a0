"""The committee's answer: recorded whichever way it goes, and bound to the text that was shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
    ParamValidationError,
)
from sqlalchemy import Engine, select

from include import approvals
from include.airflow_ext.approval import approval_of
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


def answered(
    bag: DagBag, letter_id: str, option: str, asked: str, name: str | None = "李书记", note: str | None = "改期再议"
) -> Any:
    approve: Any = bag.dags["letter"].get_task("approve")
    approve.circular_id = letter_id
    event = {
        "chosen_options": [option],
        "params_input": {"name": name, "note": note},
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
        answered(bag, letter_id, "退回", asked)
    assert skipped.value.tasks == ["issue"]
    assert decisions() == [("rejection", "李书记", "改期再议")]
    assert approvals.ask_about(letter_id) is None, "it waits no more"


def test_an_approval_goes_on_with_the_hash_of_what_was_shown(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    answer = answered(bag, letter_id, "同意", asked)
    assert answer["model_hash"] == asked
    assert approvals.issue_document(letter_id, asked, approvals.Approval("committee", "李书记")).endswith("1号")


@pytest.mark.parametrize("option", ["同意", "退回"])
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
        answered(bag, letter_id, "同意", asked)


def test_an_answer_may_leave_name_and_note_empty(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    answer = answered(bag, letter_id, "同意", asked, name=None, note=None)
    assert approval_of(answer).signed == "committee"
    with pytest.raises(DownstreamTasksSkipped):
        answered(bag, letter_id, "退回", asked, name=None, note=None)
    assert decisions() == [("rejection", "committee", "未写明原因")]


def test_airflows_page_lets_the_answer_go_with_every_field_empty(bag: DagBag) -> None:
    fields = bag.dags["letter"].get_task("approve").serialized_params.values()
    assert [(field["value"], field["schema"]["type"]) for field in fields] == [(None, ["null", "string"])] * 2


def test_a_question_that_was_asked_before_the_buttons_were_chinese_can_be_answered(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    assert answered(bag, letter_id, "Approve", asked)["chosen_options"] == ["同意"]
    with pytest.raises(DownstreamTasksSkipped):
        answered(bag, letter_id, "Reject", asked)


def test_the_buttons_are_in_chinese(bag: DagBag) -> None:
    assert bag.dags["letter"].get_task("approve").options == ["同意", "退回"]


def test_an_answer_that_airflow_refuses_records_nothing(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    with pytest.raises(ParamValidationError):
        answered(bag, letter_id, "退回", asked, name="长" * 41)
    assert decisions() == []


def test_sending_back_what_another_run_has_issued_fails_at_once(bag: DagBag, letter_id: str) -> None:
    asked = approvals.request(letter_id)[2]
    approvals.issue_document(letter_id, asked, approvals.Approval("committee", "李书记"))
    with pytest.raises(AirflowFailException, match="不能再签发"):
        answered(bag, letter_id, "退回", asked)
    assert [kind for kind, _, _ in decisions()] == ["approval"]


def test_the_page_names_a_task_in_chinese_before_its_id(bag: DagBag) -> None:
    named = {task.task_id: task.task_display_name for task in bag.dags["letter"].tasks}
    assert named["issue"] == "编号、定稿、归档 issue"
    assert all("一" <= name[0] <= "鿿" and name.endswith(task_id) for task_id, name in named.items()), named
