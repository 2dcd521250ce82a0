"""
### 人工办理：整改事项、状态不明的邮件、邮箱地址

在触发时填表，点“触发”即办理；记下办理人（登录账号）、理由和时间。填写不合规定的，逐条说明，不作任何改动。

- **何时运行**：只由人触发。
- **可否重跑**：可以。已办理的不会再办一次，会说明现在的状态。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context

from include.airflow_ext.assets import NOTICES
from include.airflow_ext.item_forms import ADDRESS, ITEM, MAIL
from include.airflow_ext.params import caller_of
from include.airflow_ext.tasks import COMMON, step


def _manual(dag_id: str, name: str, act: str, params: dict[str, Param]) -> Any:
    """A workflow of one step: the function `act` of include.acts.people, with the form's fields and the caller."""

    @dag(
        dag_id=dag_id,
        dag_display_name=name,
        schedule=None,
        tags=["督办", "办理"],
        doc_md=__doc__,
        params=params,
        **COMMON,
    )
    def workflow() -> None:
        @step(task_id="act", outlets=[NOTICES])
        def carry_out() -> str:
            """办理并记录；返回一句话的结果。"""
            from include.acts import people

            context = get_current_context()
            return str(getattr(people, act)(context["params"], caller_of(context)))

        carry_out()

    return workflow()


_manual("act_item", "办 整改事项 act_item", "act_on_item", ITEM)
_manual("act_mail", "办 不明邮件 act_mail", "settle_mail", MAIL)
_manual("act_address", "办 停用邮箱 act_address", "switch_address", ADDRESS)
