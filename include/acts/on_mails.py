"""What a person may do about a mail that the machine could not settle, and about an address."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Field
from include.acts.fields import choice, reason

_DONE = "填好表即办理；记下办理人（登录账号）、理由和时间。填写不合规定的，逐条说明，不作任何改动。"
_AGAIN = "可以。已办理的不会再办一次，会说明现在的状态。"
_LONGEST_ADDRESS = 254


def _settle(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.mails import settle_mail

    return settle_mail(connection, answers["mail_id"], answers["outcome"], answers["reason"], by)


def _switch(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.mails import switch_address

    return switch_address(connection, answers["act"], answers["address"], answers["reason"], by)


ACTS = (
    Act(
        "mail", "办 不明邮件 act_mail", _DONE,
        (
            Field(
                "mail_id", "邮件", "mail",
                "收件人的邮箱地址；同一地址有几封时，会列出编号，再填编号（前 8 位以上）。",
                pattern=r"^\s*([0-9a-f]{8,64}|[^@\s]+@[^@\s]+)\s*$", longest=_LONGEST_ADDRESS,
            ),
            choice(
                "outcome", "是否送达",
                "请先向收件人问清：未送达的会重新发送；已用电话等方式告知、不必再发的，选已另行告知。",
                "已送达", "未送达", "已另行告知",
            ),
            reason("必填：怎样核实的，例如 8月3日电话询问书记，未收到。"),
        ),
        _settle, wakes="notices", again=_AGAIN,
    ),
    Act(
        "address", "办 停用邮箱 act_address", _DONE,
        (
            choice("act", "办理", "停用后不再向该地址发信，应发的通知记为未发并说明原因。", "停用", "启用"),
            Field(
                "address", "邮箱地址", "address", "只写一个地址。",
                pattern=r"^\s*[^@\s]+@[^@\s]+\s*$", longest=_LONGEST_ADDRESS,
            ),
            reason(),
        ),
        _switch, wakes="notices", again=_AGAIN,
    ),
)  # fmt: skip
