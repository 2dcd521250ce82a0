"""What the workflows of documents do: a run puts a batch to the committee, each document asked about and issued on its own."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, TriggerRule, get_current_context, task_group
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.approval import SENT_BACK, DocumentApproval
from include.airflow_ext.assets import NOTICES
from include.airflow_ext.tasks import COMMON, step, use_connections, wake_sender
from include.errors import UserError


def put_to_committee(tells: Asset | None = None, follows: Asset | None = None) -> None:
    """The tasks of a workflow whose partition key is a batch. `tells`: an asset told of each document that was issued;
    `follows`: one told of the batches of letters that it brings about."""

    @step()
    def plan() -> list[str]:
        """领取这一批；返回考评编号或公函编号。"""
        from include.steps import approvals

        context = get_current_context()
        subjects = approvals.take_up(context["dag_run"].partition_key or "", context["run_id"])
        if not subjects:
            raise AirflowSkipException("这一批没有待办的公文")
        return subjects

    @step(outlets=[NOTICES], map_index_template="{{ task.op_kwargs['subject'] }}")
    def draft(subject: str) -> str:
        """起草，并告诉党工委有待签发的公文；返回公文编号。"""
        from include.steps import approvals

        document_id, why_not = approvals.put_forward(subject)
        if not document_id:
            raise AirflowSkipException(why_not)
        return document_id

    @step(
        outlets=[NOTICES, *([tells] if tells else []), *([follows] if follows else [])],
        map_index_template="{{ task.op_kwargs['document_id'] | headline }}",
    )
    def issue(document_id: str, outlet_events: Any) -> str:
        """编号、定稿、归档，写好通知；返回发文字号。"""
        from include.steps import approvals

        if tells:
            outlet_events[tells].add_partitions(document_id)
        number = approvals.issue_document(document_id)
        if follows:
            outlet_events[follows].add_partitions(approvals.put_what_follows(document_id))
        return number

    # Once for all drafts, and however some of them ended: what the others were told of waits in the outbox.
    told = wake_sender("wake_sender_for_drafts", trigger_rule=TriggerRule.ALL_DONE)

    @task_group(group_id="document", group_display_name="逐件办理 document")
    def document(subject: str) -> None:
        drafted = draft(subject=subject)
        approve = DocumentApproval(task_id="approve", document_id=drafted)
        issued = issue(document_id=drafted)
        approve >> [issued, wake_sender(SENT_BACK, "已退回，通知发信")]
        issued >> wake_sender()
        drafted >> told

    document.expand(subject=plan())


def _headline(document_id: str) -> str:
    """What the page calls a step among those of one run. No step fails for want of a name."""
    from include.steps import approvals

    use_connections()
    try:
        return approvals.headline(document_id)
    except UserError:
        return document_id


# max_active_runs: as many wait as there are batches that nobody has answered yet, however many documents each holds.
BATCHES: dict[str, Any] = COMMON | {"max_active_runs": 64, "user_defined_filters": {"headline": _headline}}
