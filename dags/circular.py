"""
### 通报

起草通报，请党工委在首页的“待操作的任务实例”里签发。批准后编发文字号、落成文日期、定稿归档，把存在问题转为限期整改事项，
并写好发给各社区的通知。退回须写明原因：记下意见、告知运维人员，不编号、不发送，图中“已退回”一步为绿色；
改好后办理 `act_resubmit_circular` 重新送审。

- **何时运行**：`close_period` 完成正式考评后，同一审批机关、同一期间的通报合为一批，一批运行一次（分区键即批次，件数多的分几批）。各件互不等待：签一件发一件，退回、撤回一件不影响其余。
- **审批**：只有该机关的账号（街道 `committee`，县 `county`）能答复，印发只凭业务库 `question` 表里记下的答复：把任务标为成功、改写 XCom 都不能印发。没有答复就一直等，每两个工作日提醒一次，绝不自动批准。批准的是草稿的校验码，内容再变须重新送审。
- **可否重跑**：可以。已签发的不会再编号、再发送。
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag

from include.airflow_ext.assets import CIRCULARS, LETTERS, SCORES
from include.airflow_ext.documents import BATCHES, put_to_committee


@dag(
    dag_display_name="06 通报 circular",
    schedule=PartitionedAssetTimetable(assets=SCORES),
    tags=["督办", "通报"],
    doc_md=__doc__,
    **BATCHES,
)
def circular() -> None:
    put_to_committee(tells=CIRCULARS, follows=LETTERS)


circular()
