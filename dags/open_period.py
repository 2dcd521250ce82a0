"""
### 开放填报

到了开放日，为每个社区生成当日可填的填报表（预填单位、上期数据），归档后写入发件箱。

- **何时运行**：每张表开放填报当日 08:00，半年考评为每季首月第一天，第二、四季度的一次即上、下半年；也可在期间结束前（如年初的目标表）。各街道采用的系统（`offices.yaml`）各按自己的日程。也可手工触发，填“期间”，例如 `2026H1`。
  回填（backfill）只生成不发信，除非打开“补算也发信”。
- **可否重跑**：可以。同一份表不会重复生成，也不会重复发信。
- **下一步**：`send_notices` 发出填报通知，社区把填好的表放进收件夹后由 `receive` 受理。
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context

from include.airflow_ext.assets import NOTICES
from include.airflow_ext.params import PERIOD_FIELDS, is_by_schedule, period_param, scheme_and_period, streets_of
from include.airflow_ext.tasks import COMMON, step, wake_sender
from include.airflow_ext.timetables import PeriodPartitionTimetable


@dag(
    dag_display_name="01 开放填报 open_period",
    schedule=PeriodPartitionTimetable("opens"),
    tags=["督办", "填报"],
    doc_md=__doc__,
    params={"period": period_param(default="opens")} | PERIOD_FIELDS,
    **COMMON,
)
def open_period() -> None:
    @step()
    def plan() -> list[list[str]]:
        """核对期间与方案，列出街道（最多分 20 批）。"""
        from include.steps import planning

        context = get_current_context()
        return planning.plan_opening(
            *scheme_and_period(context), streets_of(context), by_schedule=is_by_schedule(context)
        )

    @step(outlets=[NOTICES], map_index_template="{{ task.op_kwargs['streets'][0] }}")
    def open_streets(streets: list[str]) -> int:
        """为这一批街道的每个社区生成填报表。"""
        from include.steps import opening

        context = get_current_context()
        return opening.open_streets(*scheme_and_period(context), streets, context["run_id"])

    open_streets.expand(streets=plan()) >> wake_sender()


open_period()
