"""What people decide about an item, named as people name it: unit and indicator."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.circulars.letters import SUPERVISION, Letter, issue_letter, supervision
from include.db import sql
from include.errors import UserError
from include.notices.outbox import notify
from include.rectification.states import extend, move
from include.registry.offices import office_of
from include.registry.units import find_unit

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


def supervise(connection: Connection, unit_code: str, approved_by: str, issue_date: dt.date, at: dt.datetime) -> Letter:
    """Issue the numbered 督办通知单 on a unit's overdue items, as approved by a person, and send it.

    The same letter of the same day is one letter and one mail. Raises UserError where the unit is unknown, nothing is
    overdue, or nobody approved.
    """
    if not approved_by.strip():
        raise UserError("督办通知单须经领导批准后下发：请填写批准人姓名。")
    unit = find_unit(connection, unit_code, issue_date)
    if unit is None:
        raise UserError(f"登记册中没有编码为 {unit_code} 的单位。")
    facts = supervision(connection, unit, issue_date)
    letter = issue_letter(connection, SUPERVISION, facts, issue_date)
    kept = [
        (f"{letter.title}.{name.removesuffix('_sha256')}", sha256) for name, sha256 in letter.files.items() if sha256
    ]
    notify(
        connection,
        "rectification_supervised",
        subject=f"supervision/{letter.number}",
        stage="督办通知单",
        unit=unit,
        office=office_of(unit.street_code, unit.street),
        due_at=at,
        payload={
            "unit_name": unit.name,
            "items": [
                {
                    "indicator": item["indicator"],
                    "problem": item["problem"],
                    "deadline": item["deadline"],
                    "days_left": -item["days_overdue"],
                }
                for item in facts["items"]
            ],
        },
        attachments=[one for one in kept if not one[0].endswith(".html")],
    )
    sql.execute(
        connection,
        "rectification/insert_supervision",
        number=letter.number,
        unit_code=unit.code,
        decided_by=approved_by.strip(),
        decided_at=at,
    )
    return letter
