"""Rows of 事项办理: which step of which item was done when and with what result; judged, kept, and carried out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.items.holders import reached
from include.items.proposals import is_beyond_offer
from include.items.stepping import cells_of, current, dumped, item_row, kind_of, raised, settle
from include.period import chinese_date, now
from include.schemes.item_kinds import ItemKind, Step
from include.schemes.model import Scheme


@dataclass(frozen=True)
class Report:
    """One row. `cells` are what the step fills in, by column key; `row` is its number in the sheet."""

    row: int
    number: str
    step: str
    done_date: dt.date
    outcome: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Misfit:
    """What is wrong with a row, and at which of its columns: number, step, outcome or the key of one that is filled in."""

    row: int
    column: str
    severity: Literal["fail", "warn"]
    problem: str


def check_reports(connection: Connection, system: Scheme, filler: str, rows: Sequence[Report]) -> list[Misfit]:
    """What is wrong with rows handed in by a subject or an office, all at once; a row whose item or step is still to come
    is only warned about."""
    found: list[Misfit] = []
    for row in rows:
        found += _check(connection, system, filler, row, rows)
    return found


def _check(connection: Connection, system: Scheme, filler: str, row: Report, rows: Sequence[Report]) -> list[Misfit]:
    items = _items_of(connection, system, filler, row)
    kinds = system.kinds_of_items
    meant = [kinds[one["kind"]] for one in items if one["kind"] in kinds] or list(kinds.values())
    known = {step.step: (kind, step) for kind in meant for step in kind.steps}
    if row.step not in known:
        return [Misfit(row.row, "step", "fail", f"没有“{row.step}”这个环节：可填{'、'.join(known)}")]
    if not items:
        text = f"还没有编号为“{row.number}”的事项：先记下，登记以后自动生效；请核对编号"
        return [*_outcome_problems(*known[row.step], row, {}), Misfit(row.row, "number", "warn", text)]
    if len(items) > 1:
        named = "、".join(f"{one['unit_code']}-{one['number']}" for one in items)
        return [Misfit(row.row, "number", "fail", f"编号为“{row.number}”的事项有几个：请写成{named}这样的")]
    item = item_row(connection, items[0]["id"])
    kind = kind_of(item["scheme"], item["opened_period"], item["kind"])
    step = kind.step(row.step)
    if step is None:
        return [Misfit(row.row, "step", "fail", f"事项“{row.number}”没有“{row.step}”这个环节")]
    return (
        _outcome_problems(kind, step, row, cells_of(item))
        or _holder_problems(connection, item, filler, row, rows)
        or _offer_problems(connection, kind, item, filler, row)
    )


def _offer_problems(connection: Connection, kind: ItemKind, item: sql.Row, filler: str, row: Report) -> list[Misfit]:
    """Who takes more on than was offered for the year is asked whether that is meant."""
    proposals = [
        one.proposes for one in kind.steps if one.proposes and row.outcome in one.proposes.taken.get(row.step, [])
    ]
    if item["step"] != row.step or not proposals:
        return []
    if not is_beyond_offer(connection, proposals[0], item, cells_of(item), filler, row.done_date, now()):
        return []
    text = f"事项“{row.number}”：本单位登记的本年可承接次数已经用完，多接的请核对资源清单"
    return [Misfit(row.row, "outcome", "warn", text)]


def _outcome_problems(kind: ItemKind, step: Step, row: Report, cells: Mapping[str, str]) -> list[Misfit]:
    outcome = step.outcomes.get(row.outcome)
    offered = [name for name in step.outcomes if name != step.unanswered or name == step.presumed]
    if outcome is None:
        return [Misfit(row.row, "outcome", "fail", f"“{row.step}”的结果可填{'、'.join(offered)}")]
    missing = [key for key in outcome.needs if not row.cells.get(key)]
    found = [Misfit(row.row, key, "fail", f"结果填“{row.outcome}”的，这一格必须填") for key in missing]
    if outcome.raises and cells:
        try:
            raised(outcome, cells)
        except UserError as error:
            found.append(Misfit(row.row, "outcome", "fail", error.problems[0].rstrip("。")))
    following = kind.step(outcome.to)
    until = row.cells.get(following.within.until) if following else None
    if following and following.latest and until:
        furthest = following.latest.last_day(row.done_date, {})
        if furthest is not None and dt.date.fromisoformat(until) > furthest:
            text = f"“{following.step}”最迟到 {chinese_date(furthest)}"
            found.append(Misfit(row.row, following.within.until, "fail", text))
    return found


def _holder_problems(
    connection: Connection, item: sql.Row, filler: str, row: Report, rows: Sequence[Report]
) -> list[Misfit]:
    run = current(connection, item["id"])
    is_done = any(
        one["step"] == row.step and one["outcome"] == row.outcome and one["ended_date"] == row.done_date
        for one in sql.fetch(connection, "items/select_steps", item_id=item["id"])
    )
    if is_done:
        return []
    if run is None:
        return [Misfit(row.row, "number", "fail", f"事项“{row.number}”已经办结；要更正的，请街道经办人员办理“转办”")]
    if run["step"] == row.step and run["holder"] != filler:
        name = reached(connection, run["holder_scope"], run["holder"], row.done_date).name
        return [Misfit(row.row, "step", "fail", f"事项“{row.number}”的“{row.step}”由 {run['holder']} {name} 办理")]
    if run["step"] == row.step or any(one.number == row.number and one.step == run["step"] for one in rows):
        return []
    past = [one["step"] for one in sql.fetch(connection, "items/select_steps", item_id=item["id"])]
    if row.step in past and not _is_ahead(item, run["step"], row.step):
        text = f"事项“{row.number}”的“{row.step}”已经过了，现在是“{run['step']}”；要更正的，请街道经办人员办理“转办”"
        return [Misfit(row.row, "step", "fail", text)]
    return [Misfit(row.row, "step", "warn", f"事项“{row.number}”还在“{run['step']}”：先记下，报来以后自动生效")]


def _is_ahead(item: sql.Row, now: str, name: str) -> bool:
    """Whether a step stands further down in the kind's list than the present one."""
    names = [one.step for one in kind_of(item["scheme"], item["opened_period"], item["kind"]).steps]
    return names.index(name) > names.index(now)


def _items_of(connection: Connection, system: Scheme, filler: str, row: Report) -> list[sql.Row]:
    """The items that a row may mean: of those with the number those of the filler, else those that it has to do with."""
    found = sql.fetch(connection, "items/select_numbered", scheme=system.scheme, number=row.number)
    own = [one for one in found if one["unit_code"] == filler]
    held = [one for one in found if one["holder"] == filler]
    among = own or held or found
    open_ones = [one for one in among if one["step"] is not None] or among[:1]
    units = {one["unit_code"] for one in open_ones}
    return open_ones if len(units) > 1 else open_ones[:1]


def take_reports(
    connection: Connection,
    system: Scheme,
    filler: str,
    rows: Sequence[Report],
    sha256: str,
    actor: str,
    received_at: dt.datetime,
) -> None:
    """Keep rows that were found sound, and carry out what of them has its turn. The same file again changes nothing."""
    for row in rows:
        named = {"scheme": system.scheme, "number": row.number, "step": row.step, "sha256": sha256}
        sql.execute(connection, "items/replace_report", **named, filler_code=filler, done_date=row.done_date)
        sql.execute(
            connection, "items/insert_report", scheme=system.scheme, number=row.number, step=row.step, sha256=sha256,
            row_number=row.row, filler_code=filler, done_date=row.done_date, outcome=row.outcome,
            cells=dumped({key: text for key, text in row.cells.items() if text}), actor=actor, received_at=received_at,
        )  # fmt: skip
    for number in dict.fromkeys(row.number for row in rows):
        for item in sql.fetch(connection, "items/select_numbered", scheme=system.scheme, number=number):
            settle(connection, item["id"], dt.date.min, received_at)
