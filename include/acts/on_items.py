"""What a person may do to an item to be put right."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Field
from include.acts.fields import SYSTEM, UNIT, choice, reason
from include.errors import UserError
from include.period import chinese_date, in_zone

_REOPEN = "重新打开"


def _act_on_item(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    """Beside the fields, who shows a list of items says by `item` which one is meant."""
    from include.acts.offered import meant
    from include.items.acts import act_on_item
    from include.registry.units import code_of

    deadline = _date(answers.get("deadline"))
    act = answers["act"]
    indicator = meant(answers["indicator"], answers["scheme"]).split()[0]  # “A2a 党员大会”, as the list offers it
    code = code_of(connection, answers["unit_code"], in_zone(at).date())
    act_on_item(
        connection, act, scheme=answers["scheme"], unit_code=code, indicator=indicator, by=by,
        reason=answers["reason"], at=at, deadline=deadline, item_id=answers.get("item", ""),
    )  # fmt: skip
    until = f"（至{chinese_date(deadline)}）" if deadline else ""
    from include.registry.persons import name_of
    from include.registry.units import find_unit

    unit = find_unit(connection, code, in_zone(at).date())
    return f"{name_of(by, in_zone(at).date())} 对{unit.name if unit else code}的 {indicator} 整改事项办理了“{act}”{until}。"


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"期限“{text}”不是日期：请按 2026-09-30 的样子填写。") from None


_ON_OPEN = ("登记反馈", "核验通过", "销号", "退回", "延期")
_OF_OPEN = "登记反馈：替社区登记已反馈；核验通过：反馈属实；销号：办结；退回：反馈不属实，重新整改；延期：给新的期限"
_DEADLINE = Field(
    "deadline", "新的期限", "date",
    "延期必填；退回、重新打开可以同时给新的期限，原期限已过的重新打开必填；其他办理留空。",
    required=False,
)  # fmt: skip
_REASON = reason("必填：核验情况、退回原因、延期理由等，会记入该事项的经过。")
ITEM = Act(
    "item", "办 整改事项 act_item",
    "填好表即办理；记下办理人（登录账号）、理由和时间。填写不合规定的，逐条说明，不作任何改动。",
    (
        choice("act", "办理", f"{_OF_OPEN}；{_REOPEN}：销号后又出现。", *_ON_OPEN, _REOPEN),
        UNIT,
        Field(
            "indicator", "指标", "indicator",
            "可从列表中选，也可只填代码，例如 A2a、E1；未按时报送为 S0。",
            pattern=r"^\s*[A-Z][A-Za-z0-9]{0,7}(\s.*)?$", longest=100,
        ),
        _DEADLINE,
        _REASON,
        SYSTEM,
    ),
    _act_on_item, wakes="notices", again="可以。已办理的不会再办一次，会说明现在的状态。",
)  # fmt: skip
ACTS = (ITEM,)
TOGETHER = (
    choice("act", "办理", f"{_OF_OPEN}。", *_ON_OPEN),
    replace(_DEADLINE, help="延期必填；退回可以同时给新的期限；其他办理留空。"),
    _REASON,
)
"""What is asked once of several open items that a list shows; the rest of ITEM's fields is each item's own."""
