"""What people decide about an item, named as people name it: unit and indicator."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.rectification.states import extend, move

EXTEND = "延期"
_MOVES = {"核验通过": "验收", "销号": "销号", "退回": "退回", "重新打开": "重新打开", "登记反馈": "已反馈"}
ACTS = (*_MOVES, EXTEND)


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
) -> str:
    """Carry out one of ACTS on the unit's item of an indicator; its id. Raises UserError, in Chinese, with all that is wrong."""
    problems = []
    if act not in ACTS:
        problems.append(f"没有“{act}”这种办理：可选{'、'.join(ACTS)}。")
    if not reason.strip():
        problems.append("请写明理由或核验情况。")
    if act == EXTEND and deadline is None:
        problems.append("延期请填写新的期限。")
    item = sql.fetch_one(
        connection, "rectification/select_latest_item", scheme=scheme, unit_code=unit_code, indicator=indicator
    )
    if item is None:
        problems.append(f"单位 {unit_code} 在指标 {indicator} 下没有整改事项：请核对单位编码和指标。")
    if problems or item is None:
        raise UserError(*problems)
    if act == EXTEND and deadline is not None:
        extend(connection, item["id"], deadline, by, reason.strip(), at)
    else:
        move(connection, item["id"], _MOVES[act], by, reason.strip(), at)
    return str(item["id"])
