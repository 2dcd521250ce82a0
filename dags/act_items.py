"""
### 人工办理:整改事项、状态不明的邮件、邮箱地址

在触发时填表,点“触发”即办理;记下办理人(登录账号)、理由和时间。填写不合规定的,逐条说明,不作任何改动。

- **何时运行**:只由人触发。
- **可否重跑**:可以。已办理的不会再办一次,会说明现在的状态。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context

from include.airflow_ext.assets import NOTICES
from include.airflow_ext.params import scheme_param
from include.airflow_ext.tasks import COMMON, step


def _text(title: str, description: str, pattern: str = r"\S", length: int = 500) -> Param:
    return Param("", type="string", pattern=pattern, maxLength=length, title=title, description=description)


def _choice(title: str, description: str, options: list[str]) -> Param:
    return Param(options[0], type="string", enum=options, title=title, description=description)


REASON = _text("理由", "必填。核验情况、退回原因、延期理由等,会记入该事项的经过。")
ITEM = {
    "act": _choice("办理", "对该事项做什么。", ["核验通过", "销号", "退回", "延期", "重新打开", "登记反馈"]),
    "scheme": scheme_param(),
    "unit_code": _text("单位编码", "12 位数字。", r"^\d{12}$", 12),
    "indicator": _text("指标", "例如 A2a、E1;未按时报送为 S0。", r"^[A-Z][A-Za-z0-9]{0,7}$", 8),
    "deadline": Param(None, type=["null", "string"], format="date", title="新的期限", description="只在延期时填写。"),
    "reason": REASON,
}
MAIL = {
    "mail_id": _text("邮件编号", "状态不明的邮件的 64 位编号。", r"^[0-9a-f]{64}$", 64),
    "outcome": _choice("是否送达", "未送达的会重新发送。", ["已送达", "未送达"]),
    "reason": REASON,
}
ADDRESS = {
    "act": _choice("办理", "停用后不再向该地址发信。", ["停用", "启用"]),
    "address": _text("邮箱地址", "只写一个地址。", r"^[^@\s]+@[^@\s]+$", 254),
    "reason": REASON,
}


def _manual(dag_id: str, name: str, act: str, params: dict[str, Param]) -> Any:
    """A workflow of one step: the function `act` of include.notices.people, with the form's fields and the caller."""

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
        @step(task_id="act", outlets=[NOTICES], retries=0)
        def carry_out() -> str:
            """办理并记录;返回一句话的结果。"""
            from include.notices import people

            context = get_current_context()
            caller = context["dag_run"].triggering_user_name or "未知"
            return str(getattr(people, act)(context["params"], caller))

        carry_out()

    return workflow()


_manual("act_item", "A 办理整改事项 act_item", "act_on_item", ITEM)
_manual("act_mail", "A 登记不明邮件 act_mail", "settle_mail", MAIL)
_manual("act_address", "A 停用邮箱 act_address", "switch_address", ADDRESS)
