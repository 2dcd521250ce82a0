"""The daily self-check: what nobody else would notice is told to ops, and what a dead run left is taken up again."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence

from include.db import sql
from include.db.engine import transaction
from include.db.run_log import log_run
from include.documents.questions import unsigned
from include.intake.inbox import StoreOpener
from include.items.deadlines import calendar_needed
from include.period import calendar_is_known, now
from include.steps import health, machine, taking_up
from include.steps.sending import alert
from include.steps.workflows import Workflow, standing_still

_CALENDAR_NEEDED_DAYS = 45  # ahead: the State Council names a year's days off some weeks before it begins


def check_health(
    run_id: str,
    open_store: StoreOpener | None = None,
    ask_workflows: Callable[[], Sequence[Workflow]] | None = None,
) -> list[str]:
    """Look for what nobody else would notice; each finding a Chinese sentence, and one mail to ops where there are any.

    `open_store` opens an inbox that is an object store; `ask_workflows` asks Airflow's API server how the workflows stand.
    """
    started, findings = time.monotonic(), []
    moment = now()
    with transaction() as connection:
        waiting = sql.fetch_one(connection, "steps/count_waiting") or {}
        needed = calendar_needed(connection)
        stuck = health.stuck_notices(connection)
        last = sql.fetch_one(connection, "steps/select_last_deadlines") or {}
    looked = health.look_at_archive()
    for count, sentence in (
        ("waiting_files", "{} 个收到的文件还没有答复，请查看 receive 流程的日志。"),
        ("unknown_mails", "{} 封邮件不能确定是否已送达，请人工核实后处理。"),
        ("failed_mails", "{} 封邮件没有送达，原因列在“未发送”里，请核对登记册中的地址。"),
        ("unwritten_notices", "{} 条通知没能写成邮件，原因列在“未发送”里。"),
    ):
        if waiting.get(count):
            findings.append(sentence.format(waiting[count]))
    findings += [needed] if needed else []
    stored = {day.year for day in last.values() if day is not None and day > moment.date()}
    unknown = [] if needed else [year for year in sorted(stored) if not calendar_is_known(year)]
    findings += [health.rules().findings["calendar"].format(year=year) for year in unknown]
    coming = (moment + dt.timedelta(days=_CALENDAR_NEEDED_DAYS)).year
    if not needed and coming not in unknown and not calendar_is_known(coming):
        findings.append(
            f"{coming}年的节假日和调休还没有录入，期限暂按周末推算：请照国务院办公厅的通知写入 systems/_shared/days_off/{coming}.yaml。"
        )
    findings += [
        *stuck,
        *health.lying_files(open_store),
        *machine.full_disks(),
        *machine.missing_fonts(),
        *machine.open_secrets(),
        *standing_still(ask_workflows),
        *taking_up.take_up(anew=True),
        *looked.findings,
    ]
    with transaction() as connection:
        findings += unsigned(connection)
    if findings:
        alert(subject=f"self_check/{moment.date()}", title="每日自检发现问题", lines=findings)
    detail = {"archive_files": looked.files, "archive_up_to": looked.up_to, "findings": len(findings)}
    detail["seconds"] = round(time.monotonic() - started, 2)
    with transaction() as connection:
        log_run(connection, run_id=run_id, stage="self_check", period="", street_code="", outcome="done", detail=detail)
    return findings
