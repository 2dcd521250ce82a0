"""What a person may do where a community has not handed in: have it reminded once more."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Act, Answers
from include.acts.fields import PERIOD, SYSTEM, UNIT, reason


def _remind(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.reminders import remind_once_more
    from include.period import Period
    from include.registry.units import code_of
    from include.schemes.loader import load_scheme

    scheme = load_scheme(answers["scheme"], Period.parse(answers["period"]))
    code = code_of(connection, answers["unit_code"], scheme.period.end_date)
    return remind_once_more(connection, scheme, code, answers["reason"], by, at)


ACTS = (
    Act(
        "remind", "办 再提醒 act_remind",
        "把报送提醒再发给一个还没有报的单位，退回未改的附上退回件；立即单独发出，不等每天的提醒，也不改变截止日期。没有要报的、不在收件期内的、"
        "没有邮箱或本机关没有开通这类邮件的，说明原因，不发信。",
        (PERIOD, UNIT, reason("必填：例如 电话联系不上，请再提醒一次。"), SYSTEM),
        _remind, wakes="notices", again="同一单位一天只再提醒一次：当天再办的不予办理，第二天可以再办。",
    ),
)  # fmt: skip
