"""The committee's answer: recorded whichever way it goes, bound to the text that was shown and to the login that gave it."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
    ParamValidationError,
    TaskAwaitingInput,
)
from sqlalchemy import Engine, select

from include.airflow_ext.approval import DocumentApproval
from include.db import tables
from include.db.engine import transaction
from include.documents.changes import changes_since
from include.documents.finding import get_circular
from include.documents.questions import unsigned
from include.errors import UserError
from include.settings import REPO
from include.steps import approvals, checking
from tests.acting import drafts
from tests.notices.people import render_letter
from tests.signing import asks, signs
from tests.street import STREET, A, add_units

_tries = itertools.count(1)
COMMITTEE = {"id": "committee", "name": "committee"}


class Instance:
    """What the operator asks of a running task instance: who it is, the third of its batch."""

    dag_id, run_id, task_id, map_index = "letter", "run", "document.approve", 2

    def __init__(self, try_number: int) -> None:
        self.try_number = try_number


def place(number: int) -> str:
    return f"letter/run/document.approve/2/{number}"


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(REPO / "dags" / "letter.py"))


@pytest.fixture
def letter_id(database: Engine) -> str:
    with transaction() as connection:
        add_units(connection, A)
    letter_id = draft()
    assert approvals.ask_about(letter_id) == letter_id
    return letter_id


def draft(day: int = 20) -> str:
    return drafts(
        "meeting_letter",
        "admin",
        street_code=STREET,
        meeting="例会",
        meeting_at=f"2026-07-{day}T09:30:00+08:00",
        place="会议室",
    )


def asked(letter_id: str) -> int:
    """The committee is asked; the try in which it was."""
    number = next(_tries)
    approvals.request(letter_id, place(number))
    return number


def answered(
    bag: DagBag,
    number: int,
    option: str,
    name: str | None = "李书记",
    note: str | None = "改期再议",
    user: dict[str, str] | None = COMMITTEE,
) -> list[str]:
    """The steps about this document that are skipped once the committee has answered in that try."""
    approve: Any = bag.dags["letter"].get_task("document.approve")
    event = {
        "chosen_options": [option],
        "params_input": {"name": name, "note": note},
        "responded_at": dt.datetime(2026, 7, 2, 9, tzinfo=dt.UTC),
        "responded_by_user": user,
    }
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        approve.execute_complete({"ti": Instance(number), "task": approve}, event)
    assert [index for _, index in skipped.value.tasks] == [Instance.map_index]
    return [str(task_id).removeprefix("document.") for task_id, _ in skipped.value.tasks]


def decisions() -> list[tuple[str, str, str, str]]:
    with transaction() as connection:
        rows = connection.execute(select(tables.decision).order_by(tables.decision.c.sequence)).mappings()
        return [
            (row["kind"], row["decided_by"], row["account"], row["reason"]) for row in rows if row["kind"] != "drafting"
        ]


def notices(kind: str) -> list[dict[str, Any]]:
    with transaction() as connection:
        rows = connection.execute(select(tables.notice).where(tables.notice.c.kind == kind)).mappings().all()
    return [json.loads(row["payload"]) for row in rows]


def test_a_rejection_is_recorded_with_name_login_and_reason_and_skips_the_issue(bag: DagBag, letter_id: str) -> None:
    assert answered(bag, asked(letter_id), "退回") == ["issue"]
    assert decisions() == [("rejection", "李书记", "committee", "改期再议")]
    assert approvals.ask_about(letter_id) is None, "it waits no more"


def test_ops_are_mailed_what_was_sent_back_and_why_and_who_had_it_drafted(bag: DagBag, letter_id: str) -> None:
    answered(bag, asked(letter_id), "退回")
    [alert] = notices("ops_alert")
    assert "退回" in alert["title"]
    assert "例会" in alert["title"]
    assert "退回理由：改期再议" in alert["lines"]
    assert any("李书记" in line and "committee" in line for line in alert["lines"])
    assert "起草：账号 admin。" in alert["lines"]


def test_a_document_is_issued_under_the_name_and_the_login_of_whoever_approved_it(bag: DagBag, letter_id: str) -> None:
    assert answered(bag, asked(letter_id), "同意") == ["sent_back"]
    assert approvals.issue_document(letter_id).endswith("1号")
    with transaction() as connection:
        row = get_circular(connection, letter_id)
        [log] = connection.execute(select(tables.run_log)).mappings().all()
    assert (row["approved_by"], row["account"]) == ("李书记", "committee")
    assert decisions() == [("approval", "李书记", "committee", "")]
    assert (log["stage"], log["outcome"], log["account"]) == ("circular", "issued", "committee")


def test_nothing_is_issued_while_the_committee_has_not_answered(letter_id: str) -> None:
    with pytest.raises(UserError, match="没有党工委对这份草稿的答复"):
        approvals.issue_document(letter_id)
    asked(letter_id)
    with pytest.raises(UserError, match="没有党工委对这份草稿的答复"):
        approvals.issue_document(letter_id)
    with transaction() as connection:
        assert connection.execute(select(tables.document_number)).all() == []


@pytest.mark.parametrize("user", [None, {"id": "admin", "name": "committee"}])
def test_an_answer_that_airflow_does_not_ascribe_to_the_committee_counts_for_nothing(
    bag: DagBag, letter_id: str, user: dict[str, str] | None
) -> None:
    with pytest.raises(AirflowException, match="不是 committee 账号"):
        answered(bag, asked(letter_id), "同意", user=user)
    with pytest.raises(UserError, match="不能印发"):
        approvals.issue_document(letter_id)


def test_a_question_says_which_office_was_asked_and_in_which_batch(letter_id: str) -> None:
    asked(letter_id)
    with transaction() as connection:
        [question] = connection.execute(select(tables.question)).mappings().all()
        [referral] = connection.execute(select(tables.referral)).mappings().all()
    assert (question["office"], question["batch"]) == (STREET, referral["batch"])


def test_each_step_of_a_batch_is_called_by_street_and_title_of_its_document(bag: DagBag, letter_id: str) -> None:
    named = {name: bag.dags["letter"].get_task(f"document.{name}").map_index_template for name in ("approve", "issue")}
    assert named == {
        "approve": "{{ task.document_id | headline }}",
        "issue": "{{ task.op_kwargs['document_id'] | headline }}",
    }
    headline = bag.dags["letter"].user_defined_filters["headline"]
    assert headline(letter_id) == "云街街道 《关于召开例会的通知》"
    assert headline("没有这一件") == "没有这一件"


def test_an_approval_of_an_earlier_text_issues_no_later_one(bag: DagBag, letter_id: str) -> None:
    answered(bag, asked(letter_id), "同意")
    draft(day=21)
    with pytest.raises(UserError, match="不能印发"):
        approvals.issue_document(letter_id)


def test_an_answer_is_given_once(bag: DagBag, letter_id: str) -> None:
    number = asked(letter_id)
    assert answered(bag, number, "同意") == ["sent_back"]
    assert answered(bag, number, "退回") == ["sent_back"], "what was answered stands"
    with pytest.raises(AirflowFailException, match="已由 李书记 同意印发"):
        answered(bag, asked_elsewhere(letter_id), "退回")
    assert decisions() == []


def asked_elsewhere(letter_id: str) -> int:
    """A question about the same text that another run had put before the answer came."""
    number = next(_tries)
    with transaction() as connection:
        row = get_circular(connection, letter_id)
        values = {
            "sequence": 100 + number,
            "asked_in": place(number),
            "asked_at": dt.datetime.now(dt.UTC),
        }
        empty = dict.fromkeys(("answer", "account", "name", "note", "how", "batch"), "") | {"office": STREET}
        connection.execute(
            tables.question.insert().values(circular_id=letter_id, model_hash=row["model_hash"], **values, **empty)
        )
    return number


def test_a_step_that_dies_after_the_answer_does_not_ask_again(bag: DagBag, letter_id: str) -> None:
    answered(bag, asked(letter_id), "同意")
    approve: Any = bag.dags["letter"].get_task("document.approve")
    approve.document_id = letter_id
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        approve.execute({"ti": Instance(next(_tries)), "task": approve})
    assert skipped.value.tasks == [("document.sent_back", Instance.map_index)]


@pytest.mark.parametrize("option", ["同意", "退回"])
def test_an_answer_to_a_text_that_has_changed_counts_for_nothing(bag: DagBag, letter_id: str, option: str) -> None:
    number = asked(letter_id)
    draft(day=21)
    with pytest.raises(AirflowException, match="重新审阅"):
        answered(bag, number, option)
    assert decisions() == []


def test_an_answer_to_a_draft_that_was_taken_back_ends_the_run_in_peace(bag: DagBag, letter_id: str) -> None:
    number = asked(letter_id)
    with transaction() as connection:
        connection.execute(tables.circular.update().values(state="withdrawn"))
    with pytest.raises(AirflowSkipException):
        answered(bag, number, "同意")


def test_an_approval_may_leave_name_and_note_empty(bag: DagBag, letter_id: str) -> None:
    answered(bag, asked(letter_id), "同意", name=None, note=None)
    approvals.issue_document(letter_id)
    assert decisions() == [("approval", "committee", "committee", "")]


@pytest.mark.parametrize("note", [None, "", " \n "])
def test_sending_back_without_a_reason_counts_for_nothing_and_the_committee_is_asked_again(
    bag: DagBag, letter_id: str, note: str | None
) -> None:
    number = asked(letter_id)
    with pytest.raises(AirflowException, match="退回没有写明原因"):
        answered(bag, number, "退回", note=note)
    assert decisions() == []
    assert [one["why_again"] for one in notices("approval_waiting") if "why_again" in one] == [
        ["退回没有写明原因：请在“意见”一栏写明为什么退回、要改什么。"]
    ]
    assert answered(bag, asked(letter_id), "退回", note="地点不对") == ["issue"]


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "王书记\n同意", "王\u202e书记", "王书记1", "@王", "王" * 41, "王|书记", "\u0000王"],
)
def test_a_name_signed_with_is_a_name(bag: DagBag, letter_id: str, name: str) -> None:
    answer = approvals.Approval("committee", name)
    outcome, reasons = approvals.take_answer(asks(letter_id), approvals.APPROVAL, answer)
    assert outcome == "refused"
    assert "不是姓名" in reasons[0]
    assert decisions() == []


@pytest.mark.parametrize("name", ["王书记", "阿卜杜拉·买买提", "Li Wei", "欧阳 娜", "𠮷田"])
def test_names_of_every_kind_can_be_signed_with(letter_id: str, name: str) -> None:
    signs(letter_id, name)
    assert [by for _, by, _, _ in decisions()] == [name]


def test_airflows_page_lets_the_answer_go_with_every_field_empty() -> None:
    fields = DocumentApproval(task_id="approve", document_id="one").serialized_params.values()
    assert [(field["value"], field["schema"]["type"]) for field in fields] == [(None, ["null", "string"])] * 2


def test_a_question_that_was_asked_before_the_buttons_were_chinese_can_be_answered(bag: DagBag, letter_id: str) -> None:
    assert answered(bag, asked(letter_id), "Approve") == ["sent_back"]


def test_the_buttons_are_in_chinese(bag: DagBag) -> None:
    assert bag.dags["letter"].get_task("document.approve").options == ["同意", "退回"]


def test_an_answer_that_airflow_refuses_records_nothing(bag: DagBag, letter_id: str) -> None:
    with pytest.raises(ParamValidationError):
        answered(bag, asked(letter_id), "退回", name="长" * 41)
    assert decisions() == []


def test_sending_back_what_another_run_has_issued_fails_at_once(bag: DagBag, letter_id: str) -> None:
    number = asked(letter_id)
    signs(letter_id, "李书记")
    with pytest.raises(AirflowFailException, match="不能再退回"):
        answered(bag, number, "退回")
    assert [kind for kind, *_ in decisions()] == ["approval"]


def test_who_had_a_letter_drafted_is_kept_and_the_same_draft_again_is_no_other_act(letter_id: str) -> None:
    draft()
    with transaction() as connection:
        rows = connection.execute(select(tables.decision)).mappings().all()
    assert [(row["kind"], row["account"], row["field"]) for row in rows] == [("drafting", "admin", letter_id)]


def test_the_daily_check_finds_a_document_that_was_issued_past_the_committee(letter_id: str) -> None:
    signs(letter_id)
    with transaction() as connection:
        assert unsigned(connection) == []
        connection.execute(tables.circular.update().values(approved_by="王某"))
    found = [finding for finding in checking.check_health("test") if "没有对应的党工委答复" in finding]
    assert len(found) == 1
    assert "1号" in found[0]
    assert "王某" in found[0]


def test_the_page_names_a_task_in_chinese_before_its_id(bag: DagBag) -> None:
    named = {task.task_id.rpartition(".")[2]: task.task_display_name for task in bag.dags["letter"].tasks}
    assert named["issue"] == "编号、定稿、归档 issue"
    assert named["sent_back"] == "已退回，通知发信 sent_back"
    assert all("一" <= name[0] <= "鿿" and name.endswith(task_id) for task_id, name in named.items()), named


def test_what_changed_since_the_committee_was_asked_before_is_told_line_by_line(letter_id: str) -> None:
    with transaction() as connection:
        assert changes_since(connection, get_circular(connection, letter_id)) is None, "it is asked for the first time"
    assert draft(day=21) == letter_id
    approvals.ask_about(letter_id)
    with transaction() as connection:
        changed = changes_since(connection, get_circular(connection, letter_id))
    assert changed is not None
    was, stands = zip(*changed.lines, strict=True)
    assert any("20日" in line for line in was) and any("21日" in line for line in stands)


def test_a_mail_to_the_committee_leads_to_the_draft_where_the_pages_address_is_set(
    letter_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [without] = notices("approval_waiting")
    assert "page_link" not in without
    monkeypatch.setenv("DUBAN_PAGE_URL", "https://duban.example/")
    assert draft(day=21) == letter_id
    approvals.ask_about(letter_id)
    [link] = [one["page_link"] for one in notices("approval_waiting") if "page_link" in one]
    assert link.startswith("https://duban.example/duban/document?id=") and STREET in link
    mail = render_letter([("approval_waiting", without | {"page_link": link})])
    assert f"在督办台办理：{link}" in mail.text
    assert 'href="https://duban.example/duban/document?id=' in mail.html


def looks(bag: DagBag, letter_id: str, number: int) -> None:
    """The step that waits is woken because nobody has answered in Airflow for a while."""
    approve: Any = bag.dags["letter"].get_task("document.approve")
    approve.document_id = letter_id
    event = {"error": "The response timeout has passed.", "error_type": "timeout"}
    approve.execute_complete({"ti": Instance(number), "task": approve}, event)


def test_a_step_that_waits_looks_again_and_goes_on_once_the_answer_has_come_by_mail(
    bag: DagBag, letter_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = asked(letter_id)
    monkeypatch.delenv("DUBAN_NOW")
    with pytest.raises(TaskAwaitingInput) as parked:
        looks(bag, letter_id, number)
    assert (parked.value.method_name, parked.value.timeout) == ("execute_complete", dt.timedelta(hours=2))
    with transaction() as connection:
        text, answer = get_circular(connection, letter_id)["model_hash"], approvals.Approval("wang", "", holder="王强")
        taken = approvals.take_signature(
            connection, letter_id, text, "mail/1/reply/-1/0", approvals.APPROVAL, answer, "mail/1"
        )
    assert taken == ""
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        looks(bag, letter_id, number)
    assert skipped.value.tasks == [("document.sent_back", Instance.map_index)]
    approvals.issue_document(letter_id)
    assert decisions() == [("approval", "王强", "wang", "")]


def test_a_step_that_waits_for_a_draft_that_was_taken_back_ends_at_its_next_look(bag: DagBag, letter_id: str) -> None:
    number = asked(letter_id)
    with transaction() as connection:
        connection.execute(tables.circular.update().values(state="withdrawn"))
    with pytest.raises(AirflowSkipException):
        looks(bag, letter_id, number)
