"""What the page shows of results, items, documents, arrivals and acts: each list one named query."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection

from include.circulars.score_table import belongs, columns_of
from include.db import sql
from include.registry.units import span_of
from include.reports.overview import is_overdue, is_waiting
from include.schemes.model import Scheme
from include.scoring.causes import sentences
from include.scoring.lines import LATE

OVERDUE, DUE_SOON, WAITING, OPEN, CLOSED = "逾期", "即将到期", "待核验", "整改中", "已销号"
SOON_DAYS = 3


@dataclass(frozen=True)
class ItemRow:
    """One item with how it stands today: `days_left` below 0 is overdue."""

    row: sql.Row
    standing: str
    days_left: int


def item_rows(connection: Connection, scope_code: str, today: dt.date, unit_code: str = "") -> list[ItemRow]:
    """The items of a street or county (of one unit, or of all), open ones by deadline, then those that are closed."""
    rows = sql.fetch(connection, "reports/select_item_rows", **span_of(scope_code), on_date=today, unit_code=unit_code)
    return [ItemRow(row, _standing(row, today), (row["deadline"] - today).days) for row in rows]


def _standing(row: sql.Row, today: dt.date) -> str:
    if not row["is_open"]:
        return CLOSED
    if is_overdue(row, today):
        return OVERDUE
    if is_waiting(row):
        return WAITING
    return DUE_SOON if (row["deadline"] - today).days <= SOON_DAYS else OPEN


@dataclass(frozen=True)
class DocumentRow:
    """A document with its title. `standing`: 待签发, 已同意 (and about to be issued), 已退回, 草稿, 已印发, 已撤回."""

    row: sql.Row
    title: str
    standing: str


def document_rows(connection: Connection, scope_code: str, scheme: str = "", period: str = "") -> list[DocumentRow]:
    rows = sql.fetch(connection, "reports/select_document_rows", street_code=scope_code, scheme=scheme, period=period)
    return [DocumentRow(row, str(json.loads(row["model"])["title"]), _document_standing(row)) for row in rows]


def _document_standing(row: sql.Row) -> str:
    if row["state"] == "draft":
        if row["answer"] == "approval" and row["answered_hash"] == row["model_hash"]:
            return "已同意"
        if row["asked_at"] is not None:
            return "待签发"
        return "已退回" if row["answer"] == "rejection" else "草稿"
    return "已撤回" if row["state"] == "withdrawn" else "已印发"


def newest_assessment(connection: Connection, scheme: Scheme, scope_code: str) -> sql.Row | None:
    """The newest revision of a street's or county's period; None while it has none."""
    return sql.fetch_one(
        connection, "reports/select_assessment", scheme=scheme.scheme, period=str(scheme.period), street_code=scope_code
    )


def score_rows(connection: Connection, assessment_id: str) -> list[sql.Row]:
    """The results of an assessment, the best place first, then those without."""
    rows = sql.fetch(connection, "reports/select_scores", assessment_id=assessment_id)
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["unit_code"]))


@dataclass(frozen=True)
class LineOfUnit:
    """One line of a unit's result with the figures that its rule reads, each as it was reported, corrected and used."""

    line: sql.Row
    name: str
    clause: str
    values: list[sql.Row] = field(default_factory=list)


@dataclass
class Marks:
    """What of a unit's points the total does not show. `areas`: points by the code of the column, None where all of it is 不适用;
    `not_applicable`: the indicators that leave both sides; `partly`: the columns that have such beside others; `late`: what is taken
    off for lateness, below 0; `extra`: the bonus."""

    areas: dict[str, Decimal | None] = field(default_factory=dict)
    partly: set[str] = field(default_factory=set)
    not_applicable: list[str] = field(default_factory=list)
    late: Decimal | None = None
    extra: Decimal | None = None


def score_marks(connection: Connection, scheme: Scheme, assessment_id: str) -> dict[str, Marks]:
    """By unit; a unit without a result has none."""
    codes = [code for code, _, _ in columns_of(scheme)]
    found: dict[str, Marks] = defaultdict(Marks)
    for line in sql.fetch(connection, "reports/select_line_points", assessment_id=assessment_id):
        marks, points = found[line["unit_code"]], line["points"]
        if line["full_points"] is None:  # a bonus, lateness, or a problem without points
            if points is not None and points < 0:
                marks.late = (marks.late or Decimal(0)) + points
            elif points is not None:
                marks.extra = (marks.extra or Decimal(0)) + points
            continue
        code = next((one for one in codes if belongs(one, line)), "")
        if points is None:
            marks.not_applicable.append(line["indicator"])
            marks.partly.add(code)
            marks.areas.setdefault(code, None)
        else:
            marks.areas[code] = (marks.areas.get(code) or Decimal(0)) + points
    return dict(found)


@dataclass(frozen=True)
class UnitResult:
    score: sql.Row
    lines: list[LineOfUnit]
    others: list[sql.Row]  # figures that no rule reads


def unit_result(
    connection: Connection, scheme: Scheme, assessment_id: str, unit_code: str, group: str = ""
) -> UnitResult | None:
    """A unit's result with every point traced to its figures; None where the assessment has none of it."""
    score = sql.fetch_one(connection, "reports/select_unit_score", assessment_id=assessment_id, unit_code=unit_code)
    if score is None:
        return None
    own = scheme.of_group(group)
    rows = sql.fetch(connection, "reports/select_unit_values", assessment_id=assessment_id, unit_code=unit_code)
    values = {row["field"]: row for row in rows}
    indicators = {one.code: one for one in own.indicators}
    said = own.problem_texts | own.findings | {code: name for code, name in own.names.items() if name}
    lines, read = [], set()
    for line in sql.fetch(connection, "reports/select_unit_lines", assessment_id=assessment_id, unit_code=unit_code):
        indicator = indicators.get(line["indicator"])
        keys = own.figures_of[indicator.code] if indicator else []
        read.update(keys)
        lines.append(
            LineOfUnit(
                line,
                said.get(line["indicator"])
                or line["problem"]
                or (sentences()["told"]["late"] if line["indicator"] == LATE else ""),
                own.clause_of(line["indicator"]),
                [values[key] for key in keys if key in values],
            )
        )
    return UnitResult(score, lines, [row for row in rows if row["field"] not in read])


def versions_of(connection: Connection, scheme: Scheme, unit_code: str) -> list[tuple[sql.Row, list[sql.Row]]]:
    """Every version that a unit handed in for the period, the newest first, each with what was wrong with it."""
    rows = sql.fetch(
        connection, "reports/select_versions", scheme=scheme.scheme, period=str(scheme.period), unit_code=unit_code
    )
    return [(row, sql.fetch(connection, "reports/select_findings", sha256=row["sha256"])) for row in rows]


def arrivals(connection: Connection, scheme: Scheme, from_at: dt.datetime, until_at: dt.datetime) -> list[sql.Row]:
    """The files of a period, the newest first."""
    rows = sql.fetch(
        connection,
        "reports/select_deliveries",
        scheme=scheme.scheme,
        period=str(scheme.period),
        nobodys=scheme.scheme,
        from_at=from_at,
        until_at=until_at,
    )
    return sorted(rows, key=lambda row: (row["received_at"], row["id"]), reverse=True)


def decision_rows(
    connection: Connection, period: str = "", unit_code: str = "", how_many: int = 1_000
) -> list[sql.Row]:
    """Acts of people, the newest first."""
    return sql.fetch(connection, "reports/select_decision_rows", period=period, unit_code=unit_code, how_many=how_many)


def newest_runs(connection: Connection, how_many: int, stage: str = "") -> list[sql.Row]:
    return sql.fetch(connection, "reports/select_newest_runs", stage=stage, how_many=how_many)


def newest_arrivals(connection: Connection, how_many: int) -> list[sql.Row]:
    return sql.fetch(connection, "reports/select_newest_arrivals", how_many=how_many)


def findings_by_field(connection: Connection, scheme: Scheme, scope_code: str) -> list[sql.Row]:
    """What the checks found of the hand-ins of a street's or county's period, the commonest first."""
    of_period = {"scheme": scheme.scheme, "period": str(scheme.period)}
    return sql.fetch(connection, "reports/count_findings", **of_period, **span_of(scope_code), scope=scope_code)


def findings_over_periods(
    connection: Connection,
    system: str,
    periods: Sequence[str],
    scope_code: str,
    *,
    by_unit: bool,
    form: str = "",
    field_key: str = "",
    unit_code: str = "",
) -> list[sql.Row]:
    """The same over several periods of a system, by field or by unit, of one field or unit where it is named; and, as `handed_in`, who
    handed in at all: nothing found is not nothing there."""
    return sql.fetch(
        connection, "reports/count_findings_over_periods", scheme=system, any_period=list(periods), **span_of(scope_code),
        scope=scope_code, is_by_unit=by_unit, form=form, field=field_key, unit_code=unit_code,
    )  # fmt: skip


def scored_periods(connection: Connection, scope_code: str) -> list[tuple[str, str]]:
    """(system, period) of each result that a street or county has."""
    rows = sql.fetch(connection, "reports/select_scored_periods", street_code=scope_code)
    return [(row["scheme"], row["period"]) for row in rows]


def registered_kinds(connection: Connection, scope_code: str, on: dt.date) -> Sequence[Mapping[str, object]]:
    """How many subjects of each kind a street or county has on a day."""
    return sql.fetch(connection, "reports/count_registered", **span_of(scope_code), on_date=on)


def received(connection: Connection, sha256: str) -> tuple[str, list[str]] | None:
    """The name of a content that was received, or went back, and the street (or county) of whom it is about; where that is not known
    those of the person who handed it in, else one that is empty. None of any other content."""
    row = sql.fetch_one(connection, "reports/select_received_content", sha256=sha256)
    if row is None:
        return None
    return str(row["name"]), [row["street_code"]] if row["street_code"] else row["streets"].split() or [""]


def streets_of_mail(connection: Connection, sha256: str) -> list[str]:
    """The streets (empty: none) that a mail of ours is of, by its content; none for any other content."""
    return [str(row["street_code"]) for row in sql.fetch(connection, "reports/select_streets_of_mail", sha256=sha256)]
