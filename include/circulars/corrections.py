"""What a 更正通报 says: what of a circular that was issued is different now, and of which document it speaks."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection

from include.circulars.model import deadline_of, running
from include.db import sql
from include.documents.model import Model
from include.items.deadlines import stored
from include.period import chinese_date

_PUBLISHED = ("total", "rank", "grade", "status")


def as_correction(connection: Connection, model: Model, issued: sql.Row) -> Model:
    """The model of a correction of `issued`, the last document of these results; without `changes` there is nothing to correct.

    Deadlines that run already go on. Every correction of one circular has a title of its own.
    """
    before: Model = json.loads(issued["model"])
    ran = {
        (item["unit_code"], item["indicator"]): running(deadline_of(item, issued["issue_date"]))
        for item in before["items"]
    } | {
        (row["unit_code"], row["indicator"]): running(stored(row))
        for row in sql.fetch(connection, "circulars/select_running", scheme=model["scheme"], period=model["period"])
    }
    earlier = before["corrects"]
    original = earlier.get("original_title", earlier["title"]) if earlier else before["title"]
    sequence = earlier.get("sequence", 1) + 1 if earlier else 1
    return {
        **model,
        "items": [{**item, **ran.get((item["unit_code"], item["indicator"]), {})} for item in model["items"]],
        "title": f"关于对《{original}》的{_ORDINALS.get(sequence, f'第{sequence}次')}更正通报",
        "changes": changes_between(before, model),
        "corrects": {
            "title": before["title"],
            "original_title": original,
            "sequence": sequence,
            "number": issued["document_number"],
            "date": chinese_date(issued["issue_date"]),
        },
    }


_ORDINALS = {1: "", **{number: f"第{digit}次" for number, digit in enumerate("二三四五六七八九十", 2)}}


def changes_between(old: Model, new: Model) -> list[Model]:
    """What a correction must say: units whose published total, rank, grade, status or problems differ, by code.

    Problems stand in the order of the scheme, as in the list of items.
    """
    before, after = ({row["unit_code"]: row for row in model["rows"]} for model in (old, new))
    problems = [_problems_by_unit(old), _problems_by_unit(new)]
    changes = []
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


def _problems_by_unit(model: Model) -> defaultdict[str, dict[str, Any]]:
    result: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for item in model["items"]:
        result[item["unit_code"]][item["problem"]] = item
    return result
