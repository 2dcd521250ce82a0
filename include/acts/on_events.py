"""What a person may do to an event of a series: another day for it, or none."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Field
from include.acts.fields import PERIOD, SYSTEM, UNIT, choice, reason
from include.errors import UserError
from include.period import Period, chinese_date, in_zone


def _act_on_event(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.events.acts import act_on_event, series_named
    from include.registry.persons import name_of
    from include.registry.units import code_of
    from include.schemes.loader import load_scheme

    scheme = load_scheme(answers["scheme"], Period.parse(answers["period"]))
    series = series_named(scheme, answers["series"])
    code = code_of(connection, answers["unit_code"], in_zone(at).date())
    event = act_on_event(
        connection, answers["act"], scheme=scheme, series=series, unit_code=code, by=by, reason=answers["reason"], at=at,
        number=int(answers["number"] or 1), day=_date(answers.get("day")),
    )  # fmt: skip
    day = f"，日期{chinese_date(event['planned_date'])}" if event["planned_date"] else ""
    return f"{name_of(by, in_zone(at).date())} 对 {code} {scheme.period.name}的{series.name}办理了“{answers['act']}”：现为{event['state']}{day}。"


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"新的日期“{text}”不是日期：请按 2026-09-30 的样子填写。") from None


ACTS = (
    Act(
        "event", "办 活动改期、取消 act_event",
        "填好表即办理，并通知举行单位；记下办理人（登录账号）、理由和时间。取消的既不算举行，也不算没有举行。"
        "报错了的表不在这里改：由社区重报一份，以后报的为准。",
        (
            choice(
                "act", "办理", "改期：换一天；取消：这一次不举行；恢复：取消错了的改回来。", "改期", "取消", "恢复"
            ),
            dataclasses.replace(
                UNIT, help="登记册中的名称（例如 杏花社区）或编码；街道（乡镇）、县（区、旗）举行的填 9 位、6 位代码。",
                pattern=r"^\s*(\d{6}|\d{9}|\d{12}|(?=.*[A-Za-z-])[0-9A-Za-z-]{1,32}|(?=.*[\u4e00-\u9fff]).{2,60})\s*$",
            ),
            Field("series", "活动", "text", "活动系列的名称，例如 统一活动日。", pattern=r"\S", longest=60),
            dataclasses.replace(PERIOD, help="活动所属的月份、季度，例如 2026-07、2026Q3。"),
            Field("day", "新的日期", "date", "改期必填，其他办理留空。", required=False),
            Field("number", "第几次", "text", "一期有几次的（如每周一次）填第几次；只有一次的不填。", required=False, pattern=r"^\d{0,2}$"),
            reason(),
            SYSTEM,
        ),
        _act_on_event, wakes="notices", again="可以。已办理的不会再办一次。",
    ),
)  # fmt: skip
