"""
### 结账考评

核查期结束后，按方案给每个社区正式评分、排名、定等次。半年考评第二季度的一次即上半年，第四季度的一次即下半年；
第一、三季度只作预评，给每个社区发一封“照此下去半年会缺什么”的信。

- **何时运行**：核查期结束次日 08:00，期间未结束的在结束次日；由各期合成的全年晚一小时。各街道采用的系统（`offices.yaml`）各按自己的日程。也可手工触发：分区键或“期间”填 `2026H1`；或对过去的季度做回填（backfill），
  回填只记账不发信（原因记在发件箱），除非打开“补算也发信”。
- **可否重跑**：可以。输入不变则稿次、结果不变；有新材料则成为下一稿，旧稿保留。
- **下一步**：`circular` 起草通报，等党工委审批。一份材料也没有收到的期间只记账（各单位未报），不起草通报；已发过填报表的，同时告警。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from include.airflow_ext.assets import NOTICES, SCORES
from include.airflow_ext.params import PERIOD_FIELDS, is_by_schedule, period_param, scheme_and_period, streets_of
from include.airflow_ext.tasks import COMMON, step, wake_sender
from include.airflow_ext.timetables import PeriodPartitionTimetable


@dag(
    dag_display_name="05 结账考评 close_period",
    schedule=PeriodPartitionTimetable("closes"),
    tags=["督办", "考评"],
    doc_md=__doc__,
    params={"period": period_param(default="closes")} | PERIOD_FIELDS,
    **COMMON,
)
def close_period() -> None:
    @step()
    def plan() -> list[list[str]]:
        """核对期间与方案，列出街道（最多分 20 批）。"""
        from include.steps import planning

        context = get_current_context()
        return planning.plan(*scheme_and_period(context), streets_of(context), by_schedule=is_by_schedule(context))

    @step(outlets=[NOTICES], map_index_template="{{ task.op_kwargs['streets'][0] }}")
    def assess(streets: list[str]) -> list[str]:
        """给这一批街道评分；返回还没有通报的正式考评。"""
        from include.steps import closing

        context = get_current_context()
        return closing.close_streets(*scheme_and_period(context), streets, context["run_id"])

    @step(outlets=[SCORES])
    def announce(undecided: list[list[str]], outlet_events: Any) -> None:
        """把需要通报的考评按审批机关分批，告诉下游。"""
        from include.steps import approvals, closing

        context = get_current_context()
        keys = [key for batch in undecided for key in batch]
        empty = closing.without_material(*scheme_and_period(context), streets_of(context))
        if not keys:
            raise AirflowSkipException("；".join(empty) or "没有需要起草的通报")
        outlet_events[SCORES].add_partitions(approvals.refer(keys))

    @step()
    def quality() -> dict[str, int]:
        """核对这一期的整表；返回每张表有几条提示。只作提示，不退回，谁也不等它。"""
        from include.steps import quality as tables

        context = get_current_context()
        return tables.examine_period(*scheme_and_period(context), streets_of(context), context["run_id"])

    assessed = assess.expand(streets=plan())
    assessed >> quality()
    announce(assessed)
    assessed >> wake_sender()


close_period()
