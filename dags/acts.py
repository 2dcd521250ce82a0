"""
### 人工办理：整改事项、状态不明的邮件、邮箱地址

在触发时填表，点“触发”即办理；记下办理人（登录账号）、理由和时间。填写不合规定的，逐条说明，不作任何改动。

- **何时运行**：只由人触发。
- **可否重跑**：可以。已办理的不会再办一次，会说明现在的状态。

### 人工办理：下发整改通知书、召开联席会议

在触发时填表，点“触发”即起草；由 `letter` 流程送党工委签发，签发前不编号、不发出。填写不合规定的，逐条说明，不起草。

- **何时运行**：只由人触发。
- **可否重跑**：可以。同一件公函在签发之前只有一份草稿，内容有变即更新。

### 人工办理事项

延期、再提醒、更正数据、申请复核、决定复核、撤回通报、重新送审、补算：各一个流程，只能手工触发。点“触发”后填表，逐项校验；
以登录账号为经办人，连同理由、时间存档。同一事项办两次只记一次。签发通报不在这里，在首页的“待操作的任务实例”里办理。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, dag, get_current_context

from include.acts import ACTS
from include.acts.act import Act, perform
from include.airflow_ext.assets import BY_NAME, WITH_KEYS
from include.airflow_ext.backfills import arguments_of, one_by_one
from include.airflow_ext.params import caller_of, param_of
from include.airflow_ext.tasks import COMMON, REFUSED_FOR_GOOD, step

_WHEN = "- **何时运行**：只能手工触发；经办人是触发的账号。"


def build(act: Act) -> DAG:
    """The workflow of one act: one task, and one for each run that the act starts; a second try records nothing twice."""
    asset = BY_NAME[act.wakes] if act.wakes else None

    @dag(
        dag_id=f"act_{act.name}",
        dag_display_name=act.title,
        schedule=None,
        tags=["督办", "办理", *(["公函"] if act.wakes == "letters" else [])],
        doc_md=f"### {act.title}\n\n{act.doc}\n\n{_WHEN}\n- **可否重跑**：{act.again}",
        params={field.name: param_of(field) for field in act.fields},
        **COMMON,
    )
    def workflow() -> None:
        @step(outlets=[asset] if asset else [], retry_policy=REFUSED_FOR_GOOD)
        def record(outlet_events: Any = None) -> str | list[dict[str, Any]] | None:
            """校验并存档；经办人是触发这次运行的账号。"""
            context = get_current_context()
            said = perform(act, dict(context["params"]), caller_of(context), context["run_id"])
            if asset in WITH_KEYS and said:
                outlet_events[asset].add_partitions(said)
            return [arguments_of(run, context["run_id"]) for run in said] if isinstance(said, list) else said

        said = record()
        if act.starts_runs:
            one_by_one("run", "逐个期间补办", said)

    return workflow()


for one in ACTS:
    globals()[f"act_{one.name}"] = build(one)
