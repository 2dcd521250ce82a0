"""How an item of any kind goes from step to step: answered, passed on by itself, waiting, put right.

A step's last day is stored when it begins. A step that nobody answers ends on its last day, where its kind says so, and the
next one's time runs from that day. A row of 事项办理 whose step has not been reached waits for the step before.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.items.holders import Holder, holder_of
from include.items.matching import fits, follows, has_to_do_with, is_too_late
from include.items.states import move, record
from include.items.step_notices import tell_begun, tell_office
from include.items.whose import subject_of
from include.period import Period, add_working_days, calendar_is_known, chinese_date, in_zone, working_days_between
from include.registry.units import Unit
from include.schemes.item_kinds import CLOSED, RECTIFICATION, ItemKind, Outcome, Span, shared_kinds
from include.schemes.loader import find_scheme

_SYSTEM, _AT_WORK = "系统", "办理中"
PASSED, LOOKED_AT = "passed", "looked_at"  # events that only the daily round writes
_PLACED = (
    "id", "state", "is_open", "step", "step_due_date", "deadline", "is_provisional", "holder_scope", "holder", "cells",
)  # fmt: skip
_Known = tuple[sql.Row, list[sql.Row]]  # an item, and every step that it has gone through or stands at
_MOST_STEPS = 500  # a course without an end is a fault of the kind


def kind_of(scheme: str, opened_period: str, kind: str) -> ItemKind:
    """The kind of an item as its system had it in the period that found the item; of a system that is no more, the shared one.

    Raises UserError for a kind that nobody has.
    """
    system = find_scheme(scheme, Period.parse(opened_period))
    own = system.kinds_of_items.get(kind) if system else None
    found = own or shared_kinds().get(kind)
    if found is None:
        raise UserError(f"制度 {scheme} 没有“{kind}”这种事项：请在 system.yaml 的 item_kinds 中写明。")
    return found


def steps_of_rectification(scheme: str, opened_period: str) -> ItemKind | None:
    """The steps that an item of rectification has beside its states; None for what an earlier period found."""
    kind = kind_of(scheme, opened_period, RECTIFICATION)
    is_early = Period.parse(opened_period).start_date < Period.parse(kind.effective_from).start_date
    return None if is_early else kind


def begin(
    connection: Connection,
    item_id: str,
    step_name: str,
    began: dt.date,
    at: dt.datetime,
    *,
    due: dt.date | None = None,
    span: Span | None = None,
    holder: Holder | None = None,
    state: str = "",
    is_told: bool = True,
    known: _Known | None = None,
) -> sql.Row:
    """A step begins, its time from the end of `began`; its last day by its span (or `span`, or `due`) is stored.

    `known`: the item, where it was read just now. Gives it as it stands then.
    """
    item, runs = known or _read(connection, item_id)
    kind, cells, unit = _kind(item), cells_of(item), _unit(connection, item, began)
    step = kind.step(step_name)
    if step is None:
        raise UserError(f"{kind.name}没有“{step_name}”这个环节。")
    system = find_scheme(item["scheme"], Period.parse(item["opened_period"]))
    if kind.follows_states:  # the deadline is the item's own, and no step before it ends later
        cells["deadline"] = item["deadline"].isoformat()
        first = item["deadline"] if step is kind.first_step else None
        due = min(filter(None, [due, step.within.last_day(began, cells), first]))
    who = holder or holder_of(connection, step.by, cells, unit, system, began)
    last = due or (span or step.within).last_day(began, cells)
    if last is None:
        raise UserError(f"事项 {item['number'] or item['indicator']} 的“{step_name}”没有期限：缺少完成的日期。")
    last = last if kind.follows_states else max(last, began)
    is_provisional = any(not calendar_is_known(year) for year in range(began.year, last.year + 1))
    sql.execute(
        connection, "items/insert_step", item_id=item_id, sequence=len(runs) + 1, step=step_name, holder_scope=who.scope,
        holder=who.code, began_date=began, due_date=last, is_provisional=is_provisional, recorded_at=at,
    )  # fmt: skip
    if kind.follows_states:
        return place(connection, item, step=step_name, step_due_date=last, holder_scope=who.scope, holder=who.code)
    is_open = not step.counts_as_closed
    if is_open and not item["is_open"]:
        record(connection, item_id, "reopened", "", _SYSTEM, f"重新办理：{step_name}。", at)
    elif item["is_open"] and not is_open:
        record(connection, item_id, "closed", "", _SYSTEM, f"{step.state or kind.closed}。", at)
    now = place(
        connection, item, state=state or step.state or _AT_WORK, is_open=is_open, step=step_name, step_due_date=last,
        deadline=last if is_open else item["deadline"], is_provisional=is_provisional, holder_scope=who.scope, holder=who.code,
    )  # fmt: skip
    if step.notice and is_told:
        tell_begun(connection, step, now, cells, began, last, at)
    return now


def answer(
    connection: Connection,
    item_id: str,
    outcome_name: str,
    done: dt.date,
    actor: str,
    at: dt.datetime,
    *,
    filled: Mapping[str, str] | None = None,
    is_answered: bool = True,
    sha256: str | None = None,
    event: str = "ended",
    known: _Known | None = None,
) -> None:
    """The step at which an item stands ends with an outcome on a day, and the next one begins from that day. Raises UserError."""
    item, runs = known or _read(connection, item_id)
    run, kind, cells = _running(runs), _kind(item), cells_of(item)
    step = kind.step(run["step"]) if run else None
    if run is None or step is None:
        raise UserError(f"事项 {item['number']} 已经办结，没有要办理的环节。")
    outcome = step.outcomes.get(outcome_name)
    if outcome is None:
        raise UserError(f"“{step.step}”的结果可填{'、'.join(step.outcomes)}，不能填“{outcome_name}”。")
    cells |= {key: text for key, text in (filled or {}).items() if text} | outcome.sets
    if outcome.raises:
        cells[outcome.raises.column] = raised(outcome, cells)
    used = sum(one["step"] == step.step and one["outcome"] == outcome_name for one in runs)
    sql.execute(
        connection, "items/end_step", item_id=item_id, sequence=run["sequence"], ended_date=done, outcome=outcome_name,
        is_answered=is_answered, ended_at=at, sha256=sha256,
    )  # fmt: skip
    said = f"{step.step}：{outcome_name}（{chinese_date(done)}）"
    said += "" if is_answered else f"，到 {chinese_date(run['due_date'])} 没有报来结果"
    record(connection, item_id, event, "", actor, f"{said}。", at, sha256)
    sql.execute(connection, "items/set_cells", id=item_id, cells=dumped(cells))
    item = {**item, "cells": dumped(cells)}
    to = outcome.then if outcome.at_most and used >= outcome.at_most else outcome.to
    if to == CLOSED:
        _end(connection, item, outcome.state or kind.closed, actor, said, at, sha256)
        return
    if kind.follows_states and outcome.state:
        again = outcome.within.last_day(done, cells) if outcome.within else None
        move(connection, item_id, outcome.state, actor, said, at, sha256, deadline=again)
        return
    item = begin(connection, item_id, to, done, at, span=outcome.within, state=outcome.state, known=(item, runs))
    if outcome.waits:
        again = outcome.waits.last_day(done, cells)
        assert again is not None
        wait(connection, item_id, done, again, actor, said, at)
    if outcome.tells:
        tell_office(connection, outcome.tells, item, done, at)


def raised(outcome: Outcome, cells: Mapping[str, str]) -> str:
    """The level above the present one. Raises UserError at the highest."""
    assert outcome.raises is not None
    order, now = outcome.raises.order, cells.get(outcome.raises.column, "")
    place = order.index(now) + 1 if now in order else 1
    if place >= len(order):
        raise UserError(f"现在已是“{now}”一级，不能再上报。")
    return order[place]


def settle(connection: Connection, item_id: str, until: dt.date, at: dt.datetime, round_by: str = "") -> None:
    """Carry out what has been reported on an item, in the order of the days on which it was done, and pass on what nobody
    answered by `until` (its last day lies before). `round_by`: whose daily round it is, where it is one."""
    for _ in range(_MOST_STEPS):
        if not _settle_one(connection, item_id, until, at, round_by):
            return
    raise RuntimeError(f"item {item_id} comes to no end")


def _settle_one(connection: Connection, item_id: str, until: dt.date, at: dt.datetime, round_by: str) -> bool:
    item, runs = known = _read(connection, item_id)
    run, kind = _running(runs), _kind(item)
    step = kind.step(run["step"]) if run else None
    if run is None or step is None:
        return False
    numbers = [item["number"] or "", f"{item['unit_code']}-{item['number']}"]
    waiting = sql.fetch(connection, "items/select_reports", scheme=item["scheme"], any_number=numbers)
    own = next((one for one in waiting if fits(one, run, step, item)), None)
    if own is not None and not is_too_late(own, run, step):
        filled = json.loads(own["cells"])
        answer(
            connection, item_id, own["outcome"], own["done_date"], own["actor"], at, filled=filled, sha256=own["sha256"],
            known=known,
        )  # fmt: skip
        key = {name: own[name] for name in ("number", "step", "sha256", "row_number")}
        sql.execute(connection, "items/take_report", scheme=item["scheme"], item_id=item_id, **key)
        return True
    further = [
        one
        for one in waiting
        if one["step"] != run["step"]
        and one["done_date"] >= run["began_date"]
        and has_to_do_with(one, item, runs, partial(_would_hold, connection, item, kind, one))
    ]
    later = [one["done_date"] for one in further]
    if run["waits_since_date"] is not None:
        return False
    is_over = run["due_date"] < max([until, *later])
    passes = partial(
        answer, connection, item_id, actor=round_by or _SYSTEM, at=at, is_answered=False,
        event=PASSED if round_by else "ended", known=known,
    )  # fmt: skip
    if step.unanswered and is_over:
        passes(step.unanswered, run["due_date"])
        return True
    if step.presumed and any(
        follows(kind, step, one["step"]) and (is_over or one["filler_code"] == run["holder"]) for one in further
    ):  # another's sheet ends no step before its last day: that of who holds it may still be on its way
        passes(step.presumed, max(min([run["due_date"], *later]), run["began_date"]))
        return True
    return False


def _would_hold(connection: Connection, item: sql.Row, kind: ItemKind, report: sql.Row) -> str:
    """The code of who would take the step that a row reports."""
    step, on = kind.step(report["step"]), report["done_date"]
    if step is None:
        return ""
    system = find_scheme(item["scheme"], Period.parse(item["opened_period"]))
    return holder_of(connection, step.by, cells_of(item), _unit(connection, item, on), system, on).code


def wait(
    connection: Connection, item_id: str, since: dt.date, look_again: dt.date, actor: str, reason: str, at: dt.datetime,
    event: str = "waits",
) -> None:  # fmt: skip
    """The item waits for somebody else: its clock stands from a day on, and it is looked at again on another."""
    item, run = item_row(connection, item_id), current(connection, item_id)
    if run is None:
        raise UserError(f"事项 {item['number']} 已经办结，不能列为长期关注。")
    if look_again <= since:
        raise UserError(f"再看的日期 {chinese_date(look_again)} 应在 {chinese_date(since)} 以后。")
    first = run["waits_since_date"] or since
    set_clock(connection, item_id, run, waits_since_date=first, look_again_date=look_again)
    state = {} if _kind(item).follows_states else {"state": _kind(item).waiting}
    place(connection, item, step_due_date=look_again, **state)
    text = f"长期关注，{chinese_date(look_again)}再看：{reason}"
    record(connection, item_id, event, "", actor, text, at)


def resume(connection: Connection, item_id: str, on: dt.date, actor: str, reason: str, at: dt.datetime) -> dt.date:
    """The clock runs again: as many working days are left as were when it stopped; the new last day."""
    item, run = item_row(connection, item_id), current(connection, item_id)
    if run is None or run["waits_since_date"] is None:
        raise UserError(f"事项 {item['number']} 没有列为长期关注。")
    left = max(1, working_days_between(run["waits_since_date"], run["due_date"]))
    due = add_working_days(on, left)
    step = _kind(item).step(run["step"])
    set_clock(connection, item_id, run, due_date=due, waits_since_date=None, look_again_date=None)
    state = {} if _kind(item).follows_states else {"state": (step.state if step else "") or _AT_WORK}
    place(connection, item, step_due_date=due, deadline=due, **state)
    text = f"恢复办理，期限 {chinese_date(due)}：{reason}"
    record(connection, item_id, "resumed", "", actor, text, at, deadline=due)
    return due


def extend_step(connection: Connection, item_id: str, due: dt.date, actor: str, reason: str, at: dt.datetime) -> None:
    """延期: the step that is on gets a later last day. Raises UserError."""
    item, run = item_row(connection, item_id), current(connection, item_id)
    if run is None:
        raise UserError(f"事项 {item['number']} 已经办结，不能延期。")
    if run["waits_since_date"] is not None:
        raise UserError(f"事项 {item['number']} 已列为长期关注，期限暂停：请先恢复办理。")
    if due <= run["due_date"]:
        raise UserError(f"新的期限应晚于现在的期限 {chinese_date(run['due_date'])}。")
    set_clock(connection, item_id, run, due_date=due)
    place(connection, item, step_due_date=due, deadline=due)
    text = f"“{run['step']}”期限由{chinese_date(run['due_date'])}延至{chinese_date(due)}：{reason}"
    record(connection, item_id, "extended", "", actor, text, at, deadline=due)


def redirect(
    connection: Connection,
    item_id: str,
    step: str,
    holder: Holder | None,
    on: dt.date,
    actor: str,
    reason: str,
    at: dt.datetime,
) -> None:
    """转办: the item goes to another step or another's hands, as what was passed on by mistake; the step's time runs anew."""
    item, run = item_row(connection, item_id), current(connection, item_id)
    if _kind(item).step(step) is None:
        names = "、".join(one.step for one in _kind(item).steps)
        raise UserError(f"{_kind(item).name}没有“{step}”这个环节：可填{names}。")
    if run is not None:
        sql.execute(
            connection, "items/end_step", item_id=item_id, sequence=run["sequence"], ended_date=on, outcome="转办",
            is_answered=False, ended_at=at, sha256=None,
        )  # fmt: skip
    record(connection, item_id, "redirected", "", actor, f"转到“{step}”：{reason}", at)
    begin(connection, item_id, step, on, at, holder=holder)


def close(
    connection: Connection,
    item_id: str,
    reason: str,
    at: dt.datetime,
    *,
    actor: str = _SYSTEM,
    sha256: str | None = None,
) -> None:
    """End an item where it stands (its cause is gone: a standard met, a row withdrawn); of one that has ended nothing changes."""
    item, run = item_row(connection, item_id), current(connection, item_id)
    if run is None and not item["is_open"]:
        return
    if run is not None:
        sql.execute(
            connection, "items/end_step", item_id=item_id, sequence=run["sequence"],
            ended_date=max(run["began_date"], in_zone(at).date()), outcome=CLOSED, is_answered=True, ended_at=at, sha256=sha256,
        )  # fmt: skip
    _end(connection, item, _kind(item).closed, actor, reason, at, sha256)


def _end(
    connection: Connection, item: sql.Row, state: str, actor: str, reason: str, at: dt.datetime, sha256: str | None
) -> None:
    if item["is_open"]:
        record(connection, item["id"], "closed", "", actor, reason, at, sha256)
        final = state
    else:
        final = item["state"]  # it was closed before its last step, and stays so
    place(connection, item, state=final, is_open=False, step=None, step_due_date=None, holder_scope=None, holder=None)


def current(connection: Connection, item_id: str) -> sql.Row | None:
    """The step that is on; None where the item has ended."""
    return _running(sql.fetch(connection, "items/select_steps", item_id=item_id))


def _running(runs: list[sql.Row]) -> sql.Row | None:
    return runs[-1] if runs and runs[-1]["ended_date"] is None else None


def _read(connection: Connection, item_id: str) -> _Known:
    return item_row(connection, item_id), sql.fetch(connection, "items/select_steps", item_id=item_id)


def item_row(connection: Connection, item_id: str) -> sql.Row:
    """The item, which nobody else moves before this transaction ends. Raises UserError where there is none."""
    sql.fetch(connection, "items/lock_item", id=item_id)
    item = sql.fetch_one(connection, "items/select_kind_item", id=item_id)
    if item is None:
        raise UserError(f"没有编号为 {item_id} 的事项。")
    return item


def cells_of(item: sql.Row) -> dict[str, str]:
    """What its row and its steps say of an item, by column."""
    return dict(json.loads(item["cells"] or "{}"))


def dumped(cells: Mapping[str, str]) -> str:
    return json.dumps(dict(cells), ensure_ascii=False, sort_keys=True)


def _kind(item: sql.Row) -> ItemKind:
    return kind_of(item["scheme"], item["opened_period"], item["kind"])


def _unit(connection: Connection, item: sql.Row, on: dt.date) -> Unit:
    """The subject of an item; one that has left the register as the period that found the item knew it."""
    day = Period.parse(item["opened_period"]).end_date
    unit = subject_of(connection, item["unit_code"], on) or subject_of(connection, item["unit_code"], day)
    if unit is None:
        raise UserError(f"登记册中没有编码为 {item['unit_code']} 的对象：请先补登记册。")
    return unit


def set_clock(connection: Connection, item_id: str, run: sql.Row, **changed: Any) -> None:
    """Another last day of the step that is on, or its clock stopped or let run."""
    names = ("due_date", "is_provisional", "waits_since_date", "look_again_date")
    clock = {name: changed.get(name, run[name]) for name in names}
    sql.execute(connection, "items/set_clock", item_id=item_id, sequence=run["sequence"], **clock)


def place(connection: Connection, item: sql.Row, **changed: Any) -> sql.Row:
    """Where an item, as it was read in this transaction, stands now; the item as it is then."""
    now = {**item, **changed}
    sql.execute(connection, "items/place_item", **{name: now[name] for name in _PLACED})
    return now
