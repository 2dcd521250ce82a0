"""
### 人工办理事项

延期、更正数据、申请复核、决定复核、撤回通报、重新送审：各一个流程，只能手工触发。点“触发”后填表，逐项校验；
以登录账号为经办人，连同理由、时间存档。同一事项办两次只记一次。签发通报不在这里，在首页的“待操作的任务实例”里办理。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, dag, get_current_context

from include.airflow_ext.acts import ACTS, Act, perform
from include.airflow_ext.assets import SCORES, SUBMISSIONS
from include.airflow_ext.params import caller_of
from include.airflow_ext.tasks import COMMON, step

_WITH_KEYS = (SCORES, SUBMISSIONS)
_WHEN = "- **何时运行**：只能手工触发；经办人是触发的账号。\n- **可否重跑**：可以。同一事项只记一次。"


def build(act: Act) -> DAG:
    """The workflow of one act: one task; a second try records nothing twice."""

    @dag(
        dag_id=f"act_{act.name}",
        dag_display_name=act.title,
        schedule=None,
        tags=["督办", "办理"],
        doc_md=f"### {act.title}\n\n{act.doc}\n\n{_WHEN}",
        params=act.params,
        **COMMON,
    )
    def workflow() -> None:
        @step(outlets=[act.wakes] if act.wakes else [])
        def record(outlet_events: Any = None) -> str | None:
            """校验并存档；经办人是触发这次运行的账号。"""
            context = get_current_context()
            changed = perform(act, dict(context["params"]), caller_of(context))
            if act.wakes in _WITH_KEYS and changed:
                outlet_events[act.wakes].add_partitions(changed)
            return changed

        record()

    return workflow()


for one in ACTS:
    globals()[f"act_{one.name}"] = build(one)
