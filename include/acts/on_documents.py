"""What a person may do about a document: take it back, send it to be signed again, have a letter drafted."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Field
from include.acts.fields import STREET, UNIT, reason

_DRAFTED = "填好表即起草；由“公函”流程送党工委签发，签发前不编号、不发出。填写不合规定的，逐条说明，不起草。"
_AGAIN = "可以。同一件公函在签发之前只有一份草稿，内容有变即更新。"


def _withdraw(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> None:
    from include.acts.documents import withdraw_circular

    withdraw_circular(connection, answers["circular_id"], answers["reason"], by, at)


def _resubmit(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.documents import resubmit_circular
    from include.documents.referrals import refer_results

    assessment_id = resubmit_circular(connection, answers["circular_id"] or "", answers["reason"], by, at)
    return refer_results(connection, [assessment_id], at)[0]


def _rectification(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.documents import draft_rectification
    from include.documents.referrals import refer_letters

    letter_id = draft_rectification(connection, answers["unit"], answers["note"] or "", by, at)
    return refer_letters(connection, [letter_id], at)[0]


def _joint_meeting(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.documents import draft_joint_meeting
    from include.documents.referrals import refer_letters

    street = answers["street_code"] or ""
    letter_id = draft_joint_meeting(
        connection, street, answers["meeting"], answers["meeting_at"], answers["place"], by, at
    )
    return refer_letters(connection, [letter_id], at)[0]


def _row_letter(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.documents import draft_row_letter
    from include.documents.referrals import refer_letters

    letter_id = draft_row_letter(
        connection, answers["kind"], answers["unit"], answers["row"], answers["reason"], by, at
    )
    return refer_letters(connection, [letter_id], at)[0]


ACTS = (
    Act(
        "withdraw_circular", "办 撤回通报 act_withdraw_circular",
        "撤回已印发的通报或公函：文号保留并注明作废。",
        (
            Field(
                "circular_id", "通报或公函", "document", "文件上的发文字号，例如 云街党工委〔2026〕1号。",
                shortest=1, longest=128,
            ),
            reason(),
        ),
        _withdraw,
    ),
    Act(
        "resubmit_circular", "办 重新送审 act_resubmit_circular",
        "党工委退回的通报，问题处理好以后再送一次；送审的运行失败了的，也在这里再送：“通报”流程另起一次运行，重新发“待签发”邮件，请党工委答复。",
        (
            Field(
                "circular_id", "通报", "document",
                "只有一份退回的通报时不用填；否则填标题或公文编号（退回邮件和审批页上有）。",
                required=False, longest=128,
            ),
            reason("必填：退回的问题是怎样处理的，与经办人、时间一起存档备查。"),
        ),
        _resubmit, wakes="scores",
    ),
    Act(
        "rectification_letter", "办 下发整改通知书 act_rectification_letter", _DRAFTED,
        (
            dataclasses.replace(UNIT, name="unit"),
            Field("note", "附言", "remark", "写进通知书正文，可不填。", required=False, longest=500),
        ),
        _rectification, wakes="letters", again=_AGAIN,
    ),
    Act(
        "row_letter", "办 出具台账公函 act_row_letter", _DRAFTED,
        (
            Field("kind", "文种", "text", "制度里由人提出的文种，例如 征求意见回复函。", pattern=r"\S", longest=40),
            dataclasses.replace(UNIT, name="unit"),
            Field("row", "编号", "text", "台账里那一行的编号，例如登记卡号 0001；不写姓名。", pattern=r"\S", longest=40),
            reason("必填：写明谁来函、为什么要出具，与经办人、时间一起存档备查。"),
        ),
        _row_letter, wakes="letters", again=_AGAIN,
    ),
    Act(
        "meeting_letter", "办 召开联席会议 act_meeting_letter", _DRAFTED,
        (
            Field(
                "meeting", "会议名称", "text", "例如 2026年第四季度党建联席会议。",
                pattern=r"^\s*[^/\s][^/]{1,39}$", longest=40,
            ),
            Field("meeting_at", "会议时间", "moment", "开会的日期和钟点，写在会议通知里。"),
            Field("place", "会议地点", "text", "例如 党群服务中心三楼会议室。", pattern=r"\S", longest=60),
            STREET,
        ),
        _joint_meeting, wakes="letters", again=_AGAIN,
    ),
)  # fmt: skip
