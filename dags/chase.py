"""
### 督办整改

每个工作日查看所有未销号的整改事项，按升级规则（提醒 → 催办 → 督办）写好应发的通知。停机漏过的日子自动补上最高一级。
到“督办”一级的，按社区起草督办通知单，由 `letter` 流程送党工委签发，签发前不发出。

- **何时运行**：每天 08:30；非工作日（含调休）不处理。
- **可否重跑**：可以。同一事项同一级别只通知一次。
- **下一步**：`send_notices` 发出。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.assets import LETTERS, NOTICES
from include.airflow_ext.schedules import daily
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="08 督办整改 chase",
    schedule=daily("30 8 * * *"),
    tags=["督办", "整改"],
    doc_md=__doc__,
    **COMMON,
)
def chase() -> None:
    @step(outlets=[LETTERS, NOTICES])
    def escalate(outlet_events: Any) -> list[str]:
        """把每个事项推进到当天应到的级别；返回新起草的督办通知单。"""
        from include.steps import chasing

        letters = chasing.chase(get_current_context()["run_id"])
        if letters is None:
            raise AirflowSkipException("今天不是工作日")
        outlet_events[LETTERS].add_partitions(letters)
        return letters

    escalate()


chase()
