"""What a 更正通报 says: what of a circular that was issued is different now, and of which document it speaks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.circulars.circular import Change, Circular, Item, Running
from include.circulars.lists import rows_of
from include.circulars.model import deadline_of, running
from include.db import sql
from include.items.deadlines import stored
from include.period import chinese_date

_PUBLISHED = ("total", "rank", "grade", "status")


def as_correction(connection: Connection, model: Circular, issued: sql.Row) -> Circular:
    """The model of a correction of `issued`, the last document of these results; without `changes` there is nothing to correct.

    Deadlines that run already go on. Every correction of one circular has a title of its own.
    """
    before: Circular = json.loads(issued["model"])
    ran: dict[tuple[str, str], Running] = {
        (item["unit_code"], item["indicator"]): running(deadline_of(item, issued["issue_date"]))
        for item in before["items"]
    } | {
        (row["unit_code"], row["indicator"]): running(stored(row))
        for row in sql.fetch(connection, "circulars/select_running", scheme=model["scheme"], period=model["period"])
    }
    earlier = before["corrects"]
    original = earlier.get("original_title", earlier["title"]) if earlier else before["title"]
    sequence = earlier.get("sequence", 1) + 1 if earlier else 1
    corrected = model.copy()
    corrected["items"] = [_as_it_runs(item, ran.get((item["unit_code"], item["indicator"]))) for item in model["items"]]
    corrected["title"] = f"关于对《{original}》的{_ORDINALS.get(sequence, f'第{sequence}次')}更正通报"
    corrected["changes"] = changes_between(before, model)
    corrected["corrects"] = {
        "title": before["title"],
        "original_title": original,
        "sequence": sequence,
        "number": issued["document_number"],
        "date": chinese_date(issued["issue_date"]),
    }
    return corrected


def _as_it_runs(item: Item, ran: Running | None) -> Item:
    """The item with the deadline that it had before, where it had one."""
    if ran is None:
        return item
    known = item.copy()
    known["deadline_date"] = ran["deadline_date"]
    if "is_provisional" in ran:
        known["is_provisional"] = ran["is_provisional"]
    return known


_ORDINALS = {1: "", **{number: f"第{digit}次" for number, digit in enumerate("二三四五六七八九十", 2)}}


def changes_between(old: Circular, new: Circular) -> list[Change]:
    """What a correction must say: units whose published total, rank, grade, status or problems differ, by code.

    Problems stand in the order of the scheme, as in the list of items.
    """
    before, after = (_rows(model) for model in (old, new))
    problems = [_problems_by_unit(old), _problems_by_unit(new)]
    changes: list[Change] = []
    for code in sorted(before.keys() | after.keys()):
        left, right = before.get(code, {}), after.get(code, {})
        fields = [key for key in _PUBLISHED if left.get(key) != right.get(key)]
        gone = [problem for problem in problems[0][code] if problem not in problems[1][code]]
        come = [problem for problem in problems[1][code] if problem not in problems[0][code]]
        if fields or gone or come:
            changes.append(
                {
                    "unit_code": code,
                    "unit": (right or left)["unit"],
                    "before": {key: left.get(key) for key in _PUBLISHED},
                    "after": {key: right.get(key) for key in _PUBLISHED},
                    "is_rank_only": fields == ["rank"] and not gone and not come,
                    "problems_gone": gone,
                    "problems_come": come,
                }
            )
    return changes


def _rows(model: Circular) -> dict[str, Mapping[str, Any]]:
    return {row["unit_code"]: row for row in rows_of(model)}


def _problems_by_unit(model: Circular) -> defaultdict[str, dict[str, Item]]:
    result: defaultdict[str, dict[str, Item]] = defaultdict(dict)
    for item in model["items"]:
        result[item["unit_code"]][item["problem"]] = item
    return result
