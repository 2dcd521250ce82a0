"""
### 清理 Airflow 的旧记录

Airflow 自己记的运行、任务、事件和日志文件，只留一段时间（`include/airflow_ext/cleaning.yaml`：运行 180 天，日志 90 天；
本单位要改，把这个文件放进 `DUBAN_OFFICE` 文件夹再改）。本系统的数据库和档案一概不动。
还在等人签发的运行，不论等了多久，连同它前后所需的一概保留；按期间的流程（开放填报、核查、结账）运行很少，全部保留。

- **何时运行**：每天 03:30。
- **可否重跑**：可以。没有过期的，什么也不做。
"""

from __future__ import annotations

from airflow.sdk import dag
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.schedules import daily
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="13 清理 clean",
    schedule=daily("30 3 * * *"),
    tags=["督办", "运维"],
    doc_md=__doc__,
    **COMMON,
)
def clean() -> None:
    @step()
    def remove() -> str:
        """删去过期的记录和日志；返回删了多少。"""
        from include.airflow_ext import cleaning

        said = cleaning.clean()
        if said is None:
            raise AirflowSkipException(
                "任务里连不到 Airflow 自己的数据库（没有设 AIRFLOW_CONN_DUBAN_AIRFLOW_DB）；容器里由 cleaner 服务清理"
            )
        return said

    remove()


clean()
