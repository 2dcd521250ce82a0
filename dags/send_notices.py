"""
### 发送通知

把发件箱里到期的通知发出去：先认领，再发送，再记录，所以不会重复。结果不明的留给人工核实。

- **何时运行**：有新通知即运行，另每 5 分钟巡查一次。发件池只有一个名额，同一时间只有一个在发送。
- **可否重跑**：可以。已发出的不再发；对方服务器暂时拒收的隔一段时间再试。
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context

from include.airflow_ext.assets import NOTICES
from include.airflow_ext.schedules import woken_by
from include.airflow_ext.tasks import COMMON, OUTBOX_POOL, step


@dag(
    dag_display_name="10 发送通知 send_notices",
    schedule=woken_by(NOTICES, sweep="*/5 * * * *"),
    tags=["督办", "邮件"],
    doc_md=__doc__,
    **COMMON,
)
def send_notices() -> None:
    @step(pool=OUTBOX_POOL)
    def send() -> dict[str, int]:
        """发送；返回已发、失败、不明、待发的封数。"""
        from include.steps import sending

        return sending.send(get_current_context()["run_id"])

    send()


send_notices()
