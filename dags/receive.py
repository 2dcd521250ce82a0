"""
### 受理来件

收件夹里一有文件就启动（另每 10 分钟巡查一次），把等待的文件一批收完：先归档，再读取、校验，逐件答复——
**收下**（回执）、**退回**（逐格指明错误）、**不受理**或**重复**。

- **何时运行**：文件到达即运行；同一时间只有一个在运行。事件只起唤醒作用，丢失或重复都不影响结果。
- **可否重跑**：可以。相同内容的文件只受理一次。
- **下一步**：`send_notices` 发出回执，`score_provisional` 试算得分。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context

from include.airflow_ext.assets import INBOX, NOTICES, SUBMISSIONS, pages
from include.airflow_ext.params import period_param
from include.airflow_ext.schedules import woken_by
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="02 受理来件 receive",
    schedule=woken_by(INBOX, sweep="*/10 * * * *"),
    tags=["督办", "填报"],
    doc_md=__doc__,
    params={"period": period_param("默认期间", "文件自己没有写明期间时，按此期间受理；可不填。")},
    **COMMON,
)
def receive() -> None:
    @step(outlets=[NOTICES])
    def drain() -> list[list[str]]:
        """收完收件夹，逐件答复；返回有变动的 方案/期间/街道，最多 200 个一组。"""
        from include.airflow_ext.object_store import open_store
        from include.steps import receiving

        context = get_current_context()
        return pages(receiving.receive(context["run_id"], context["params"]["period"] or "", open_store))

    @step(outlets=[SUBMISSIONS])
    def announce(changed: list[str], outlet_events: Any) -> None:
        """把有变动的街道告诉下游；没有新收下的报表则跳过。"""
        outlet_events[SUBMISSIONS].add_partitions(changed)

    announce.expand(changed=drain())


receive()
