"""
### 公函

督办通知单、整改通知书、联席会议通知：起草后请党工委在首页的“待操作的任务实例”里签发。批准后编发文字号、落成文日期、定稿归档，
发给主送和抄送的人；督办通知单同时记入各事项的经过。退回须写明原因：记下意见、告知运维人员，不编号、不发送。

- **何时运行**：`chase` 起草了督办通知单，或有人办理了 `act_rectification_letter`、`act_joint_meeting`，一件一次（分区键即公文编号）。
- **审批**：只有 `committee` 账号能答复，印发只凭业务库 `question` 表里记下的答复；没有答复就一直等，每两个工作日提醒一次，绝不自动批准。等待期间内容有变的，须按新的草稿重新答复。
- **可否重跑**：可以。已签发的不会再编号、再发送。
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.approval import SENT_BACK, CircularApproval
from include.airflow_ext.assets import LETTERS, NOTICES
from include.airflow_ext.tasks import COMMON, step, wake_sender


@dag(
    dag_display_name="07 公函 letter",
    schedule=PartitionedAssetTimetable(assets=LETTERS),
    tags=["督办", "整改", "公函"],
    doc_md=__doc__,
    **COMMON | {"max_active_runs": 64},
)
def letter() -> None:
    @step(outlets=[NOTICES])
    def ask() -> str:
        """告诉党工委有待签发的公函。"""
        from include.steps import approvals

        letter_id = approvals.ask_about(get_current_context()["dag_run"].partition_key or "")
        if letter_id is None:
            raise AirflowSkipException("已签发、退回或撤回")
        return letter_id

    @step(outlets=[NOTICES])
    def issue(letter_id: str) -> str:
        """编号、定稿、归档，写好通知；返回发文字号。"""
        from include.steps import approvals

        return approvals.issue_document(letter_id)

    asked = ask()
    approve = CircularApproval(task_id="approve", circular_id=asked)
    asked >> wake_sender("wake_sender_for_draft")
    issued = issue(asked)
    approve >> [issued, wake_sender(SENT_BACK, "已退回，通知发信")]
    issued >> wake_sender()


letter()
