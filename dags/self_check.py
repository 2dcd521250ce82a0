"""
### 每日自检

看数据库是否正常、归档文件是否完好（印发的公文每天核对，其余一周核对一遍）、磁盘是否快满、收件夹里有没有放了一小时以上没收走的文件、
有没有没答复的来件、等了一小时以上没发出的通知、发送结果不明或被拒收的邮件。
有问题就给经办人员发一封告警。已正式考评、却没有一个运行在办的通报，重新启动 `circular`。同时写好当天的日报：每条通知发没发、为什么没发，整改进度按单位、指标、组长汇总。

- **何时运行**：每天 07:30。
- **可否重跑**：可以。同一天只告警一次。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.assets import NOTICES, SCORES
from include.airflow_ext.schedules import daily
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="12 每日自检 self_check",
    schedule=daily("30 7 * * *"),
    tags=["督办", "运维"],
    doc_md=__doc__,
    **COMMON,
)
def self_check() -> None:
    @step(outlets=[NOTICES])
    def check() -> list[str]:
        """逐项检查；返回发现的问题。"""
        from include.airflow_ext.object_store import open_store
        from include.steps import checking

        return checking.check_health(get_current_context()["run_id"], open_store)

    @step(outlets=[SCORES])
    def take_up(outlet_events: Any) -> list[str]:
        """重新启动没有走完的通报；返回考评编号。"""
        from include.steps import checking

        instance = get_current_context()["ti"]

        def is_any_alive(run_ids: list[str]) -> bool:
            wanted = {"run_ids": run_ids, "states": ["queued", "running"]} if run_ids else {"states": ["queued"]}
            return bool(instance.get_dr_count("circular", **wanted))

        stranded = checking.stranded_circulars(is_any_alive)
        if not stranded:
            raise AirflowSkipException("每份通报都在办理或已办完")
        outlet_events[SCORES].add_partitions(stranded)
        return stranded

    @step()
    def report() -> list[str]:
        """写日报；返回文件路径。"""
        from include.steps import reporting

        return reporting.report_day()

    check()
    take_up()
    report()


self_check()
