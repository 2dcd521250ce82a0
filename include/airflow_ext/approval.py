"""The human step before a circular is issued."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context, Param
from airflow.sdk.execution_time.hitl import HITLUser

from include.airflow_ext.tasks import use_connections

COMMITTEE = HITLUser(id="committee", name="committee")


class CircularApproval(ApprovalOperator):
    """Asks the committee to approve the draft `circular_id`; waits as long as it takes, never approves by itself.

    The text of the question is read from the draft when the task starts, so that only its key travels.
    """

    template_fields = (*ApprovalOperator.template_fields, "circular_id")

    def __init__(self, *, circular_id: Any, **kwargs: Any) -> None:
        kwargs["execution_timeout"] = None  # the operator would take it for the time that people have
        super().__init__(
            subject="通报待签发",
            assigned_users=[COMMITTEE],
            params={
                "name": Param("", type="string", maxLength=40, title="签发人姓名", description="留空则记为登录账号。"),
                "note": Param("", type="string", maxLength=500, title="意见", description="退回时请写明原因。"),
            },
            **kwargs,
        )
        self.circular_id = circular_id

    def execute(self, context: Context) -> Any:
        from include import steps

        use_connections()
        self.subject, self.body = steps.approval_request(self.circular_id)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """An approval goes on to the next task; a rejection is recorded here, and the rest is skipped."""
        from include import steps

        answer = super().execute_complete(context, event)
        if self.REJECT in answer["chosen_options"]:
            use_connections()
            steps.reject_circular(self.circular_id, approval_of(answer))
        return answer


def approval_of(answer: dict[str, Any]) -> Any:
    """The answer of `CircularApproval` as include.steps takes it."""
    from include.steps import Approval

    given = answer["params_input"]
    return Approval(account=answer["responded_by_user"]["name"], name=given.get("name", ""), note=given.get("note", ""))
