"""The human step before a circular or letter is issued."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context, Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.hitl import HITLUser

from include.airflow_ext.tasks import use_connections
from include.errors import UserError

COMMITTEE = HITLUser(id="committee", name="committee")
_ASKED = "asked_model_hash"
_TIMES_ASKED_ANEW = 50  # a draft changes at most once a day while it waits


def _may_stay_empty(longest: int, title: str, description: str) -> Param:
    """A text of the answer. Null must be allowed: without it Airflow's page takes no answer while the field is empty."""
    return Param(None, type=["null", "string"], maxLength=longest, title=title, description=description)


class CircularApproval(ApprovalOperator):
    """Asks the committee to approve the draft `circular_id`; waits as long as it takes, never approves by itself.

    The text of the question is read from the draft when the task starts, so that only its key travels. The answer goes
    on with the hash of the model that was asked about (`model_hash`); an answer to a text that has changed meanwhile counts
    for nothing, and the next try asks about the new one. Airflow keeps showing the first try's text, though: what the page
    says must hold for any draft, and the newest mail with the draft is what counts.
    """

    APPROVE = "同意"  # what the buttons say; Airflow's own are English
    REJECT = "退回"
    _in_english: ClassVar = {  # offered by a question of an older version: Airflow keeps its options as it keeps its text
        ApprovalOperator.APPROVE: APPROVE,
        ApprovalOperator.REJECT: REJECT,
    }
    template_fields = (*ApprovalOperator.template_fields, "circular_id")

    def __init__(self, *, circular_id: Any, **kwargs: Any) -> None:
        kwargs["execution_timeout"] = None  # the operator would take it for the time that people have
        kwargs["retries"] = _TIMES_ASKED_ANEW
        super().__init__(
            subject="公文待签发",
            task_display_name=f"党工委签发 {kwargs['task_id']}",
            assigned_users=[COMMITTEE],
            params={
                "name": _may_stay_empty(40, "签发人姓名", "留空则记为登录账号。"),
                "note": _may_stay_empty(500, "意见", "退回时请写明原因。"),
            },
            **kwargs,
        )
        self.circular_id = circular_id

    def execute(self, context: Context) -> Any:
        from include import approvals

        use_connections()
        self.subject, self.body, asked = approvals.request(self.circular_id)
        context["ti"].xcom_push(key=_ASKED, value=asked)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """An approval goes on to the next task; a rejection is recorded here, and the rest is skipped.

        Recorded first: Airflow's own part ends with an exception, by which it skips what follows.
        """
        from include import approvals

        use_connections()
        chosen = [self._in_english.get(option, option) for option in event.get("chosen_options", ())]
        event = event | {"chosen_options": chosen}
        asked = context["ti"].xcom_pull(task_ids=self.task_id, key=_ASKED)
        standing = approvals.standing(self.circular_id, asked)
        if standing == "withdrawn":
            raise AirflowSkipException("草稿已撤回，不再需要签发。")
        if standing == "changed":
            raise AirflowException("草稿在审阅期间有了变化，这次答复不作数：请按最近一封“待签发”邮件里的草稿重新审阅。")
        self.validate_params_input(event.get("params_input") or {})  # what Airflow refuses must not have been recorded
        if self.REJECT in chosen:
            try:
                approvals.reject_document(self.circular_id, approval_of(event))
            except UserError as error:  # issued by another run: asking again would not help
                raise AirflowFailException(str(error)) from error
        return {**super().execute_complete(context, event), "model_hash": asked}


def approval_of(answer: dict[str, Any]) -> Any:
    """The answer of `CircularApproval` as include.approvals takes it."""
    from include.approvals import Approval

    given = answer["params_input"] or {}
    account = answer["responded_by_user"]["name"]
    return Approval(account=account, name=given.get("name") or "", note=given.get("note") or "未写明原因")
