"""
### 试算得分

每当有报表收下、数据更正或延期，就按现有材料试算该街道的得分，供经办人员提前看到走势。

- **何时运行**：`receive` 收下报表、`act_…` 记下更正或延期后，每个 方案/期间/街道 一次（分区键）。
- **写什么**：只在运行记录里记一笔（已报几家、各等次几家）。试算不生成通报、不占用正式稿次。
- **下一步**：该期间已经正式考评、而现在的结果不同（复核同意后补收的材料、更正），就启动 `close_period` 成为下一稿；结果相同则到此为止。
- **可否重跑**：可以。
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context

from include.airflow_ext.assets import SUBMISSIONS
from include.airflow_ext.tasks import COMMON, step

NOTE = "正式考评以后材料或决定有了变动，自动重新考评"


@dag(
    dag_display_name="03 试算得分 score_provisional",
    schedule=PartitionedAssetTimetable(assets=SUBMISSIONS),
    tags=["督办", "考评"],
    doc_md=__doc__,
    **COMMON,
)
def score_provisional() -> None:
    @step()
    def preview() -> list[dict[str, Any]]:
        """按现有材料试算；返回需要正式重新考评的，没有则为空。"""
        from include.steps import closing

        context = get_current_context()
        return closing.preview_scores(context["dag_run"].partition_key or "", context["run_id"])

    TriggerDagRunOperator.partial(
        task_id="close_again",
        task_display_name="正式考评以后的更正，重新考评 close_again",
        trigger_dag_id="close_period",
        logical_date=None,
        note=NOTE,
    ).expand(conf=preview())


score_provisional()
