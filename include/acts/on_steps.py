"""What a person may do about items of any kind but rectification: open one, report a step, hand it on, extend it, let it wait."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Field
from include.acts.fields import PERIOD, SYSTEM, choice, reason
from include.period import Period, in_zone


def _act_on_step(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.items.step_acts import act_on_step
    from include.registry.units import code_of
    from include.schemes.loader import load_scheme

    unit = (answers["unit_code"] or "").strip()
    day = answers["day"]
    return act_on_step(
        connection, answers["act"], system=load_scheme(answers["scheme"], Period.parse(answers["period"])), by=by,
        reason=answers["reason"], at=at, number=(answers["number"] or "").strip(),
        unit_code=code_of(connection, unit, in_zone(at).date()) if unit else "", kind=(answers["kind"] or "").strip(),
        problem=(answers["problem"] or "").strip(), step=(answers["step"] or "").strip(),
        outcome=(answers["outcome"] or "").strip(), holder=(answers["holder"] or "").strip(),
        day=dt.date.fromisoformat(day) if day else None,
    )  # fmt: skip


def _text(name: str, title: str, help_text: str, longest: int = 60) -> Field:
    return Field(name, title, "text", help_text, required=False, longest=longest)


ACTS = (
    Act(
        "step", "办 事项 act_step",
        "登记、转办、延期各类事项（限期整改的用“办 整改事项”）。记下办理人（登录账号）、理由和时间；填写不合规定的，逐条说明，不作任何改动。",
        (
            choice(
                "act", "办理",
                "登记事项：新开一件；登记结果：替办理单位登记一个环节的结果；转办：换一个环节或办理单位，期限重新起算；"
                "延期：给这一环节新的期限；长期关注：等待第三方，期限暂停；恢复办理：期限接着算。",
                "登记事项", "登记结果", "转办", "延期", "长期关注", "恢复办理",
            ),
            SYSTEM,
            PERIOD,
            _text("number", "事项编号", "登记表的序号或系统给的编号；登记事项时可以不填，由系统编号。"),
            Field("unit_code", "单位", "unit", "登记事项必填；其他办理在编号重复时填写。", required=False, longest=100),
            _text("kind", "事项种类", "登记事项时填，例如 grid_problem。"),
            _text("problem", "事由", "登记事项时填：是什么事。", 200),
            _text("step", "环节", "登记结果、转办时填；不填即现在的环节。"),
            _text("outcome", "结果", "登记结果时填，例如办结。"),
            _text("holder", "办理单位", "转办给谁：登记册中的编码，街道填九位代码、县区填六位；不填即按环节的规定。"),
            Field(
                "day", "日期", "date", "延期：新的期限；长期关注：再看的日期；登记结果：完成日期；登记事项：第一个环节的期限，可以不填。",
                required=False,
            ),
            reason("必填：转办、延期、等待的原因等，会记入该事项的经过。"),
        ),
        _act_on_step, wakes="notices", again="可以。已经办过的会说明现在的情况。",
    ),
)  # fmt: skip
