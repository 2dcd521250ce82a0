"""What people decide about an item, named as people name it: unit and indicator."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.decisions import text_problems
from include.errors import UserError
from include.items.deadlines import stored
from include.items.states import extend, move
from include.period import chinese_date, in_zone
from include.registry.persons import name_of
from include.schemes.item_kinds import RECTIFICATION

EXTEND, REOPEN = "延期", "重新打开"
_MOVES = {"核验通过": "验收", "销号": "销号", "退回": "退回", REOPEN: REOPEN, "登记反馈": "已反馈"}
ACTS = (*_MOVES, EXTEND)
_FURTHEST = dt.timedelta(days=366)
_WITH_DEADLINE = (EXTEND, "退回", REOPEN)


def act_on_item(
    connection: Connection,
    act: str,
    *,
    scheme: str,
    unit_code: str,
    indicator: str,
    by: str,
    reason: str,
    at: dt.datetime,
    deadline: dt.date | None = None,
    item_id: str = "",
) -> str:
    """Carry out one of ACTS on the unit's item of an indicator; its id. Raises UserError, in Chinese, with all that is wrong.

    `item_id` says which item of the unit's is meant where a list showed it: one that was handed on may have the same indicator.
    `deadline` is the new one: an extension needs it, and so does an item that is opened again after its deadline, which
    would else be in the next circular before anybody was reminded.
    """
    problems, today = [], in_zone(at).date()
    if act not in ACTS:
        problems.append(f"没有“{act}”这种办理：可选{'、'.join(ACTS)}。")
    problems += text_problems(reason, by)
    if act == EXTEND and deadline is None:
        problems.append("延期请填写新的期限。")
    if deadline is not None and act in ACTS and act not in _WITH_DEADLINE:
        problems.append(f"“{act}”不改变期限：请把“新的期限”留空，要改期限请另办延期。")
    elif deadline is not None and deadline < today:
        problems.append(f"新的期限 {chinese_date(deadline)} 已经过了：请填今天或以后的日期。")
    elif deadline is not None and deadline > today + _FURTHEST:
        problems.append(f"新的期限 {chinese_date(deadline)} 在一年以后：请核对年份。")
    item = _meant(connection, scheme, unit_code, indicator, item_id)
    if item is None:
        problems.append(f"单位 {unit_code} 在指标 {indicator} 下没有整改事项：请核对单位编码和指标。")
    elif act == REOPEN and deadline is None and not item["is_open"] and item["deadline"] < today:
        problems.append(f"原来的期限 {chinese_date(item['deadline'])} 已经过了：重新打开请填写新的期限。")
    elif act == EXTEND and deadline is not None and today <= deadline <= item["deadline"]:
        problems.append(f"新的期限应晚于现在的期限 {stored(item).shown}。")
    if problems or item is None:
        raise UserError(*problems)
    actor = name_of(by, today)
    if act == EXTEND and deadline is not None:
        extend(connection, item["id"], deadline, actor, reason.strip(), at)
    else:
        move(connection, item["id"], _MOVES[act], actor, reason.strip(), at, deadline=deadline)
    return str(item["id"])


def _meant(connection: Connection, scheme: str, unit_code: str, indicator: str, item_id: str) -> sql.Row | None:
    if not item_id:
        return sql.fetch_one(
            connection, "items/select_latest_item", scheme=scheme, unit_code=unit_code, indicator=indicator
        )
    item = sql.fetch_one(connection, "items/select_item", id=item_id)
    return item if item is not None and item["kind"] == RECTIFICATION and item["unit_code"] == unit_code else None
