"""The human step before a document is issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
    TaskAwaitingInput,
)
from airflow.sdk.execution_time.hitl import HITLUser

from include.airflow_ext.tasks import use_connections
from include.errors import UserError
from include.keys import PlaceKey

if TYPE_CHECKING:
    from include.steps import approvals

SENT_BACK = "sent_back"
"""The task that runs where the draft was sent back; all else after the question runs where it was approved."""
_TIMES_ASKED_ANEW = 50  # a draft changes at most once a day while it waits


def _may_stay_empty(longest: int, title: str, description: str) -> Param:
    """A text of the answer. Null must be allowed: without it Airflow's page takes no answer while the field is empty."""
    return Param(None, type=["null", "string"], maxLength=longest, title=title, description=description)


class DocumentApproval(ApprovalOperator):
    """Asks the committee to approve the draft `document_id`; waits as long as it takes, never approves by itself.

    The question is put on record (include/documents/questions.py) when the task starts, and the answer beside it when it
    comes, with the login that Airflow's server wrote into the task for it: that is Airflow's own doing and no XCom, so
    nobody can post it. `issue` reads the record. A task that is marked as success has never come here, and issues nothing.

    An answer to a text that has changed meanwhile counts for nothing, and the next try asks about the new one. Airflow keeps
    showing the first try's text, though: what the page says must hold for any draft, and the newest mail with the draft is
    what counts.
    """

    APPROVE = "同意"  # what the buttons say; Airflow's own are English
    REJECT = "退回"
    _in_english: ClassVar = {  # offered by a question of an older version: Airflow keeps its options as it keeps its text
        ApprovalOperator.APPROVE: APPROVE,
        ApprovalOperator.REJECT: REJECT,
    }
    template_fields = (*ApprovalOperator.template_fields, "document_id")

    def __init__(self, *, document_id: Any, **kwargs: Any) -> None:
        kwargs["execution_timeout"] = None  # the operator would take it for the time that people have
        kwargs["retries"] = _TIMES_ASKED_ANEW
        super().__init__(
            subject="公文待签发",
            task_display_name=f"党工委签发 {kwargs['task_id']}",
            map_index_template="{{ task.document_id | headline }}",
            params={
                "name": _may_stay_empty(40, "签发人姓名", "只写姓名；留空则记为登录账号。"),
                "note": _may_stay_empty(500, "意见", "退回时必须写明原因，否则不作数。"),
            },
            **kwargs,
        )
        self.document_id = document_id

    def execute(self, context: Context) -> Any:
        asked = self._asked(context)
        self.subject, self.body, self.response_timeout = asked.headline, asked.body, asked.looks_after
        # Who signs may change while the question waits: the office stands for whoever signs for it then (airflow_ext/logins.py).
        self.assigned_users = [HITLUser(id=one, name=asked.account) for one in (asked.account, asked.office)]
        return super().execute(context)

    def _asked(self, context: Context) -> approvals.Asked:
        """What the committee is asked; where that is answered already, what follows from it, raised."""
        from include.steps import approvals

        use_connections()
        asked = approvals.request(self.document_id, _place(context))
        if asked is None:
            raise AirflowSkipException("草稿已撤回，不再需要签发。")
        if isinstance(asked, str):  # by mail, or in a try that died before it could go on
            self._go_on(context, is_approved=asked == approvals.APPROVAL)
        return asked

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the answer, then go on with the tasks that follow it. Recorded first: the going on is by an exception.

        Nobody has answered here, for all the time that was set: then this was a look whether the answer came by mail, and the
        step waits on as it did.
        """
        if event.get("error_type") == "timeout":
            raise TaskAwaitingInput(method_name="execute_complete", timeout=self._asked(context).looks_after)
        from include.machine_faults import MachineError
        from include.steps import approvals

        use_connections()
        chosen = [self._in_english.get(option, option) for option in event.get("chosen_options", ())]
        event = event | {"chosen_options": chosen}
        HITLOperator.execute_complete(self, context, event)  # what Airflow refuses must not have been recorded
        is_approved = chosen == [self.APPROVE]
        answer = approvals.APPROVAL if is_approved else approvals.REJECTION
        try:
            outcome, reasons = approvals.take_answer(
                _place(context), answer, _approval_of(event, approvals.who_answers(_place(context)))
            )
        except MachineError:
            raise  # may pass: asked again
        except UserError as error:  # settled by another run: asking again would not help
            raise AirflowFailException(str(error)) from error
        if outcome == "withdrawn":
            raise AirflowSkipException("".join(reasons))
        if outcome in ("changed", "refused"):
            raise AirflowException("".join(reasons))
        return self._go_on(context, is_approved=outcome == approvals.APPROVAL)

    def _go_on(self, context: Context, *, is_approved: bool) -> NoReturn:
        self.log.info(
            "党工委已同意，接着编号印发。" if is_approved else "党工委已退回，不编号、不发送；已告知运维人员。"
        )
        following = [task.task_id for task in context["task"].get_direct_relatives(upstream=False)]
        skipped = [task_id for task_id in following if task_id.endswith(f".{SENT_BACK}") == is_approved]
        # Those of this document alone; Airflow's own `skip` does nothing for one instance of a mapped step.
        raise DownstreamTasksSkipped(tasks=[(task_id, context["ti"].map_index) for task_id in skipped])


def _place(context: Context) -> str:
    """Where the question waits: each try is asked by itself."""
    one: Any = context["ti"]
    return str(PlaceKey(one.dag_id, one.run_id, one.task_id, one.map_index, one.try_number))


def _approval_of(event: dict[str, Any], may_answer: dict[str, str]) -> Any:
    """The answer as include.steps.approvals takes it. Refused where Airflow does not say that one of these logins gave it."""
    from include.steps.approvals import Approval

    user = event.get("responded_by_user") or {}
    known = str(user.get("id") or "")
    account = str(user.get("name") or "") if known.isdigit() else known  # FAB's id is a number
    if account not in may_answer:
        meant = "、".join(may_answer) or "现任签发人员的"
        raise AirflowException(f"这次答复不是 {meant} 账号作出的，不作数：请党工委重新答复。")
    given = event.get("params_input") or {}
    return Approval(account, given.get("name") or "", given.get("note") or "", holder=may_answer[account])
