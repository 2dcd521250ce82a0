"""What comes back in the workbooks of rectification → moves of items, each with the file it came in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.items.deadlines import stored
from include.items.plans import PLANNED, Taken, tell_of_plan
from include.items.replies import ANSWERED
from include.items.reply_rules import is_no_answer, rules
from include.items.states import history, move, record, states
from include.items.whose import office_code_of
from include.items.workbooks import Entry, Sheet, write_workbook
from include.period import chinese_date, end_of, in_zone
from include.registry.units import find_unit, span_of
from include.workbooks.values import day_in

_CODE = re.compile(r"\d{6}(\d{3}){0,2}")
INSPECTORS = "核查组"  # who verified, where a row does not name them
_VERDICTS = {"通过": ["验收"], "销号": ["验收", "销号"], "退回": ["退回"]}


def answer_workbook(code: str, name: str, items: list[sql.Row], made_on: dt.date) -> bytes:
    """整改反馈表 for one unit; `items` have id, indicator (with its name), problem, deadline (date), is_provisional."""
    rows = [
        {**{key: str(item[key]) for key in ("id", "indicator", "problem")}, "deadline": stored(item).shown}
        for item in items
    ]
    return write_workbook("rectification", code, name, rows, made_on)


def verification_workbook(
    connection: Connection, street_code: str, street: str, on: dt.date, recipient: str = ""
) -> bytes | None:
    """整改核验表 of a street's (a county's) office for one reader: every item of its own that waits for the inspectors on a day;
    None where none does."""
    items = [
        item
        for item in sql.fetch(connection, "items/select_answered", **span_of(street_code), on_date=on)
        if office_code_of(item, item["street_code"]) == street_code
    ]
    rows = [
        {
            "id": item["id"],
            "unit_name": item["unit_name"],
            "problem": item["problem"],
            "deadline": stored(item).shown,
            "answer": item["answer"] or "",
        }
        for item in items
    ]
    return write_workbook("verification", street_code, street, rows, on, recipient) if rows else None


@dataclass(frozen=True)
class _Move:
    item: sql.Row
    states: list[str]
    actor: str
    reason: str
    at: dt.datetime
    is_plan: bool = False


def take(connection: Connection, sheet: Sheet, sha256: str, sender: str, received_at: dt.datetime) -> list[Taken]:
    """Carry out what a sheet says; the items that moved. The same file again moves nothing.

    `sender` is who handed it in (address or account; the unit's code where neither is known). Raises UserError, in
    Chinese, with every problem of every row; nothing is moved then. Whether the sender may verify is the caller's to ask.
    """
    read = _answered if sheet.kind == "rectification" else _verified
    problems: list[str] = [] if sheet.entries else ["表中没有填写任何一项：请至少填一行再发回。"]
    moves: list[_Move] = []
    for entry in sheet.entries:
        item = _item_of(connection, entry, problems)
        if item is None and entry.named is not None:
            continue
        if item is None or not _is_for(connection, sheet, item, received_at):
            problems.append(f"{entry.place}：不是发给你们的整改事项，请用收到的原件填写。")
            continue
        past = history(connection, item["id"])
        if not any(event["sha256"] == sha256 for event in past):
            problems += entry.problems
            moves += _checked(
                entry, item, past, problems, lambda entry: read(entry, sender or sheet.code, received_at), received_at
            )
    if problems:
        raise UserError(*problems)
    for one in moves:
        for state in one.states:
            move(connection, one.item["id"], state, one.actor, one.reason, one.at, sha256)
        if one.is_plan:
            record(connection, one.item["id"], PLANNED, sha256, one.actor, one.reason, received_at, sha256)
    taken = [_taken(connection, one, received_at) for one in moves]
    plans = [one for one, moved in zip(taken, moves, strict=True) if moved.is_plan]
    if plans:
        first = next(moved.item for moved in moves if moved.is_plan)
        tell_of_plan(connection, sheet, sha256, plans, first, received_at)
    return taken


def system_of(connection: Connection, sheet: Sheet) -> str | None:
    """The system whose items a sheet is about, by its first row."""
    item = _item_of(connection, sheet.entries[0], []) if sheet.entries else None
    return item["scheme"] if item else None


def _item_of(connection: Connection, entry: Entry, problems: list[str]) -> sql.Row | None:
    """The item of a row: by its id, else the open one of the unit and indicator that it names, else the last that there was."""
    if entry.named is None:
        return sql.fetch_one(connection, "items/select_item", id=entry.item_id)
    unit_code, indicator, system, _ = entry.named
    found = sql.fetch(connection, "items/select_named_items", unit_code=unit_code, indicator=indicator, scheme=system)
    among = [item for item in found if item["is_open"]] or found[:1]
    if len({item["scheme"] for item in among}) > 1:
        named = "、".join(sorted({item["scheme"] for item in among}))
        problems.append(
            f"{entry.place}：{unit_code} 的 {indicator} 在几个制度中都有（{named}），请加一列“制度”写明是哪一个。"
        )
        return None
    if not among:
        problems.append(f"{entry.place}：单位 {unit_code} 在指标 {indicator} 下没有整改事项，请核对单位编码和指标。")
        return None
    return among[0]


def _is_for(connection: Connection, sheet: Sheet, item: sql.Row, received_at: dt.datetime) -> bool:
    """Whether a sheet speaks for the item: its unit's own, or its office's. A code of our own does not begin with the street's."""
    unit_code = str(item["unit_code"])
    if not _CODE.fullmatch(sheet.code):
        return False
    if sheet.kind == "rectification":
        return unit_code == sheet.code
    unit = find_unit(connection, unit_code, in_zone(received_at).date())
    return office_code_of(item, unit.street_code) == sheet.code if unit else unit_code.startswith(sheet.code)


def _taken(connection: Connection, one: _Move, received_at: dt.datetime) -> Taken:
    unit = find_unit(connection, one.item["unit_code"], in_zone(received_at).date())
    name = unit.name if unit else one.item["unit_code"]
    state = rules().plan.taken.format(state=one.item["state"]) if one.is_plan else one.states[-1]
    return Taken(name, one.item["indicator"], one.item["problem"], state, one.reason)


def _checked(
    entry: Entry,
    item: sql.Row,
    past: list[sql.Row],
    problems: list[str],
    read: Callable[[Entry], tuple[list[str], str, str, list[str]]],
    received_at: dt.datetime,
) -> list[_Move]:
    """What a row does. Who typed a row with its day was there: the item need not have been answered before, and it happened on
    that day, in the order in which the item's history goes."""
    steps, actor, reason, wrong = read(entry)
    at = received_at
    if entry.named is not None:
        at = max(min(end_of(entry.named.on), received_at), *(event["happened_at"] for event in past))
        if steps and item["state"] in states().moves[ANSWERED].from_states:
            steps = [ANSWERED, *steps]
    if steps and steps[0] == "验收" and item["state"] == "验收":
        steps = steps[1:]
    elif steps and item["state"] not in states().moves[steps[0]].from_states:
        wrong.append(f"该事项现为“{item['state']}”，不能再办理")
    problems += [f"{entry.place}“{item['problem']}”：{text}。" for text in wrong]
    if wrong or not steps:
        return []
    return [_Move(item, [] if entry.is_plan else steps, actor, reason, at, is_plan=entry.is_plan)]


def _answered(entry: Entry, sender: str, received_at: dt.datetime) -> tuple[list[str], str, str, list[str]]:
    """States to go through, who, why, and what is wrong with the row."""
    texts = entry.texts
    wrong: list[str] = []
    if entry.is_plan:
        return [ANSWERED], sender, texts["plan"], wrong
    for key, missing, said in (
        ("done", "没有填整改情况，请写明做了什么", "nothing_done"),
        ("evidence", "没有填佐证材料，请写明材料名称", "evidence_is_none"),
    ):
        if not texts[key]:
            wrong.append(missing)
        elif is_no_answer(texts[key]):
            wrong.append(rules().problems[said].format(text=texts[key]).rstrip("。"))
    day = day_in(texts["done_on"])
    if day is None:
        wrong.append(
            f"完成日期“{texts['done_on']}”不是日期，请填如 2026-09-10" if texts["done_on"] else "没有填完成日期"
        )
    elif day > in_zone(received_at).date():
        wrong.append(f"完成日期 {chinese_date(day)} 还没有到，完成以后再反馈")
    reason = f"整改情况：{texts['done']}；完成日期：{chinese_date(day) if day else ''}；佐证材料：{texts['evidence']}"
    return [ANSWERED], sender, reason, wrong


def _verified(entry: Entry, sender: str, received_at: dt.datetime) -> tuple[list[str], str, str, list[str]]:
    """The same of the inspectors' row; of one that was typed with its day nobody's name and no reason is asked."""
    texts, wrong = entry.texts, []
    steps = _VERDICTS.get(texts["verdict"], [])
    if not steps:
        wrong.append(f"核验结论“{texts['verdict']}”不对，请选{'、'.join(_VERDICTS)}")
    said = f"核验结论：{texts['verdict']}"
    if entry.named is not None:
        if entry.named.on > in_zone(received_at).date():
            wrong.append(f"核验日期 {chinese_date(entry.named.on)} 还没有到，核验以后再报")
        said = f"{chinese_date(entry.named.on)}{said}"
    else:
        if is_no_answer(texts["inspector"]):
            wrong.append("没有填核验人，请写姓名")
        if texts["verdict"] == "退回" and is_no_answer(texts["remark"]):
            wrong.append("退回请在核验意见中写明原因")
    inspector = texts["inspector"] or INSPECTORS
    actor = f"{inspector}（{sender}）" if sender else inspector
    return steps, actor, texts["remark"] or said, wrong
