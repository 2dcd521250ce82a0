"""
### 导出结果

把一个期间的得分、分项、整改、来件、通报和邮件从记录中写成文件（OUT），任何人都能据此复算。

- **何时运行**：手工触发，填“期间”。写到设置 `DUBAN_OUT` 所指的文件夹（默认 `var/out`），几个街道时各有一个子文件夹。
- **可否重跑**：可以。记录不变则文件逐字节不变。
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context

from include.airflow_ext.params import period_param, scheme_and_period, scheme_param, streets_of, streets_param
from include.airflow_ext.tasks import COMMON, step


@dag(
    dag_display_name="11 导出结果 export",
    schedule=None,
    tags=["督办", "通报"],
    doc_md=__doc__,
    params={"period": period_param(default="closes"), "scheme": scheme_param(), "streets": streets_param()},
    **COMMON,
)
def export() -> None:
    @step()
    def write_out() -> list[str]:
        """写出结果文件；返回写到的文件夹。"""
        from include.steps import reporting

        context = get_current_context()
        return reporting.export(*scheme_and_period(context), streets_of(context), context["run_id"])

    write_out()


export()
