"""What a person does to an item of any kind: opens it, reports a step, hands it to another, extends it, lets it wait."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.decisions import known, record, refuse, text_problems
from include.errors import UserError
from include.items.holders import Holder
from include.items.kinds import open_item
from include.items.stepping import answer, current, extend_step, item_row, kind_of, redirect, resume, settle, wait
from include.period import Period, chinese_date, in_zone
from include.registry.persons import name_of
from include.registry.units import find_unit, is_county
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme

DECISION = "item_step"  # the kind of the decision; its field is the item's number, its value what was said, as JSON
OPEN, REPORT, REDIRECT, EXTEND, WAIT, RESUME = "登记事项", "登记结果", "转办", "延期", "长期关注", "恢复办理"
ACTS = (OPEN, REPORT, REDIRECT, EXTEND, WAIT, RESUME)
_NEEDS_DAY = {EXTEND: "新的期限", WAIT: "再看的日期"}
_FURTHEST = dt.timedelta(days=732)


def act_on_step(
    connection: Connection, act: str, *, system: Scheme, by: str, reason: str, at: dt.datetime, **said: Any
) -> str:
    """Do and record one of ACTS; one sentence of what was done. Raises UserError, in Chinese, with all that is wrong.

    `said`: number (of the item), unit_code, kind and problem (登记事项), step, outcome, holder (a code; 转办), day.
    """
    said = {name: value for name, value in said.items() if value}
    problems, today = text_problems(reason, by), in_zone(at).date()
    day = said.get("day")
    if act in _NEEDS_DAY and day is None:
        problems.append(f"{act}请填写{_NEEDS_DAY[act]}。")
    if act in _NEEDS_DAY and day is not None and not today < day <= today + _FURTHEST:
        problems.append(f"{_NEEDS_DAY[act]}填的 {chinese_date(day)} 应在今天以后、两年以内。")
    if act == REPORT and day is not None and day > today:
        problems.append(f"完成日期 {chinese_date(day)} 还没有到。")
    if act == OPEN:
        problems += _problems_of_opening(connection, system, today, said)
    elif not said.get("number"):
        problems.append("请填写事项编号。")
    refuse(problems)
    decision = {
        "kind": DECISION, "scheme": system.scheme, "period": str(system.period), "unit_code": said.get("unit_code", ""),
        "field": said.get("number", ""), "reason": reason.strip(), "decided_by": name_of(by.strip(), today), "decided_at": at,
        "account": by.strip(), "value": json.dumps({"act": act, **said}, ensure_ascii=False, sort_keys=True, default=str),
    }  # fmt: skip
    text = apply_step_act(connection, decision)
    record(connection, decision)
    return text


def _problems_of_opening(connection: Connection, system: Scheme, today: dt.date, said: sql.Row) -> list[str]:
    problems = []
    if said.get("kind") not in system.kinds_of_items:
        names = "、".join(f"{key}（{kind.name}）" for key, kind in system.kinds_of_items.items())
        problems.append(f"请填写事项种类：{system.name}有{names or '限期整改，由通报产生'}。")
    if find_unit(connection, said.get("unit_code", ""), today) is None:
        problems.append(f"登记册里没有编码为“{said.get('unit_code', '')}”的对象：请核对。")
    if not said.get("problem"):
        problems.append("请写明是什么事项。")
    return problems


def apply_step_act(connection: Connection, decision: sql.Row) -> str:
    """Carry out a decision on an item, now or when the past is made again. Raises UserError."""
    said = json.loads(decision["value"])
    act, by, at, reason = said["act"], decision["decided_by"], decision["decided_at"], decision["reason"]
    today = in_zone(at).date()
    day = dt.date.fromisoformat(said["day"]) if said.get("day") else None
    system = find_scheme(decision["scheme"], Period.parse(decision["period"]))
    if act == OPEN:
        unit = find_unit(connection, said["unit_code"], today)
        if system is None or unit is None:
            raise UserError(f"制度 {decision['scheme']} 或对象 {said['unit_code']} 已经没有了，不能登记事项。")
        opened = open_item(
            connection, system, said["kind"], unit, problem=said["problem"], number=said.get("number", ""), opened_at=at,
            deadline=day, actor=by,
        )  # fmt: skip
        item = sql.fetch_one(connection, "items/select_kind_item", id=opened.id) or {}
        return f"{by} 为{unit.name}登记了事项 {item['number']}。"
    item = _named(connection, decision["scheme"], decision["field"], said.get("unit_code", ""))
    if act == EXTEND and day is not None:
        extend_step(connection, item["id"], day, by, reason, at)
    elif act == WAIT and day is not None:
        wait(connection, item["id"], today, day, by, reason, at)
    elif act == RESUME:
        resume(connection, item["id"], today, by, reason, at)
    elif act == REDIRECT:
        redirect(
            connection,
            item["id"],
            said.get("step") or item["step"],
            _holder(connection, said, today),
            today,
            by,
            reason,
            at,
        )
    else:
        _report(connection, item, said, day or today, by, at)
    settle(connection, item["id"], dt.date.min, at)
    return f"{by} 对事项 {item['number']} 办理了“{act}”。"


def _named(connection: Connection, scheme: str, number: str, unit_code: str) -> sql.Row:
    found = sql.fetch(connection, "items/select_numbered", scheme=scheme, number=number)
    found = [one for one in found if unit_code in ("", one["unit_code"])]
    standing = [one for one in found if one["step"] is not None] or found[:1]
    problems = []
    if not standing:
        problems.append(f"没有编号为“{number}”的事项：请核对制度和编号。")
    if len(standing) > 1:
        units = "、".join(one["unit_code"] for one in standing)
        problems.append(f"编号为“{number}”的事项有几个（{units}）：请同时填写单位。")
    one = known(standing[0] if standing else None, problems)
    return item_row(connection, one["id"])


def _report(connection: Connection, item: sql.Row, said: sql.Row, day: dt.date, by: str, at: dt.datetime) -> None:
    run = current(connection, item["id"])
    if run is None:
        raise UserError(f"事项 {item['number']} 已经办结，没有要办理的环节。")
    if said.get("step") and said["step"] != run["step"]:
        raise UserError(f"事项 {item['number']} 现在是“{run['step']}”，不是“{said['step']}”。")
    if day < run["began_date"]:
        raise UserError(f"“{run['step']}”从 {chinese_date(run['began_date'])} 起办理，完成日期不能更早。")
    step = kind_of(item["scheme"], item["opened_period"], item["kind"]).step(run["step"])
    outcome = step.outcomes.get(said.get("outcome", "")) if step else None
    if outcome is not None and outcome.needs:
        raise UserError(f"结果填“{said['outcome']}”的还要填别的格：请用《事项办理》表报送。")
    answer(connection, item["id"], said.get("outcome", ""), day, by, at)


def _holder(connection: Connection, said: sql.Row, today: dt.date) -> Holder | None:
    """A subject by its code, a street by nine digits, a county by six; None: as the step says."""
    code = said.get("holder", "")
    if not code:
        return None
    if code.isdigit() and len(code) in (6, 9):
        return Holder("county" if is_county(code) else "street", code)
    unit = find_unit(connection, code, today)
    if unit is None:
        raise UserError(f"登记册里没有编码为“{code}”的对象：办理单位请填登记册中的编码，街道填九位、县区填六位代码。")
    return Holder("community" if unit.kind in ("", "社区", "村") else "party_unit", unit.code)
