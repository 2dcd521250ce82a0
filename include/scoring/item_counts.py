"""How many items of a system are of a kind, were found in a period, stand open, went through a step and were done on time."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from include.db import sql
from include.period import Period, in_zone
from include.schemes.inputs import Source, period_of
from include.schemes.item_kinds import ItemKind
from include.schemes.loader import find_scheme

Course = list[sql.Row]
"""The steps of one item, in order."""


def courses_of(connection: Connection, source: Source, as_of: dt.datetime, codes: Sequence[str]) -> list[Course]:
    """What the items of a source's system and kind that are those subjects' or were held by them went through, as known at a
    moment."""
    rows = sql.fetch(
        connection,
        "scoring/select_item_courses",
        any_code=codes,
        scheme=source.items,
        kind=source.kind_of_item or "",
        as_of_at=as_of,
    )
    courses: dict[str, Course] = defaultdict(list)
    for row in rows:
        courses[row["item_id"]].append(row)
    return list(courses.values())


def counted(courses: Sequence[Course], source: Source, period: Period, as_of: dt.datetime) -> Counter[str]:
    """By subject (`whose`: the unit's, or of who held the step), as known at a moment."""
    kind_of = functools.cache(_kind)
    wanted = period_of(source.opened_in, period) if source.opened_in else None
    today = in_zone(as_of).date()
    found: Counter[str] = Counter()
    for course in courses:
        first = course[0]
        kind = kind_of(source.items, first["opened_period"], first["kind"])
        if wanted is not None and not _was_opened_in(first, wanted):
            continue
        if kind is None or not _stands(source, kind, course, today) or not _went(source, course):
            continue
        for run in _counted_runs(source, kind, course):
            found[run["holder"] if source.whose == "holder" else run["unit_code"]] += 1
    return found


def _kind(system: str, opened_period: str, kind: str) -> ItemKind | None:
    scheme = find_scheme(system, Period.parse(opened_period))
    return scheme.kinds_of_items.get(kind) if scheme else None


def _was_opened_in(first: sql.Row, wanted: Period) -> bool:
    """By the period of the sheet that it came in; of a longer one by the day."""
    own = Period.parse(first["opened_period"])
    if own.months > wanted.months:
        return bool(wanted.start_date <= first["opened_date"] <= wanted.end_date)
    return wanted.start_date <= own.start_date and own.end_date <= wanted.end_date


def _stands(source: Source, kind: ItemKind, course: Course, today: dt.date) -> bool:
    last = course[-1]
    if source.at and (last["ended_date"] is not None or last["step"] not in source.at):
        return False
    step = kind.step(last["step"])
    is_open = last["ended_date"] is None and not (step is not None and step.counts_as_closed)
    if source.state == "open":
        return is_open
    if source.state == "closed":
        return not is_open
    if source.state == "waiting":
        return is_open and last["waits_since_date"] is not None
    is_overdue = is_open and last["waits_since_date"] is None and bool(last["due_date"] < today)
    if source.state in ("overdue", "due"):
        return is_overdue or (source.state == "due" and not is_open)
    return True


def _went(source: Source, course: Course) -> bool:
    """Whether it has come to what `has` names and to nothing that `lacks` does; a step without results: to any answer."""
    if source.has_any and not any(_came_to(course, *one) for one in source.has_any.items()):
        return False
    return all(_came_to(course, *one) for one in source.has.items()) and not any(
        _came_to(course, *one) for one in source.lacks.items()
    )


def _came_to(course: Course, step: str, outcomes: list[str]) -> bool:
    ended = [run for run in course if run["step"] == step and run["ended_date"] is not None]
    if not outcomes:
        return any(run["is_answered"] for run in ended)
    return any(run["outcome"] in outcomes for run in ended)


def _counted_runs(source: Source, kind: ItemKind, course: Course) -> Course:
    """What is counted of an item: itself, once, or each time that it went through the step."""
    if source.runs:
        runs = [run for run in course if run["step"] == source.runs]
        runs = [run for run in runs if not source.came_to or run["outcome"] in source.came_to]
        return [run for run in runs if not source.on_time or _is_on_time(run)]
    timed = [run for run in course if (step := kind.step(run["step"])) is not None and step.on_time]
    held = timed[-1:] or course[:1]
    if source.on_time and not (timed and _is_on_time(timed[-1])):
        return []
    return held


def _is_on_time(run: sql.Row) -> bool:
    return bool(run["ended_date"] is not None and run["is_answered"] and run["ended_date"] <= run["due_date"])
