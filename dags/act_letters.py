"""
### 人工办理：下发整改通知书、召开联席会议

在触发时填表，点“触发”即起草；由 `letter` 流程送党工委签发，签发前不编号、不发出。填写不合规定的，逐条说明，不起草。

- **何时运行**：只由人触发。
- **可否重跑**：可以。同一件公函在签发之前只有一份草稿，内容有变即更新。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context

from include.airflow_ext.assets import LETTERS
from include.airflow_ext.params import caller_of, unit_param
from include.airflow_ext.tasks import COMMON, step

RECTIFICATION = {
    "unit": unit_param(),
    "note": Param(
        None,
        type=["null", "string"],
        maxLength=500,
        format="multiline",
        title="附言",
        description="写进通知书正文，可不填。",
    ),
}
MEETING = {
    "meeting": Param(
        type="string", pattern=r"^\s*[^/\s][^/]{1,39}$", maxLength=40, title="会议名称",
        description="例如 2026年第四季度党建联席会议。",
    ),
    "meeting_at": Param(type="string", format="date-time", title="会议时间", description="开会的日期和钟点，写在会议通知里。"),
    "place": Param(type="string", pattern=r"\S", maxLength=60, title="会议地点", description="例如 党群服务中心三楼会议室。"),
    "street_code": Param(
        None, type=["null", "string"], pattern=r"^(\d{9}(\d{3})?)?$", title="街道代码",
        description="登记册中只有一个街道时不用填。",
    ),
}  # fmt: skip


def _manual(dag_id: str, name: str, draft: str, params: dict[str, Param]) -> Any:
    """A workflow of one step: the function `draft` of include.steps.approvals with the form's fields; wakes `letter`."""

    @dag(
        dag_id=dag_id,
        dag_display_name=name,
        schedule=None,
        tags=["督办", "办理", "公函"],
        doc_md=__doc__,
        params=params,
        **COMMON,
    )
    def workflow() -> None:
        @step(task_id="act", outlets=[LETTERS], retries=0)
        def carry_out(outlet_events: Any) -> str:
            """校验并起草；返回公文编号。"""
            from include.steps import approvals

            context = get_current_context()
            answers = {name: value or "" for name, value in context["params"].items()}
            letter_id = str(getattr(approvals, draft)(caller_of(context), **answers))
            outlet_events[LETTERS].add_partitions(letter_id)
            return letter_id

        carry_out()

    return workflow()


_manual("act_rectification_letter", "办 下发整改通知书 act_rectification_letter", "draft_rectification", RECTIFICATION)
_manual("act_joint_meeting", "办 召开联席会议 act_joint_meeting", "draft_joint_meeting", MEETING)
