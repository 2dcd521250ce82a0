"""
### 公函

督办通知单、整改通知书、联席会议通知：起草后请党工委在首页的“待操作的任务实例”里签发。批准后编发文字号、落成文日期、定稿归档，
发给主送和抄送的人；督办通知单同时记入各事项的经过。退回须写明原因：记下意见、告知运维人员，不编号、不发送。

- **何时运行**：`chase` 起草了督办通知单、事项督办函，或有人办理了 `act_rectification_letter`、`act_meeting_letter`、`act_row_letter`，或 `diary` 到日子起草了成批的函（一批函件一次批准）：同一审批机关同一天的合为一批，一批运行一次（分区键即批次，件数多的分几批）。各件互不等待。
- **审批**：只有该机关的账号（街道 `committee`，县 `county`）能答复，印发只凭业务库 `question` 表里记下的答复；没有答复就一直等，每两个工作日提醒一次，绝不自动批准。等待期间内容有变的，须按新的草稿重新答复。
- **可否重跑**：可以。已签发的不会再编号、再发送。
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag

from include.airflow_ext.assets import LETTERS
from include.airflow_ext.documents import BATCHES, put_to_committee


@dag(
    dag_display_name="07 公函 letter",
    schedule=PartitionedAssetTimetable(assets=LETTERS),
    tags=["督办", "整改", "公函"],
    doc_md=__doc__,
    **BATCHES,
)
def letter() -> None:
    put_to_committee()


letter()
