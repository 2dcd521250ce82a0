"""
### 开放现场检查

核查期第一天，为每个街道生成一份现场核查表（附各社区的报送数，供现场核对），归档后写入发件箱，发给考评小组每个人；
没有登记考评小组邮箱的，发给街道经办人员。第一、三季度是检查点，没有现场检查。

- **何时运行**：核查期首日 08:00（日期由方案的 `calendar` 决定）。各街道采用的系统（`offices.yaml`）各按自己的日程。也可手工触发，填“期间”，例如 `2026H1`。
  回填（backfill）只生成不发信，除非打开“补算也发信”。
- **可否重跑**：可以。同一人同一期间只发一次；第一次发出的表不会被换掉。
- **下一步**：`send_notices` 发出，考评小组把填好的表回复或放进收件夹后由 `receive` 受理。
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context

from include.airflow_ext.assets import NOTICES
from include.airflow_ext.params import PERIOD_FIELDS, is_by_schedule, period_param, scheme_and_period, streets_of
from include.airflow_ext.tasks import COMMON, step, wake_sender
from include.airflow_ext.timetables import PeriodPartitionTimetable


@dag(
    dag_display_name="04 现场检查 open_inspection",
    schedule=PeriodPartitionTimetable("inspects"),
    tags=["督办", "考评"],
    doc_md=__doc__,
    params={"period": period_param(default="inspects")} | PERIOD_FIELDS,
    **COMMON,
)
def open_inspection() -> None:
    @step()
    def plan() -> list[list[str]]:
        """核对期间与方案，列出街道（最多分 20 批）。"""
        from include.steps import planning

        context = get_current_context()
        return planning.plan_inspection(
            *scheme_and_period(context), streets_of(context), by_schedule=is_by_schedule(context)
        )

    @step(outlets=[NOTICES], map_index_template="{{ task.op_kwargs['streets'][0] }}")
    def open_streets(streets: list[str]) -> int:
        """为这一批街道各生成一份现场核查表。"""
        from include.steps import opening

        context = get_current_context()
        return opening.open_inspections(*scheme_and_period(context), streets, context["run_id"])

    open_streets.expand(streets=plan()) >> wake_sender()


open_inspection()
