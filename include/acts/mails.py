"""What is recorded when people settle a mail that the machine could not, or switch an address off and on."""

from __future__ import annotations

import difflib

from sqlalchemy import Connection

from include.db import sql
from include.decisions import refuse, text_problems
from include.errors import UserError
from include.outbox.acts import Outcome, disable_address, enable_address, is_disabled, resolve_unknown
from include.outbox.outbox import is_address
from include.period import today
from include.registry.offices import written_to
from include.registry.persons import name_of

_OUTCOMES: dict[str, Outcome] = {"已送达": "delivered", "未送达": "not_delivered", "已另行告知": "told_otherwise"}
_ID_LENGTH = 64
_LISTED = 10
_SUGGESTED = 2


def settle_mail(connection: Connection, mail: str, outcome: str, reason: str, by: str) -> str:
    """Say what became of a mail, given by its id, the id's beginning, or the recipient; what was done, in Chinese.

    `outcome`: 已送达, 未送达 or 已另行告知. Raises UserError.
    """
    if outcome not in _OUTCOMES:
        raise UserError(f"“{outcome}”不能登记：请选{'、'.join(_OUTCOMES)}中的一项。")
    refuse(text_problems(reason, by))
    mail_id = _mail_meant(connection, mail)
    resolve_unknown(connection, mail_id, _OUTCOMES[outcome], by, reason)
    return f"{_name(by)} 把邮件 {mail_id[:12]}… 登记为{outcome}。"


def _mail_meant(connection: Connection, text: str) -> str:
    """The one mail that waits to be settled under this address or beginning of an id; a whole id is taken as it is."""
    wanted = text.strip().lower()
    found = sql.fetch(connection, "acts/select_unsettled", wanted=wanted)
    if len(found) > 1:
        listed = "；".join(f"{mail['id'][:12]}《{mail['subject_line']}》" for mail in found[:_LISTED])
        raise UserError(f"“{text}”有 {len(found)} 封状态不明或发送失败的邮件：{listed}。请填其中一封的编号。")
    if not found and len(wanted) < _ID_LENGTH:
        raise UserError(f"没有收件人或编号为“{text}”、状态不明或发送失败的邮件：请照每日日报核对。")
    return str(found[0]["id"]) if found else wanted


def switch_address(connection: Connection, act: str, address: str, reason: str, by: str) -> str:
    """停用 or 启用 (`act`) an address; what was done, in Chinese. Raises UserError, all at once."""
    switches = {"停用": disable_address, "启用": enable_address}
    if act not in switches:
        raise UserError(f"没有“{act}”这种办理：请选停用或启用。")
    address = address.strip().lower()
    problems = text_problems(reason, by)
    is_off = is_disabled(connection, address)
    if is_address(address) and not is_off:
        problems += _unknown(connection, address)
    refuse(problems)
    if is_address(address) and is_off == (act == "停用"):
        return f"邮箱 {address} 现在就是{act}的，没有改动。"
    switches[act](connection, address, by, reason)
    return f"{_name(by)} {act}了邮箱 {address}。"


def _name(account: str) -> str:
    return name_of(account, today())


def _unknown(connection: Connection, address: str) -> list[str]:
    """What is wrong with an address that no unit and no office has and that was never written to; the nearest is named."""
    name, server = address.split("@")
    found = sql.fetch(
        connection,
        "acts/select_known_addresses",
        address=address,
        same_name=f"{name}@%",
        same_server=f"%@{server}",
    )
    known = {row["address"] for row in found} | written_to()
    if address in known:
        return []
    near = difflib.get_close_matches(address, sorted(known), n=_SUGGESTED)
    meant = f"是不是 {'、'.join(near)}？" if near else ""
    return [f"没有单位或街道用邮箱 {address}，也没有给它发过信：请核对。{meant}"]
