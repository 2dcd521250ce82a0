"""How an act of a person is recorded: one row of `decision`, the same act twice one row."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.period import chinese_date, in_zone, start_of
from include.registry.persons import name_of
from include.registry.units import Unit, find_unit
from include.safe_text import is_plain, typed_problems
from include.schemes.model import Scheme
from include.workbooks.values import is_nothing

MAX_TEXT = 500
Found = TypeVar("Found")

_UNSAID = {
    "scheme": "",
    "period": "",
    "unit_code": "",
    "field": "",
    "value": "",
    "reason": "",
    "account": "",
    "sha256": None,
}
_SAID = ("kind", "scheme", "period", "unit_code", "field", "value", "reason", "decided_by")


def record(connection: Connection, *acts: Mapping[str, Any]) -> list[str]:
    """Record acts, each a row of `decision` by its columns (what is left out is empty), in this order; their ids.

    An act's id is the SHA-256 over what it says, when, and the file that carried it: the same act again is the same row.
    One that has its id (of a record that is made again) keeps it, and its name; else a person's login is recorded under the
    person's name. Nothing is checked here.
    """
    rows = [{**_UNSAID, **act} for act in acts]
    for row in rows:
        if "id" not in row:
            if row["account"] and row["decided_by"] == row["account"]:
                row["decided_by"] = name_of(row["account"], in_zone(row["decided_at"]).date())
            row["id"] = _id_of(row)
    sql.execute_many(connection, "decisions/insert_decision", rows)
    return [row["id"] for row in rows]


def _id_of(row: Mapping[str, Any]) -> str:
    carried = [row["sha256"]] if row["sha256"] else []
    said = [
        *(row[name] for name in _SAID),
        row["decided_at"].astimezone(dt.UTC).isoformat(timespec="seconds"),
        *carried,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def decide(
    connection: Connection, kind: str, scheme: Scheme, unit_code: str, *, field: str = "", value: str = "",
    reason: str, by: str, at: dt.datetime,
) -> str:  # fmt: skip
    """Record an act of the login `by` on a unit's period; its id. Nothing is checked here."""
    [act_id] = record(
        connection,
        {
            "kind": kind, "scheme": scheme.scheme, "period": str(scheme.period), "unit_code": unit_code, "field": field,
            "value": value, "reason": reason.strip(), "decided_by": by.strip(), "decided_at": at, "account": by.strip(),
        },
    )  # fmt: skip
    return act_id


def decisions_of(connection: Connection, scheme: Scheme, unit_code: str, kinds: tuple[str, ...]) -> list[sql.Row]:
    """The acts of these kinds on one unit's period, oldest first."""
    rows = sql.fetch(
        connection,
        "decisions/select_of_unit",
        scheme=scheme.scheme,
        period=str(scheme.period),
        unit_code=unit_code,
    )
    return [row for row in rows if row["kind"] in kinds]


def sign_off(connection: Connection, scheme: Scheme, street_code: str) -> sql.Row | None:
    """`approved_at` and `sequence` of the approval of the newest standing circular of the street's period; None where none
    was issued. What was decided after it has a higher sequence."""
    return sql.fetch_one(
        connection,
        "decisions/select_sign_off",
        scheme=scheme.scheme,
        period=str(scheme.period),
        street_code=street_code,
    )


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


def known(found: Found | None, problems: list[str]) -> Found:
    """What an act is about, once nothing is wrong with it; else its problems are raised, all at once.

    Whoever looked it up in vain has said so among the problems: ValueError where that was forgotten.
    """
    refuse(problems)
    if found is None:
        raise ValueError("nothing was found, and none of the problems says so")
    return found


def day(moment: dt.datetime) -> str:
    return chinese_date(in_zone(moment).date())
