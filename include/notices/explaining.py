"""“Why was this not sent?”: every notice due, its state, and the reason for each that was not sent."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql
from include.db.sql import Row
from include.notices.policies import load_policies
from include.period import chinese_date

_STATES = {
    "pending": "待发送",
    "sending": "正在发送",
    "sent": "已发送",
    "failed": "发送失败",
    "unknown": "是否送达不明",
    "skipped": "不发送",
}


def explain(connection: Connection, period: str, unit_code: str | None = None) -> list[Row]:
    """One row a notice of the period (of one unit, or of all), by unit and time, with Chinese headings.

    Columns: 单位编码, 通知, 事由, 阶段, 收件人, 抄送, 应发时间, 状态, 发出时间, 原因. 原因 is empty only where sent.
    """
    kinds = load_policies().kinds
    rows = sql.fetch(connection, "notices/select_explanations", period=period, unit_code=unit_code or "")
    return [
        {
            "单位编码": row["unit_code"],
            "通知": kinds[row["kind"]].name if row["kind"] in kinds else row["kind"],
            "事由": row["subject"],
            "阶段": row["stage"],
            "收件人": row["recipient"],
            "抄送": row["copy_to"],
            "应发时间": row["due_at"],
            "状态": _STATES[_state(row)],
            "发出时间": row["sent_at"],
            "原因": _reason(row),
        }
        for row in rows
    ]


def open_mails(connection: Connection) -> list[Row]:
    """Mails that a person has to look at: unknown (say whether they arrived) and failed (mend, then send again)."""
    return sql.fetch(connection, "notices/select_open_mails")


def _state(row: Row) -> str:
    return "sending" if row["mail_state"] == "sending" and row["state"] == "pending" else str(row["state"])


def _reason(row: Row) -> str:
    if row["reason"] or row["state"] != "pending":
        tried = row["next_attempt_at"] if row["state"] == "pending" else None
        return str(row["reason"]) + (f"（{chinese_date(tried.date())} {tried:%H:%M} 之后再试）" if tried else "")
    if row["mail_id"] is None:
        return (
            "等待发送任务（同一收件人一天一封的汇总邮件，当天已发过的顺延到次日）。"
            if _is_digest(row)
            else "等待发送任务。"
        )
    return "邮件已生成，等待发送任务。"


def _is_digest(row: Row) -> bool:
    kind = load_policies().kinds.get(row["kind"])
    return kind is not None and kind.delivery == "digest"
