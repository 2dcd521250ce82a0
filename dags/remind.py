"""
### 报送提醒

截止日前第 7、3、1 天提醒还没有报送的社区；截止后每天提醒，直到核查期结束。

- **何时运行**：每天 09:00。
- **可否重跑**：可以。同一天同一社区只提醒一次。
- **下一步**：`send_notices` 发出。
"""

from __future__ import annotations

from airflow.sdk import dag

from include.airflow_ext.assets import NOTICES
from include.airflow_ext.schedules import daily
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="09 报送提醒 remind",
    schedule=daily("0 9 * * *"),
    tags=["督办", "填报"],
    doc_md=__doc__,
    **COMMON,
)
def remind() -> None:
    @step(outlets=[NOTICES])
    def remind_missing() -> int:
        """给所有在报送期内还没有报送的社区写好提醒；返回条数。"""
        from include.steps import chasing

        return chasing.remind()

    remind_missing()


remind()
