"""Acts by people as a filled-in form gives them: fields by name, and the account that called. Each is one transaction.

A page calls the same functions as the trigger dialog. Each returns what was done, in one Chinese sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.db.engine import transaction
from include.db.sql import fetch
from include.errors import UserError
from include.notices.acts import Outcome, disable_address, enable_address, resolve_unknown
from include.period import chinese_date, now
from include.registry.units import code_of

_OUTCOMES: dict[str, Outcome] = {"已送达": "delivered", "未送达": "not_delivered", "已另行告知": "told_otherwise"}
_ID_LENGTH = 64
_LISTED = 10


def act_on_item(form: Mapping[str, Any], caller: str) -> str:
    """`form`: act, scheme, unit_code, indicator, reason, deadline (ISO, only for 延期). Raises UserError in Chinese."""
    from include.rectification.acts import act_on_item as carry_out  # brings the circulars' typesetting with it

    deadline = _date(form.get("deadline"))
    indicator = form["indicator"].split()[0]  # “A2a 党员大会”, as the list offers it
    with transaction() as connection:
        unit_code = code_of(connection, form["unit_code"], now().date())
        carry_out(
            connection,
            form["act"],
            scheme=form["scheme"],
            unit_code=unit_code,
            indicator=indicator,
            by=caller,
            reason=form["reason"],
            at=now(),
            deadline=deadline,
        )
    until = f"（至{chinese_date(deadline)}）" if deadline else ""
    return f"{caller} 对 {unit_code} 的 {indicator} 整改事项办理了“{form['act']}”{until}。"


def settle_mail(form: Mapping[str, Any], caller: str) -> str:
    """`form`: mail_id (or its beginning, or the recipient), outcome (已送达, 未送达 or 已另行告知), reason. Raises UserError in Chinese."""
    if form["outcome"] not in _OUTCOMES:
        raise UserError(f"“{form['outcome']}”不能登记：请选{'、'.join(_OUTCOMES)}中的一项。")
    with transaction() as connection:
        mail_id = _mail_meant(connection, form["mail_id"])
        resolve_unknown(connection, mail_id, _OUTCOMES[form["outcome"]], caller, form["reason"])
    return f"{caller} 把邮件 {mail_id[:12]}… 登记为{form['outcome']}。"


def _mail_meant(connection: Connection, text: str) -> str:
    """The one mail that waits to be settled under this address or beginning of an id; a whole id is taken as it is."""
    wanted = text.strip().lower()
    found = fetch(connection, "notices/select_unsettled", wanted=wanted)
    if len(found) > 1:
        listed = "；".join(f"{mail['id'][:12]}《{mail['subject_line']}》" for mail in found[:_LISTED])
        raise UserError(f"“{text}”有 {len(found)} 封状态不明或发送失败的邮件：{listed}。请填其中一封的编号。")
    if not found and len(wanted) < _ID_LENGTH:
        raise UserError(f"没有收件人或编号为“{text}”、状态不明或发送失败的邮件：请照每日日报核对。")
    return str(found[0]["id"]) if found else wanted


def switch_address(form: Mapping[str, Any], caller: str) -> str:
    """`form`: act (停用 or 启用), address, reason. Raises UserError in Chinese."""
    switches = {"停用": disable_address, "启用": enable_address}
    if form["act"] not in switches:
        raise UserError(f"没有“{form['act']}”这种办理：请选停用或启用。")
    with transaction() as connection:
        switches[form["act"]](connection, form["address"], caller, form["reason"])
    return f"{caller} {form['act']}了邮箱 {form['address']}。"


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"期限“{text}”不是日期：请按 2026-09-30 的样子填写。") from None
