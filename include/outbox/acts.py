"""What people decide about mails, each act recorded with who and why."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import Connection

from include.db import sql
from include.decisions import record
from include.errors import UserError
from include.outbox.outbox import catch_up_notices, is_address, record_notices
from include.period import chinese_date, now
from include.registry.persons import name_of

Outcome = Literal["delivered", "not_delivered", "told_otherwise"]
_SETTLED: dict[Outcome, tuple[str, str]] = {  # the mail's state then, and how it is said
    "delivered": ("sent", "已送达"),
    "not_delivered": ("pending", "未送达，重新发送"),
    "told_otherwise": ("skipped", "已另行告知，不再发送"),
}


def resolve_unknown(connection: Connection, mail_id: str, outcome: Outcome, by: str, reason: str = "") -> None:
    """Settle a mail that the machine could not: delivered → sent; not delivered → pending, so it goes again; told otherwise
    (by telephone, at another address) → skipped.

    A failed mail may be settled in the same way, but was not delivered. Raises UserError, in Chinese, for any other.
    """
    mail = sql.fetch_one(connection, "outbox/select_mail", id=mail_id)
    if mail is None:
        raise UserError(f"没有编号为 {mail_id} 的邮件：请从“状态不明的邮件”列表中选择。")
    if mail["state"] not in ("unknown", "failed") or (mail["state"] == "failed" and outcome == "delivered"):
        raise UserError(
            f"邮件“{mail['subject_line']}”（收件人 {mail['recipient']}）的状态是 {mail['state']}，不需要也不能这样登记。"
        )
    moment = now()
    if outcome == "not_delivered" and is_disabled(connection, mail["recipient"]):
        raise UserError(f"邮箱 {mail['recipient']} 已停用，重新发送也不会收到：请先核实并启用这个邮箱。")
    state, meaning = _SETTLED[outcome]
    text = f"{name_of(by, moment.date())} 于 {chinese_date(moment.date())} 登记为{meaning}" + (
        f"：{reason}" if reason else ""
    )
    sql.execute(connection, "outbox/resolve_mail", id=mail_id, from_state=mail["state"], state=state, error=text)
    record_notices(connection, [{"mail_id": mail_id, "state": state, "reason": text}])
    _decide(connection, "mail_resolved", mail_id, outcome, reason, by, moment, account=by)


def disable_address(connection: Connection, address: str, by: str, reason: str) -> None:
    """From now on nothing is written to the address (it bounced, its owner left); notices say why they were skipped."""
    _switch(connection, "address_disabled", address, by, reason)


def enable_address(connection: Connection, address: str, by: str, reason: str) -> None:
    """The address may be written to again."""
    _switch(connection, "address_enabled", address, by, reason)


def is_disabled(connection: Connection, address: str) -> bool:
    """Whether nothing is to be written to the address."""
    last = sql.fetch_one(connection, "outbox/select_address_decision", address=address.strip().lower())
    return last is not None and last["kind"] == "address_disabled"


def disable_bounced(
    connection: Connection, address: str, reason: str, *, by: str, carrier: str, at: dt.datetime, is_wrong: bool
) -> bool:
    """Record that a mail to the address came back at a moment; false where that is known already.

    `carrier` names mail and archived bounce, and is recorded once. Only where the address `is_wrong` is it switched
    off; a person who switches it on later prevails.
    """
    if sql.fetch_one(connection, "outbox/select_known_bounce", address=address, carrier=carrier) is not None:
        return False
    _decide(connection, "address_disabled" if is_wrong else "mail_refused", address, carrier, reason, by, at)
    return True


def _switch(connection: Connection, kind: str, address: str, by: str, reason: str) -> None:
    if not is_address(address.strip()):
        raise UserError(f"“{address}”不是有效的邮箱地址：请只写一个地址，例如 name@example.org。")
    if not reason.strip():
        raise UserError("请写明理由。")
    _decide(connection, kind, address.strip().lower(), "", reason.strip(), by, now(), account=by)


def _decide(
    connection: Connection,
    kind: str,
    field: str,
    value: str,
    reason: str,
    by: str,
    moment: dt.datetime,
    account: str = "",
) -> None:
    act = {"kind": kind, "field": field, "value": value, "reason": reason, "decided_by": by, "decided_at": moment}
    record(connection, {**act, "account": account})
    if kind == "address_disabled":
        _withdraw(connection, field, f"邮箱 {field} 已停用：{reason}")


def _withdraw(connection: Connection, address: str, reason: str) -> None:
    """What waits for the address does not go: notices are skipped, mails have failed, copies are left out."""
    sql.execute(connection, "outbox/skip_notices_to", address=address, reason=reason)
    sql.execute(connection, "outbox/fail_mails_to", address=address, error=reason)
    catch_up_notices(connection)
    sql.execute(connection, "outbox/drop_copies_of_notices", address=address)
    sql.execute(connection, "outbox/drop_copies_of_mails", address=address)
