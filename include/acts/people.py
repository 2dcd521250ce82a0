"""Acts by people as a filled-in form gives them: fields by name, and the account that called. Each is one transaction.

A page calls the same functions as the trigger dialog. Each returns what was done, in one Chinese sentence.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.db.engine import transaction
from include.db.sql import fetch
from include.decisions.recording import refuse, text_problems
from include.errors import UserError
from include.outbox.acts import Outcome, disable_address, enable_address, is_disabled, resolve_unknown
from include.outbox.outbox import is_address
from include.period import chinese_date, now
from include.registry.offices import written_to
from include.registry.units import code_of

_OUTCOMES: dict[str, Outcome] = {"已送达": "delivered", "未送达": "not_delivered", "已另行告知": "told_otherwise"}
_ID_LENGTH = 64
_LISTED = 10
_SUGGESTED = 2


def act_on_item(form: Mapping[str, Any], caller: str) -> str:
    """`form`: act, scheme, unit_code, indicator, reason, deadline (ISO, only for 延期). Raises UserError in Chinese."""
    from include.items.acts import act_on_item as carry_out  # brings the circulars' typesetting with it

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
    refuse(text_problems(form["reason"], caller))
    with transaction() as connection:
        mail_id = _mail_meant(connection, form["mail_id"])
        resolve_unknown(connection, mail_id, _OUTCOMES[form["outcome"]], caller, form["reason"])
    return f"{caller} 把邮件 {mail_id[:12]}… 登记为{form['outcome']}。"


def _mail_meant(connection: Connection, text: str) -> str:
    """The one mail that waits to be settled under this address or beginning of an id; a whole id is taken as it is."""
    wanted = text.strip().lower()
    found = fetch(connection, "acts/select_unsettled", wanted=wanted)
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
    address = str(form["address"]).strip().lower()
    with transaction() as connection:
        problems = text_problems(form["reason"], caller)
        is_off = is_disabled(connection, address)
        if is_address(address) and not is_off:
            problems += _unknown(connection, address)
        refuse(problems)
        if is_address(address) and is_off == (form["act"] == "停用"):
            return f"邮箱 {address} 现在就是{form['act']}的，没有改动。"
        switches[form["act"]](connection, address, caller, form["reason"])
    return f"{caller} {form['act']}了邮箱 {address}。"


def _unknown(connection: Connection, address: str) -> list[str]:
    """What is wrong with an address that no unit and no office has and that was never written to; the nearest is named."""
    name, server = address.split("@")
    found = fetch(
        connection, "acts/select_known_addresses",
        address=address, same_name=f"{name}@%", same_server=f"%@{server}",
    )  # fmt: skip
    known = {row["address"] for row in found} | written_to()
    if address in known:
        return []
    near = difflib.get_close_matches(address, sorted(known), n=_SUGGESTED)
    meant = f"是不是 {'、'.join(near)}？" if near else ""
    return [f"没有单位或街道用邮箱 {address}，也没有给它发过信：请核对。{meant}"]


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"期限“{text}”不是日期：请按 2026-09-30 的样子填写。") from None
