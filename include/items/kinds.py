"""Items of every kind: opened, restated, and what their kind says of them. How they go on and end: stepping.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.items.states import record
from include.items.stepping import begin, cells_of, dumped, kind_of, settle
from include.period import Period, in_zone
from include.registry.units import Unit
from include.schemes.model import Scheme

ACTOR = "系统"


@dataclass(frozen=True)
class Opened:
    """An item's id, and whether it was opened now; else it was there, and is carried or restated."""

    id: str
    is_new: bool


def open_item(
    connection: Connection,
    system: Scheme,
    kind: str,
    subject: Unit,
    *,
    problem: str,
    opened_at: dt.datetime,
    code: str = "",
    number: str = "",
    period: Period | None = None,
    cells: Mapping[str, str] | None = None,
    began: dt.date | None = None,
    deadline: dt.date | None = None,
    actor: str = ACTOR,
    sha256: str | None = None,
    is_one_of_many: bool = False,
) -> Opened:
    """Open an item of a kind at a subject; the same again changes nothing but what its row says.

    `code`: of the indicator, standard or check, where it has one. `number`: the row's own, else {unit}-{year}-{0001…}.
    `period` (the system's own where it is not said) is that which found it. Of a kind with `one_open_per_code` the open item
    of the code is carried (unless the caller knows that it `is_one_of_many`: of several rows). `began` (else the day of `opened_at`) is the day from which the first step's time runs,
    `deadline` its last day where the kind's own does not hold. Rows of 事项办理 that came before it take effect.
    """
    own = kind_of(system.scheme, str(period or system.period), kind)
    period, cells = period or system.period, dict(cells or {})
    if own.one_open_per_code and not is_one_of_many:
        there = open_of_code(connection, system.scheme, kind, subject.code, code)
        if there is not None:
            text = f"{problem}：仍未解决，期限不变。"
            record(connection, there, "carried", f"{period}/{code}", actor, text, opened_at, sha256)
            return Opened(there, is_new=False)
    number = number or _next_number(connection, system.scheme, kind, subject.code, period.year)
    item_id = kind_item_id(system.scheme, kind, subject.code, number, str(period))
    day = began or in_zone(opened_at).date()
    is_new = sql.execute(
        connection, "items/insert_kind_item", id=item_id, scheme=system.scheme, kind=kind, number=number,
        unit_code=subject.code, origin_code=None, indicator=code, problem=problem, opened_period=str(period),
        opened_date=day, deadline=day, is_provisional=False, state=own.first_step.state or "办理中", is_open=True,
        owner=subject.secretary_email, liaison=subject.liaison_email, step=None, holder_scope=None, holder=None,
        cells=dumped(cells),
    )  # fmt: skip
    if not is_new:
        _restate(connection, item_id, problem, code, cells, actor, opened_at, sha256)
        return Opened(item_id, is_new=False)
    record(connection, item_id, "opened", str(period), actor, f"{own.name}：{problem}", opened_at, sha256)
    begin(connection, item_id, own.first_step.step, day, opened_at, due=deadline)
    settle(connection, item_id, day, opened_at)
    return Opened(item_id, is_new=True)


def open_of_code(connection: Connection, system: str, kind: str, unit_code: str, code: str) -> str | None:
    """The open item of a kind, unit and code, if any."""
    row = sql.fetch_one(
        connection, "items/select_open_of_code", scheme=system, kind=kind, unit_code=unit_code, indicator=code
    )
    return str(row["id"]) if row else None


def item_of_row(
    connection: Connection, system: str, kind: str, unit_code: str, number: str, period: str
) -> sql.Row | None:
    """The item that a row of a sheet of a period opened; None of a row that opened none."""
    return sql.fetch_one(connection, "items/select_kind_item", id=kind_item_id(system, kind, unit_code, number, period))


def kind_item_id(scheme: str, kind: str, unit_code: str, number: str, period: str) -> str:
    """SHA-256 over what an item of a kind is known by."""
    key = json.dumps([scheme, kind, unit_code, number, period], ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()


def _next_number(connection: Connection, scheme: str, kind: str, unit_code: str, year: int) -> str:
    beginning = f"{unit_code}-{year}-"
    row = sql.fetch_one(connection, "items/count_numbered", scheme=scheme, kind=kind, beginning=beginning)
    return f"{beginning}{(row['items'] if row else 0) + 1:04}"


def _restate(
    connection: Connection,
    item_id: str,
    problem: str,
    code: str,
    cells: Mapping[str, str],
    actor: str,
    at: dt.datetime,
    sha256: str | None,
) -> None:
    """What a corrected row says of an item goes into it; deadlines that run stay."""
    item: sql.Row = sql.fetch_one(connection, "items/select_kind_item", id=item_id) or {}
    merged = {**cells_of(item), **cells}
    if (item["problem"], item["indicator"], item["cells"]) == (problem, code, dumped(merged)):
        return
    sql.execute(connection, "items/restate_item", id=item_id, problem=problem, indicator=code, cells=dumped(merged))
    record(connection, item_id, "restated", "", actor, f"登记的内容已更正：{problem}；期限不变。", at, sha256)
