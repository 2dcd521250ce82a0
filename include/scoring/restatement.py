"""What a new revision says differently, and why: stored with it, never changed, and read from here by whoever shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from include.db import sql
from include.schemes.model import Scheme
from include.scoring.causes import (
    CORRECTION,
    EXTENSION,
    HAND_IN,
    Cause,
    causes_of,
    others_cause,
    rules_cause,
    sentences,
)
from include.scoring.difference import Difference, PointChange, ResultChange, difference, exact
from include.scoring.inputs import UnitInputs
from include.scoring.lines import LATE
from include.scoring.year import YearInputs


@dataclass(frozen=True)
class Restated:
    """One thing that moved, or (kind "cause") one thing that moved it. Empty texts where a side has none.

    kinds: cause, figure, points, problem, total, rank, grade, status; `moved` in points, for points and totals.
    `cause`: hand_in, correction, extension, review, registry, part, rules, others; `source`: the hand-in's SHA-256 or
    the decision's id; `why` a Chinese phrase with who and when.
    """

    unit_code: str
    kind: str
    field: str
    previous_id: str
    form: str
    label: str
    source_cell: str
    old: str
    new: str
    moved: Decimal | None
    cause: str
    source: str
    why: str


def restatement(connection: Connection, assessment_id: str) -> list[Restated]:
    """What a revision changed, unit by unit, causes first; empty for a first revision."""
    return [Restated(**{**row, "moved": exact(row["moved"])}) for row in restatement_rows(connection, assessment_id)]


def unit_inputs(connection: Connection, assessment_id: str) -> list[sql.Row]:
    """Of each unit of an assessment what its result was made of, as stored with it."""
    return sql.fetch(connection, "scoring/select_unit_inputs", assessment_id=assessment_id)


def restatement_rows(connection: Connection, assessment_id: str) -> list[sql.Row]:
    """The rows of `restatement` of an assessment, in the order in which they are said."""
    return sql.fetch(connection, "scoring/select_restatement", assessment_id=assessment_id)


def restate(
    connection: Connection,
    scheme: Scheme,
    previous_id: str,
    assessment_id: str,
    inputs: Sequence[UnitInputs | YearInputs],
) -> int:
    """Store what an assessment that has just been written changed; how many rows."""
    changed = difference(connection, previous_id, assessment_id)
    causes = _causes(connection, scheme, previous_id, assessment_id, inputs)
    rows: dict[tuple[str, str, str], sql.Row] = {}
    for row in _rows(scheme, changed, causes):
        key = (row["unit_code"], row["kind"], row["field"])
        rows[key] = {
            "assessment_id": assessment_id,
            "previous_id": previous_id,
            "position": len(rows) + 1,
            "form": "",
            "source_cell": "",
            "moved": None,
            **row,
        }
    sql.execute_many(connection, "scoring/insert_restatement", rows.values())
    return len(rows)


def _causes(
    connection: Connection,
    scheme: Scheme,
    previous_id: str,
    assessment_id: str,
    inputs: Sequence[UnitInputs | YearInputs],
) -> dict[str, list[Cause]]:
    """By unit; under "" what concerns the whole street."""
    before = {row["unit_code"]: row for row in unit_inputs(connection, previous_id)}
    now = {unit.unit.code: unit for unit in inputs}
    causes = {
        code: causes_of(scheme, before[code]["inputs"] if code in before else None, now.get(code))
        for code in sorted(before.keys() | now.keys())
    }
    old_version, new_version = (
        sql.fetch(connection, "scoring/select_assessment", assessment_id=one)[0]["scheme_version"]
        for one in (previous_id, assessment_id)
    )
    if old_version != new_version or not any(causes.values()):
        causes[""] = [rules_cause(old_version, new_version)]
    return {code: found for code, found in causes.items() if found}


def _rows(scheme: Scheme, changed: Difference, causes: dict[str, list[Cause]]) -> Iterator[sql.Row]:
    for code, found in causes.items():
        for cause in found:
            field = f"{cause.kind}/{cause.field}".rstrip("/")
            yield _row(code, "cause", field, cause.label, cause.old, cause.new, [cause])
    common = causes.get("", [])
    touched: dict[str, set[str]] = {}
    for figure in changed.figures:
        own = causes.get(figure.unit_code, [])
        form = scheme.cell[figure.field].form if figure.field in scheme.cell else ""
        why = _of_field(own, figure.field, form) or common
        touched.setdefault(figure.unit_code, set()).add(figure.field)
        row = _row(figure.unit_code, "figure", figure.field, figure.label, figure.old_figure, figure.new_figure, why)
        yield {**row, "form": form, "source_cell": figure.source_cell}
    for point in changed.points:
        own = causes.get(point.unit_code, [])
        yield from _point_rows(scheme, point, _of_indicator(scheme, point, own, touched) or common)
    for result in changed.results:
        own = causes.get(result.unit_code, []) + common
        yield from _result_rows(result, own or [others_cause()])


def _point_rows(scheme: Scheme, point: PointChange, why: list[Cause]) -> Iterator[sql.Row]:
    names = {indicator.code: indicator.name for indicator in scheme.indicators}
    label = f"{point.indicator} {names.get(point.indicator, '')}".rstrip()
    if (point.old_points, point.old_outcome) != (point.new_points, point.new_outcome):
        old = point.old_outcome if point.old_points is None else f"{point.old_points}"
        new = point.new_outcome if point.new_points is None else f"{point.new_points}"
        row = _row(point.unit_code, "points", point.indicator, label, old, new, why)
        yield {**row, "moved": f"{point.moved}"}
    if point.old_problem != point.new_problem:
        yield _row(point.unit_code, "problem", point.indicator, label, point.old_problem, point.new_problem, why)


def _result_rows(result: ResultChange, why: list[Cause]) -> Iterator[sql.Row]:
    labels = sentences()["labels"]
    for kind in ("total", "rank", "grade", "status"):
        old, new = getattr(result, f"old_{kind}"), getattr(result, f"new_{kind}")
        if old != new:
            row = _row(result.unit_code, kind, "", labels[kind], _shown(old), _shown(new), why)
            moved = f"{new - old}" if kind == "total" and None not in (old, new) else None
            yield {**row, "moved": moved}


def _row(unit_code: str, kind: str, field: str, label: str, old: str, new: str, why: list[Cause]) -> sql.Row:
    first = why[0] if why else rules_cause("", "")
    return {
        "unit_code": unit_code, "kind": kind, "field": field, "label": label, "old_text": old, "new_text": new,
        "cause": first.kind, "source": first.source, "why": "；".join(dict.fromkeys(one.why for one in why or [first])),
    }  # fmt: skip


def _of_field(causes: list[Cause], field: str, form: str) -> list[Cause]:
    """The correction of the field, else the new version of its form, else whatever else changed."""
    corrected = [cause for cause in causes if cause.kind == CORRECTION and cause.field == field]
    handed_in = [cause for cause in causes if cause.kind == HAND_IN and cause.field in (form, "")]
    return corrected or handed_in or [cause for cause in causes if cause.kind != CORRECTION]


def _of_indicator(scheme: Scheme, point: PointChange, causes: list[Cause], touched: dict[str, set[str]]) -> list[Cause]:
    """The causes of the figures that moved and that the indicator reads; of a line without figures, all."""
    if point.indicator == LATE:
        return [cause for cause in causes if cause.kind in (EXTENSION, HAND_IN)] or causes
    indicator = next((one for one in scheme.indicators if one.code == point.indicator), None)
    read = set(scheme.figures_of[indicator.code]) if indicator else set()
    moved = sorted(read & touched.get(point.unit_code, set()))
    found = [cause for field in moved for cause in _of_field(causes, field, scheme.cell[field].form)]
    return list(dict.fromkeys(found)) or causes


def _shown(value: Decimal | int | str | None) -> str:
    return "" if value is None else str(value)
