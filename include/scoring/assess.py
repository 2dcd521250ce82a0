"""Score a street's period as of a moment, once for each set of inputs (design invariant 3)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from include.bulk import in_bulk
from include.data_files import looking_once
from include.db import sql
from include.db.run_log import log_run
from include.errors import UserError
from include.keys import AssessmentKey
from include.period import now
from include.schemes.model import Scheme
from include.scoring.figures import Figures
from include.scoring.input_hash import RECIPE, canonical, input_hash, repeated
from include.scoring.inputs import MISSING, UnitInputs, gather, scope_of
from include.scoring.lines import Line, UnitScore, missing_line, missing_sheet_line
from include.scoring.own_figures import own_figures
from include.scoring.restatement import restate
from include.scoring.scores import Reported, score_units, unscored
from include.scoring.sources import Known, as_figures, given_to
from include.scoring.year import YearInputs, gather_year, score_years
from include.subject_kinds import subject_kinds


@dataclass(frozen=True)
class Assessment:
    """One scoring of one street's period. `is_new` is false where the same inputs stand already."""

    id: str
    revision: int
    is_new: bool


@dataclass(frozen=True)
class Result:
    """A unit with its figures (none where it is not scored, and for a year) and its score."""

    inputs: UnitInputs | YearInputs
    values: list[sql.Row]
    score: UnitScore


def assess(
    connection: Connection,
    scheme: Scheme,
    street_code: str,
    as_of: dt.datetime,
    run_id: str = "",
    recorded: int = 0,
) -> Assessment:
    """Score every unit of the street in the caller's transaction; the inputs that stand already write only a run_log row.

    A unit is scored by the latest version of each form accepted within the window and by `as_of`, with the
    inspectors' corrections in place; others get S0 alone. A year is made of its halves (year.py). From the second
    revision on, what moved and why is kept beside it (restatement.py). A rebuild makes the `recorded` revision again also
    where an older recipe of the hash told it from the one before. Raises UserError for a street without units,
    and for figures that cannot be scored, all at once.
    """
    with in_bulk(), looking_once():
        return _assess(connection, scheme, street_code, as_of, run_id, recorded)


def _assess(
    connection: Connection, scheme: Scheme, street_code: str, as_of: dt.datetime, run_id: str, recorded: int
) -> Assessment:
    inputs = gather_inputs(connection, scheme, street_code, as_of)
    if not inputs:
        raise UserError(
            f"单位名册中没有街道 {street_code} 在{scheme.period.name}末的单位：请先导入名册，或核对街道编码。"
        )
    key = {"scheme": scheme.scheme, "period": str(scheme.period), "street_code": street_code}
    deciding = [canonical(one.deciding) for one in inputs]
    known, digest = _find_revision(connection, key, input_hash(scheme, inputs, deciding), as_of, recorded)
    if known:
        _log(connection, run_id, key, "nothing_new", known["revision"], inputs)
        return Assessment(known["id"], known["revision"], False)
    results = score_all(connection, scheme, scope_of(scheme, street_code, as_of), inputs)
    revision = sql.fetch(connection, "scoring/select_newest_revision", **key)[0]["revision"] + 1
    assessment_id = str(AssessmentKey(**key, revision=revision))
    sql.execute(
        connection,
        "scoring/insert_assessment",
        **key,
        id=assessment_id,
        scheme_version=scheme.version,
        revision=revision,
        input_hash=digest,
        hash_recipe=RECIPE,
        is_official=not scheme.is_checkpoint,
        assessed_at=now(),
    )
    _write(connection, scheme, assessment_id, results, deciding)
    if revision > 1:
        previous_id = str(AssessmentKey(**key, revision=revision - 1))
        restate(connection, scheme, previous_id, assessment_id, inputs)
    _log(connection, run_id, key, "done", revision, inputs)
    return Assessment(assessment_id, revision, True)


def gather_inputs(
    connection: Connection, scheme: Scheme, street_code: str, as_of: dt.datetime
) -> list[UnitInputs] | list[YearInputs]:
    """The inputs of every unit of the street, with what it is given from elsewhere; a year is made of its halves."""
    gathered = gather_year if scheme.parts else gather
    inputs = gathered(connection, scheme, street_code, as_of)
    groups = {one.unit.code: one.group for one in inputs}
    subjects = [one for one in inputs if not (isinstance(one, UnitInputs) and one.is_of_totals)]
    given = given_to(connection, scheme, street_code, as_of, [one.unit for one in subjects], groups)
    for one in inputs:
        one.given.update(given.get(one.unit.code, {}))
    own = own_figures(
        connection,
        scheme,
        scope_of(scheme, street_code, as_of),
        [one for one in subjects if isinstance(one, UnitInputs)],
    )
    for one in inputs:
        one.given.update(own.get(one.unit.code, {}))
    return inputs


def _find_revision(
    connection: Connection, key: dict[str, str], digest: str, as_of: dt.datetime, recorded: int
) -> tuple[sql.Row | None, str]:
    """The revision that these inputs made, if it stands or is younger than the moment, and the hash that they go under.

    Where another revision came after it, the inputs are what they were once more (a change was taken back, a register
    mended): that is a revision of its own, and its hash that of the earlier one hashed again.
    """
    standing = sql.fetch_one(connection, "scoring/select_standing", **key, as_of_at=as_of) or {"revision": 0}
    known = sql.fetch_one(connection, "scoring/select_revision", **key, input_hash=digest)
    while known and known["revision"] < max(standing["revision"], recorded):
        digest = repeated(digest)
        known = sql.fetch_one(connection, "scoring/select_revision", **key, input_hash=digest)
    return known, digest


def score_all(
    connection: Connection, scheme: Scheme, scope: dict[str, Any], inputs: Sequence[UnitInputs | YearInputs]
) -> list[Result]:
    """The score of each unit. Raises UserError for figures that cannot be scored, all at once."""
    cells: dict[str, dict[str, sql.Row]] = {}
    forms = [form.key for form in scheme.forms if form.rates is None]
    for row in sql.fetch(connection, "scoring/select_submission_values", any_form=forms, **scope) if forms else []:
        cells.setdefault(row["sha256"], {})[row["field"]] = row
    sums = [_first_file(one) for one in inputs if isinstance(one, UnitInputs) and one.is_of_totals]
    for row in sql.fetch(connection, "scoring/select_content_values", any_sha256=sums) if sums else []:
        cells.setdefault(row["sha256"], {})[row["field"]] = row
    values: dict[str, list[sql.Row]] = {}
    reported: dict[str, dict[str, Reported]] = {}
    problems: list[str] = []
    known: Known = {}
    for unit in inputs:
        if isinstance(unit, UnitInputs) and unit.is_complete:
            own = scheme.of_group(unit.group)
            values[unit.unit.code] = rows = _values(own, unit, cells)
            try:
                used = {row["field"]: row["used"] or None for row in rows}
                figures = Figures(own, used, as_figures(own, unit.given, known))
                of_group = reported.setdefault(unit.group, {})
                of_group[unit.unit.code] = Reported(figures, unit.late, unit.ranked_with)
            except UserError as error:
                problems += [f"{unit.unit.name}（{unit.unit.code}）：{problem}" for problem in error.problems]
    if problems:
        raise UserError(*problems)
    scores = score_years(scheme, [one for one in inputs if isinstance(one, YearInputs)])
    for group, units in reported.items():
        scores |= score_units(scheme.of_group(group), units)
    return [
        Result(one, values.get(one.unit.code, []), _score(scheme, one, scores.get(one.unit.code))) for one in inputs
    ]


def _score(scheme: Scheme, inputs: UnitInputs | YearInputs, score: UnitScore | None) -> UnitScore:
    """What a subject has got; beside it, or alone, that something of its own did not come. Nothing of who is not
    scored: its status says what came."""
    if not scheme.is_scored:
        return UnitScore([], None, "")
    if score is None and isinstance(inputs, UnitInputs) and not inputs.is_subject:
        return replace(unscored(scheme, _no_sheet(scheme, inputs)), grade="", grade_reason="")
    is_without_source = isinstance(inputs, UnitInputs) and scheme.is_of_results and inputs.status == MISSING
    if score is None or is_without_source:
        return unscored(scheme, missing_line(scheme, inputs.status, inputs.due_date))
    if isinstance(inputs, UnitInputs) and inputs.has_no_sheet:
        return replace(score, lines=[*score.lines, _no_sheet(scheme, inputs)])
    return score


def _no_sheet(scheme: Scheme, inputs: UnitInputs) -> Line:
    kinds = subject_kinds()
    names = [name for form, name in inputs.sheets.items() if form not in inputs.scored]
    is_item = inputs.unit.kind in kinds.kinds and kinds.of(inputs.unit.kind).items
    return missing_sheet_line(scheme, names, inputs.status, inputs.due_date, is_item=is_item)


def _values(scheme: Scheme, inputs: UnitInputs, cells: dict[str, dict[str, sql.Row]]) -> list[sql.Row]:
    return [
        _value(inputs, cell.key, cell.form, cell.label, position, cells)
        for position, cell in enumerate(scheme.cells, 1)
        if cell.form in inputs.scored
    ]


def _value(
    inputs: UnitInputs, field: str, form: str, label: str, position: int, cells: dict[str, dict[str, sql.Row]]
) -> sql.Row:
    """One cell as reported, as corrected, as used, with its origin."""
    hand_in = inputs.scored[form]
    cell = cells.get(hand_in["sha256"], {}).get(field)
    corrected = inputs.corrections[field]["value"] if field in inputs.corrections else ""
    return {
        "field": field,
        "position": position,
        "field_label": label,
        "version": hand_in["version"],
        "reported": cell["reported"] if cell else "",
        "corrected": corrected,
        "used": corrected or (cell["value"] if cell else None) or "",
        "source_cell": cell["source_cell"] if cell else "",
    }


def _write(
    connection: Connection, scheme: Scheme, assessment_id: str, results: list[Result], deciding: Sequence[str]
) -> None:
    """`deciding`: what decided each result, as it is kept."""
    scores, lines, values = [], [], []
    same: dict[tuple[int, int], sql.Row] = {}  # units with the same figures share their lines
    for result, kept in zip(results, deciding, strict=True):
        inputs, score = result.inputs, result.score
        hand_in = inputs if isinstance(inputs, UnitInputs) else None
        key = {"assessment_id": assessment_id, "unit_code": inputs.unit.code}
        scores.append(
            {
                **key,
                "unit_name": inputs.unit.name,
                "total": _text(score.total),
                "rank": score.rank if scheme.of_group(inputs.group).is_ranked else None,
                "grade": score.grade,
                "grade_reason": score.grade_reason,
                "status": inputs.status,
                "days_late": hand_in.late.days if hand_in and hand_in.late else 0,
                "inputs": kept,
                "sha256": _first_file(hand_in) if hand_in and hand_in.is_complete else None,
            }
        )
        for position, line in enumerate(score.lines, 1):
            at = position, id(line)
            lines.append((same.get(at) or same.setdefault(at, _line_row(position, line))) | key)
        values += [{**key, **value} for value in result.values]
    sql.execute_many(connection, "scoring/insert_score", scores)
    sql.execute_many(connection, "scoring/insert_score_line", lines)
    sql.execute_many(connection, "scoring/insert_score_value", values)
    rated_by = [
        sheet for result in results if isinstance(result.inputs, UnitInputs) for sheet in result.inputs.ratings.sheets
    ]
    sheets = {(form, filler): row for form, filler, row in rated_by}
    sql.execute_many(
        connection,
        "scoring/insert_score_sheet",
        [
            {"assessment_id": assessment_id, "form": form, "unit_code": filler, "version": row["version"], "sha256": row["sha256"]}
            for (form, filler), row in sorted(sheets.items())
        ],
    )  # fmt: skip


def _first_file(inputs: UnitInputs) -> str | None:
    """SHA-256 of the first of the unit's forms that was accepted."""
    return next((inputs.scored[form]["sha256"] for form in inputs.forms if form in inputs.scored), None)


def _line_row(position: int, line: Line) -> sql.Row:
    return {
        "indicator": line.indicator,
        "position": position,
        "points": _text(line.points_shown),
        "points_exact": None if line.points is None or line.points == line.points_shown else str(line.points),
        "full_points": _text(line.full),
        "outcome": line.outcome,
        "explanation": line.explanation,
        "has_problem": line.has_problem,
        "problem": line.problem,
        "deadline_working_days": line.deadline_working_days,
        "details": json.dumps(line.details, ensure_ascii=False) if line.details else None,
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _log(
    connection: Connection,
    run_id: str,
    key: dict[str, str],
    outcome: str,
    revision: int,
    inputs: Sequence[UnitInputs | YearInputs],
) -> None:
    counts = {
        "revision": revision,
        "scheme": key["scheme"],
        "units": len(inputs),
        "scored": sum(unit.is_complete for unit in inputs),
    }
    log_run(
        connection,
        run_id=run_id,
        stage="assess",
        period=key["period"],
        street_code=key["street_code"],
        outcome=outcome,
        detail=counts,
    )
