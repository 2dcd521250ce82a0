"""
### 试算得分

每当有报表收下，就按现有材料试算该街道的得分，供经办人员提前看到走势。

- **何时运行**：`receive` 收下报表后，每个 方案/期间/街道 一次（分区键）。
- **写什么**：只在运行记录里记一笔（已报几家、各等次几家）。试算不排名、不生成通报、不占用正式稿次。
- **可否重跑**：可以。
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context

from include.airflow_ext.assets import SUBMISSIONS
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="3 试算得分 score_provisional",
    schedule=PartitionedAssetTimetable(assets=SUBMISSIONS),
    tags=["督办", "考评"],
    doc_md=__doc__,
    **COMMON,
)
def score_provisional() -> None:
    @step()
    def preview() -> dict[str, int]:
        """按现有材料试算；返回各等次的家数。"""
        from include import steps

        context = get_current_context()
        return steps.preview_scores(context["dag_run"].partition_key or "", context["run_id"])

    preview()


score_provisional()
