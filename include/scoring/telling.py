"""A restatement in Chinese lines, for the mail to ops, run logs and pages: which unit, from what to what, by whom and why."""

from __future__ import annotations

import datetime as dt
import logging
from itertools import groupby

from sqlalchemy import Connection

from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OpsAlert
from include.registry.offices import office_on
from include.schemes.model import Scheme
from include.scoring.assess import Assessment
from include.scoring.causes import sentences
from include.scoring.lines import LATE
from include.scoring.restatement import Restated, restatement, unit_inputs

_MOST_LINES = 200
_MOST_MAILED = 10
_RESULTS = ("total", "rank", "grade", "status")
_DETAILS = ("points", "problem", "figure")  # what matters more comes first in a mail
_Weight = tuple[int, float]  # the smaller, the more a line matters
_log = logging.getLogger(__name__)


def tell_restatement(
    connection: Connection, scheme: Scheme, street_code: str, assessment: Assessment, at: dt.datetime
) -> None:
    """One notice to ops, and the run's log: what a new revision changed, unit by unit, and why."""
    if not assessment.is_new or assessment.revision == 1:
        return
    _log.info("%s\n%s", assessment.id, "\n".join(restatement_lines(connection, assessment.id)))
    office = office_on(connection, street_code, scheme.period.end_date)
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=assessment.id,
            office=office,
            revision=assessment.revision,
            scheme=scheme.scheme,
            period=str(scheme.period),
            due_at=at,
            words=OpsAlert(
                {
                    "title": f"{office.street}{scheme.period.name}考评结果有变动（第 {assessment.revision} 稿）",
                    "lines": mailed_lines(connection, assessment.id),
                    "is_for_information": True,
                }
            ),
        ),
    )


def restatement_lines(connection: Connection, assessment_id: str) -> list[str]:
    """What a revision changed: a line a unit with its result and the causes, then one a figure, indicator and problem.

    A unit that had no result before has one line that counts what came. Units whose rank moved only because others did
    come in the same form. At most 200 lines, the last one saying how many are left out; empty for a first revision.
    """
    lines = [line for _, line in _weighed(connection, assessment_id)]
    if len(lines) > _MOST_LINES:
        more = sentences()["told"]["more"].format(count=len(lines) - _MOST_LINES + 1)
        lines = [*lines[: _MOST_LINES - 1], more]
    return lines


def mailed_lines(connection: Connection, assessment_id: str) -> list[str]:
    """The ten of these lines that matter most: results, the largest change first, then points, problems and figures; and how
    many more there are, and where."""
    weighed = sorted(_weighed(connection, assessment_id), key=lambda one: one[0])  # keeps the order among equals
    lines = [line for _, line in weighed[:_MOST_MAILED]]
    left = len(weighed) - len(lines)
    return [*lines, sentences()["told"]["more_by_mail"].format(count=left)] if left else lines


def _weighed(connection: Connection, assessment_id: str) -> list[tuple[_Weight, str]]:
    names = {row["unit_code"]: row["unit_name"] for row in unit_inputs(connection, assessment_id)}
    lines: list[tuple[_Weight, str]] = []
    for code, group in groupby(restatement(connection, assessment_id), key=lambda row: row.unit_code):
        lines += _unit_lines(code, names.get(code, ""), list(group))
    return lines


def _unit_lines(code: str, name: str, rows: list[Restated]) -> list[tuple[_Weight, str]]:
    words = sentences()["told"]
    causes = [row for row in rows if row.kind == "cause"]
    results = [row for row in rows if row.kind in _RESULTS]
    details = [row for row in rows if row.kind in _DETAILS]
    moved = "，".join(_moved(row) for row in results) or words["same_result"]
    why = "；".join(dict.fromkeys(row.why for row in causes or results))
    who = words["unit"].format(name=name, code=code) if code else words["street"]
    total = next((row for row in results if row.kind == "total"), None)
    is_first = total is not None and not total.old
    if is_first and details:
        figures = sum(row.kind == "figure" for row in details)
        moved += words["first"].format(figures=figures, points=sum(row.kind == "points" for row in details))
    lines: list[tuple[_Weight, str]] = []
    if code or causes:
        lines = [(_weight(code, results, total), words["line"].format(who=who, moved=moved, why=why))]
    if is_first:
        return lines
    return lines + [
        (
            (3 + _DETAILS.index(row.kind), 0.0),
            words[row.kind].format(
                who=name, moved=_moved(row), place=f"（{row.source_cell}）" if row.source_cell else ""
            ),
        )
        for row in details
    ]


def _weight(code: str, results: list[Restated], total: Restated | None) -> _Weight:
    """What concerns the whole street first, then units whose result changed, then those that only moved in rank."""
    if not code:
        return 0, 0.0
    if all(row.kind == "rank" for row in results):
        return 2, 0.0
    moved = total.moved if total is not None and total.moved is not None else None
    return 1, -abs(float(moved)) if moved is not None else float("-inf") if total is not None else 0.0


def _moved(row: Restated) -> str:
    """From what to what. An answer that was not given is not the answer 无."""
    words = sentences()["told"]
    nothing = words["not_given" if row.kind == "figure" else "none"]
    label = words["late"] if row.field == LATE and row.kind in ("points", "problem") else row.label
    return f"{label} {row.old or nothing} → {row.new or nothing}"
