"""A restatement in Chinese lines, for the mail to ops, run logs and pages: which unit, from what to what, by whom and why."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import Connection

from include.db.sql import fetch
from include.scoring.causes import sentences
from include.scoring.restatement import Restated, restatement

_MOST_LINES = 200
_RESULTS = ("total", "rank", "grade", "status")


def restatement_lines(connection: Connection, assessment_id: str) -> list[str]:
    """What a revision changed: a line a unit with its result and the causes, then one a figure, indicator and problem.

    Units whose rank moved only because others did come in the same form. At most 200 lines, the last one saying how
    many are left out; empty for a first revision.
    """
    names = {
        row["unit_code"]: row["unit_name"]
        for row in fetch(connection, "scoring/select_unit_inputs", assessment_id=assessment_id)
    }
    lines: list[str] = []
    for code, group in groupby(restatement(connection, assessment_id), key=lambda row: row.unit_code):
        lines += _unit_lines(code, names.get(code, ""), list(group))
    words = sentences()["told"]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], words["more"].format(count=len(lines) - _MOST_LINES + 1)]
    return lines


def _unit_lines(code: str, name: str, rows: list[Restated]) -> list[str]:
    words = sentences()["told"]
    causes = [row for row in rows if row.kind == "cause"]
    results = [row for row in rows if row.kind in _RESULTS]
    moved = "，".join(_moved(row) for row in results) or words["same_result"]
    why = "；".join(dict.fromkeys(row.why for row in causes or results))
    who = words["unit"].format(name=name, code=code) if code else words["street"]
    lines = [words["line"].format(who=who, moved=moved, why=why)] if code or causes else []
    return lines + [
        words[row.kind].format(who=name, moved=_moved(row), place=f"（{row.source_cell}）" if row.source_cell else "")
        for row in rows
        if row.kind in ("figure", "points", "problem")
    ]


def _moved(row: Restated) -> str:
    words = sentences()["told"]
    return f"{row.label} {row.old or words['none']} → {row.new or words['none']}"
