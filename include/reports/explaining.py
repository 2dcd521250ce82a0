"""“Why was this not sent?”: every notice due, its state, and the reason for each that was not sent."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.db.run_log import sentence_of
from include.keys import PlaceKey
from include.outbox.policies import load_policies
from include.period import chinese_date, end_of, start_of

_STATES = {
    "pending": "待发送",
    "sending": "正在发送",
    "sent": "已发送",
    "failed": "发送失败",
    "unknown": "是否送达不明",
    "skipped": "不发送",
}
_STAGES = {
    "open": "发出表格",
    "collect": "收取邮箱",
    "receive": "受理来件",
    "preview": "试算得分",
    "assess": "考评",
    "draft": "起草通报",
    "circular": "公文签发",
    "export": "导出结果",
    "self_check": "每日自检",
    "quality": "整表核对",
    "send": "发送通知",
    "chase": "督办整改",
    "backfill": "补算",
    "act": "人工办理",
}
_OUTCOMES = {
    "done": "完成",
    "nothing_new": "没有变化",
    "begun": "开始",
    "issued": "已印发",
    "sent_back": "已退回",
    "to_close_again": "结果有变，已启动重新考评",
    "refused": "没有权限",
}
UNSENT = "未发出"
"""What notices are called together that have not gone out though they should have."""
_NOT_SENT = ("发送失败", "是否送达不明", "不发送")
_STUCK = dt.timedelta(hours=1)
_NEWEST = 300
_STROKES_OF_A_PLACE = 4  # of a step that waited for its answer
_ANSWER = re.compile(r"[45]\d\d ")
_REFUSED = {"failed": "对方服务器拒收：", "pending": "对方服务器暂时没有收下："}
_ACT = "请核实是否送达，再用“act_mail”流程登记。"


def explain(connection: Connection, period: str, unit_code: str | None = None) -> list[sql.Row]:
    """One row a notice of the period (of one unit, or of all), by unit and time, with Chinese headings.

    Columns: 单位编码, 期间, 通知, 事由, 阶段, 收件人, 抄送, 应发时间, 状态, 发出时间, 原因. 原因 is empty only where sent.
    """
    return _explanations(connection, period=period, unit_code=unit_code or "")


def explain_day(connection: Connection, day: dt.date) -> list[sql.Row]:
    """The same for every notice that fell due on a day, and for each older one that is still not settled."""
    return _explanations(connection, from_at=start_of(day), until_at=end_of(day))


@dataclass(frozen=True)
class NoticeRow:
    """A notice as a list of mails shows it: `mail_sha256` is the mail as it was made."""

    id: str
    unit_code: str
    street_code: str
    due_at: dt.datetime
    state: str
    mail_id: str
    mail_sha256: str
    subject: str
    sent_at: dt.datetime | None
    row: sql.Row

    @functools.cached_property
    def told(self) -> sql.Row:
        """What `explain` says of it, by its headings."""
        return _explained(self.row)


def notice_rows(connection: Connection, period: str, unit_code: str = "") -> list[NoticeRow]:
    """The notices of a period (of one unit, or of all), the newest first."""
    every = {"period": period, "unit_code": unit_code, "from_at": None, "until_at": None}
    rows = sql.fetch(connection, "reports/select_explanations", **every)
    found = [
        NoticeRow(
            row["id"], row["unit_code"], row["street_code"], row["due_at"], _STATES[_state(row)], row["mail_id"] or "",
            row["mail_sha256"] or "", row["subject"], row["sent_at"], row,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.due_at, one.id), reverse=True)


def why_unsent(notice: NoticeRow, at: dt.datetime) -> str:
    """In which way a notice has not gone out that should have; empty where it has, or is still to go."""
    if notice.state in _NOT_SENT:
        return notice.state
    return "待发已超一小时" if notice.state == _STATES["pending"] and notice.due_at < at - _STUCK else ""


def run_words(row: sql.Row, titles: Mapping[str, str]) -> tuple[str, str, str]:
    """What a row of the log of runs did, what came of it, and both in one sentence, in Chinese. `titles` of documents by their ids."""
    step, outcome = str(_STAGES.get(row["stage"], row["stage"])), str(_OUTCOMES.get(row["outcome"], row["outcome"]))
    detail = json.loads(row["detail"] or "{}")
    if (named := detail.get("document")) in titles:
        detail["title"] = titles[named]
    said = sentence_of(row["stage"], row["outcome"], detail)
    return step, outcome, said or f"{step}：{outcome}。"


def said_by_run(connection: Connection) -> dict[str, list[str]]:
    """What each of the newest runs of Airflow did, by its id: its sentences in their order, each once."""
    found: dict[str, dict[str, None]] = {}
    for row in reversed(sql.fetch(connection, "reports/select_newest_runs", stage="", how_many=_NEWEST)):
        is_place = row["stage"] == "circular" and str(row["run_id"]).count("/") >= _STROKES_OF_A_PLACE
        run_id = PlaceKey.parse(row["run_id"]).run_id if is_place else str(row["run_id"])
        if run_id and (said := sentence_of(row["stage"], row["outcome"], json.loads(row["detail"] or "{}"))):
            found.setdefault(run_id, {})[said] = None
    return {run_id: list(said) for run_id, said in found.items()}


def system_of_run(row: sql.Row) -> str:
    """The key of the system that a row of the log of runs is of; empty where it is of several."""
    return str(json.loads(row["detail"] or "{}").get("scheme", ""))


def runs_of(connection: Connection, period: str) -> list[sql.Row]:
    """What the runs of a period did, with Chinese headings: 时间, 步骤, 街道, 结果, 运行, 详情."""
    return [
        {
            "时间": _shown(row["logged_at"]),
            "步骤": _STAGES.get(row["stage"], row["stage"]),
            "街道": row["street_code"],
            "结果": _OUTCOMES.get(row["outcome"], row["outcome"]),
            "运行": row["run_id"],
            "详情": row["detail"],
        }
        for row in sql.fetch(connection, "reports/select_runs", period=period)
    ]


def open_mails(connection: Connection) -> list[sql.Row]:
    """Mails that a person has to look at: unknown (say whether they arrived) and failed (mend, then send again)."""
    return sql.fetch(connection, "reports/select_open_mails")


def _explanations(connection: Connection, **bounds: Any) -> list[sql.Row]:
    every = {"period": "", "unit_code": "", "from_at": None, "until_at": None}
    return [_explained(row) for row in sql.fetch(connection, "reports/select_explanations", **every | bounds)]


def _explained(row: sql.Row) -> sql.Row:
    kind = load_policies().kinds.get(row["kind"])
    return {
        "单位编码": row["unit_code"],
        "期间": row["period"],
        "通知": kind.name if kind else row["kind"],
        "事由": row["subject"],
        "阶段": row["stage"],
        "收件人": row["recipient"],
        "抄送": row["copy_to"],
        "应发时间": _shown(row["due_at"]),
        "状态": _STATES[_state(row)],
        "发出时间": _shown(row["sent_at"]),
        "原因": _reason(row),
    }


def _shown(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _state(row: sql.Row) -> str:
    """The mail's state where there is one: its notices are told a little later."""
    is_carried = row["mail_state"] is not None and row["state"] != "skipped"
    return str(row["mail_state"] if is_carried else row["state"])


def _reason(row: sql.Row) -> str:
    state = _state(row)
    reason = row["reason"] if row["mail_state"] is None else row["error"] or row["reason"]
    if _ANSWER.match(reason):
        reason = _REFUSED.get(state, "") + reason
    if state == "unknown":
        reason = f"{reason.rstrip('。')}。{_ACT}"
    if reason or state not in ("pending", "sending"):
        tried = row["next_attempt_at"] if state == "pending" else None
        return str(reason) + (f"（{chinese_date(tried.date())} {tried:%H:%M} 之后再试）" if tried else "")
    if state == "sending":
        return "正在交给邮件服务器。"
    if row["mail_id"] is None:
        return (
            "等待发送任务（同一收件人一天一封的汇总邮件，当天已发过的顺延到次日）。"
            if _is_digest(row)
            else "等待发送任务。"
        )
    return "邮件已生成，等待发送任务。"


def _is_digest(row: sql.Row) -> bool:
    kind = load_policies().kinds.get(row["kind"])
    return kind is not None and kind.delivery == "digest"
