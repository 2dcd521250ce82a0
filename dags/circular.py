"""
### 通报

起草通报，请党工委在首页的“待操作的任务实例”里签发。批准后编发文字号、落成文日期、定稿归档，把存在问题转为限期整改事项，
并写好发给各社区的通知。退回须写明原因：记下意见、告知运维人员，不编号、不发送，图中“已退回”一步为绿色；
改好后办理 `act_resubmit_circular` 重新送审。

- **何时运行**：`close_period` 每完成一个街道的正式考评，运行一次（分区键即考评编号）。
- **审批**：只有 `committee` 账号能答复，印发只凭业务库 `question` 表里记下的答复：把任务标为成功、改写 XCom 都不能印发。没有答复就一直等，每两个工作日提醒一次，绝不自动批准。批准的是草稿的校验码，内容再变须重新送审。
- **可否重跑**：可以。已签发的不会再编号、再发送。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.approval import SENT_BACK, CircularApproval
from include.airflow_ext.assets import CIRCULARS, NOTICES, SCORES
from include.airflow_ext.tasks import COMMON, step, wake_sender


@dag(
    dag_display_name="06 通报 circular",
    schedule=PartitionedAssetTimetable(assets=SCORES),
    tags=["督办", "通报"],
    doc_md=__doc__,
    **COMMON | {"max_active_runs": 64},
)
def circular() -> None:
    @step(outlets=[NOTICES], after_backfill=True)
    def draft() -> str:
        """起草，并告诉党工委有待签发的通报。"""
        from include.steps import approvals

        context = get_current_context()
        assessment_id = context["dag_run"].partition_key or ""
        drafted = approvals.draft_circular(assessment_id, context["run_id"])
        if drafted is None:
            raise AirflowSkipException(approvals.why_not_drafted(assessment_id))
        return drafted

    @step(outlets=[CIRCULARS, NOTICES])
    def issue(circular_id: str, outlet_events: Any) -> str:
        """编号、定稿、归档，开出整改事项，写好通知；返回发文字号。"""
        from include.steps import approvals

        outlet_events[CIRCULARS].add_partitions(circular_id)
        return approvals.issue_document(circular_id)

    drafted = draft()
    approve = CircularApproval(task_id="approve", circular_id=drafted)
    drafted >> wake_sender("wake_sender_for_draft")
    issued = issue(drafted)
    approve >> [issued, wake_sender(SENT_BACK, "已退回，通知发信")]
    issued >> wake_sender()


circular()
