"""How an act of a person is recorded: one row of `decision`, the same act twice one row."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from sqlalchemy import Connection

from include.db.sql import Row, execute, fetch, fetch_one
from include.errors import UserError
from include.period import chinese_date, in_zone, start_of
from include.registry.units import Unit, find_unit
from include.safe_text import is_plain, typed_problems
from include.schemes.model import Scheme
from include.workbooks.values import is_nothing

MAX_TEXT = 500


def decide(
    connection: Connection, kind: str, scheme: Scheme, unit_code: str, *, field: str = "", value: str = "",
    reason: str, by: str, at: dt.datetime,
) -> str:  # fmt: skip
    """Record an act of the login `by`; its id, the SHA-256 over all that it says. Nothing is checked here."""
    said = {
        "kind": kind, "scheme": scheme.scheme, "period": str(scheme.period), "unit_code": unit_code, "field": field,
        "value": value, "reason": reason.strip(), "decided_by": by.strip(),
    }  # fmt: skip
    key = json.dumps([*said.values(), at.astimezone(dt.UTC).isoformat(timespec="seconds")], ensure_ascii=False)
    digest = hashlib.sha256(key.encode()).hexdigest()
    execute(connection, "decisions/insert_decision", id=digest, decided_at=at, sha256=None, account=by.strip(), **said)
    return digest


def decisions_of(connection: Connection, scheme: Scheme, unit_code: str, kinds: tuple[str, ...]) -> list[Row]:
    """The acts of these kinds on one unit's period, oldest first."""
    rows = fetch(
        connection, "decisions/select_of_unit",
        scheme=scheme.scheme, period=str(scheme.period), unit_code=unit_code,
    )  # fmt: skip
    return [row for row in rows if row["kind"] in kinds]


def sign_off(connection: Connection, scheme: Scheme, street_code: str) -> Row | None:
    """`approved_at` and `sequence` of the approval of the newest standing circular of the street's period; None where none
    was issued. What was decided after it has a higher sequence."""
    return fetch_one(
        connection, "decisions/select_sign_off",
        scheme=scheme.scheme, period=str(scheme.period), street_code=street_code,
    )  # fmt: skip


def unit_in_period(connection: Connection, scheme: Scheme, unit_code: str) -> Unit | None:
    """The unit as of the period's last day."""
    return find_unit(connection, unit_code.strip(), scheme.period.end_date)


def common_problems(
    unit: Unit | None, unit_code: str, scheme: Scheme, reason: str, by: str, at: dt.datetime
) -> list[str]:
    """What is wrong with any act on a unit at a moment: who, whom, why, and when."""
    problems = []
    if unit is None:
        problems.append(f"登记册里没有编码为“{unit_code}”、{scheme.period.name}末在册的单位：请核对单位编码。")
    if not scheme.forms:
        problems.append(f"{scheme.period.name}由两个半年合成，没有填报数据：请对上半年或下半年办理。")
    if at < start_of(scheme.period.start_date):
        problems.append(f"{scheme.period.name}还没有开始：请核对期间。")
    return problems + text_problems(reason, by)


def text_problems(reason: str, by: str) -> list[str]:
    """Every act says who and why."""
    problems = ["没有写明理由：请写明依据或原因。"] if is_nothing(reason) else []
    problems += typed_problems("理由", reason, MAX_TEXT)
    if not is_plain(by):
        problems.append("没有写明经办人：请以本人账号登录后办理。")
    return problems


def refuse(problems: list[str]) -> None:
    """Raise them, all at once, where there are any."""
    if problems:
        raise UserError(*problems)


def day(moment: dt.datetime) -> str:
    return chinese_date(in_zone(moment).date())
