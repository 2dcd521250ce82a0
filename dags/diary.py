"""
### 日程

每天看一遍各街道采用的所有系统，当天到期的事都在这里办：提醒还没有报送的社区（截止日前第 7、3、1 天，截止后每天，直到核查期结束）；
排定全年活动日期，活动前提醒，逾期记“未报”，期满没有开展的记“未召开（未开展）”；提醒党工委待签发的文稿。停机漏过的日子，下一次补上。

- **何时运行**：每天 07:50。手工触发时可以只办一个系统。
- **可否重跑**：可以。同一天同一件事只办一次。
- **下一步**：`send_notices` 发出；起草的公函由 `letter` 送党工委签发。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context

from include.airflow_ext.assets import LETTERS, NOTICES
from include.airflow_ext.params import only_system_param, period_param
from include.airflow_ext.schedules import daily
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="09 日程 diary",
    schedule=daily("50 7 * * *"),
    tags=["督办", "日程"],
    doc_md=__doc__,
    params={
        "scheme": only_system_param(),
        "period": period_param(description="只办这个期间以内的，可不填；只与所选的系统一起用。"),
        "since": Param(
            None,
            type=["null", "string"],
            format="date",
            title="从哪天起",
            description="逐日补看从这一天到今天，各按当天办；只与所选的系统一起用，留空只看今天。",
        ),
    },
    **COMMON,
)
def diary() -> None:
    @step(outlets=[LETTERS, NOTICES])
    def keep_diary(outlet_events: Any) -> list[str]:
        """办当天到期的事：提醒、排期、邀请、标记、起草；返回送签的公函批次。"""
        from include.steps import diary as rounds

        context = get_current_context()
        params = context["params"]
        letters = rounds.keep_diary(
            context["run_id"], params["scheme"] or "", params["period"] or "", params["since"] or ""
        )
        outlet_events[LETTERS].add_partitions(letters)
        return letters

    keep_diary()


diary()
