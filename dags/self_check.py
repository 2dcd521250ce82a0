"""
### 每日自检

看数据库是否正常、归档文件是否完好（印发的公文每天核对，其余一周核对一遍）、磁盘是否快满、字体在不在、密钥文件有没有被别的用户读到、流程有没有被暂停或到时没有启动、制度文件有没有错误、已有期限所在的年份有没有节假日安排、收件夹里有没有放了一小时以上没收走的文件、有没有没答复的来件、等了一小时以上没发出的通知、发送结果不明或被拒收的邮件。
有问题就给经办人员发一封告警。已正式考评的通报、起草好的公函，没有一个运行在办的，重新启动 `circular`、`letter`。开放中的各期，用 Great Expectations 把整张表核对一遍（全填 0、全一样、与上期或别的街道相差过大、像估的数），结果在督办台“数据质量”里，只作提示，不退回。同时写好当天的日报：每条通知发没发、为什么没发，整改进度按单位、指标、组长汇总。

- **何时运行**：每天 07:30。
- **可否重跑**：可以。同一天只告警一次。
"""

from __future__ import annotations

import functools
from typing import Any

from airflow.sdk import dag, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.assets import LETTERS, NOTICES, SCORES
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
        from include.airflow_ext.workflows import ask
        from include.steps import checking

        return checking.check_health(get_current_context()["run_id"], open_store, ask)

    @step(outlets=[SCORES, LETTERS])
    def take_up(outlet_events: Any) -> dict[str, list[str]]:
        """重新启动没有走完的通报和公函；返回各批的编号。"""
        from include.steps import approvals

        instance = get_current_context()["ti"]

        @functools.cache
        def is_alive(workflow: str, run_id: str) -> bool:
            wanted = {"run_ids": [run_id], "states": ["queued", "running"]} if run_id else {"states": ["queued"]}
            return bool(instance.get_dr_count(workflow, **wanted))

        batches = approvals.take_up_stranded(is_alive)
        if not any(batches.values()):
            raise AirflowSkipException("每份通报、公函都在办理或已办完")
        for asset, workflow in ((SCORES, "circular"), (LETTERS, "letter")):
            if batches[workflow]:
                outlet_events[asset].add_partitions(batches[workflow])
        return batches

    @step()
    def report() -> list[str]:
        """写日报；返回文件路径。"""
        from include.steps import reporting

        return reporting.report_day()

    @step()
    def quality() -> dict[str, int]:
        """核对开放中的各期整表；返回每张表有几条提示。只作提示，不退回。"""
        from include.steps import quality as tables

        return tables.examine_open(get_current_context()["run_id"])

    for task in (check, quality, take_up, report):
        task()


self_check()
