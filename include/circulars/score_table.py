"""The table of scores: a row a community, ranked, that a reader can add up, or that says why its sum is another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

from include import numbers
from include.circulars.circular import Column, Reckoned, ScoredRow, ScoreRow
from include.db import sql
from include.schemes.model import Scheme


def areas(scheme: Scheme, lines: list[sql.Row]) -> list[Column]:
    """The columns of points: areas, or the parts of a year; the average share of the full marks that applied."""
    result: list[Column] = []
    for code, name, full in columns_of(scheme):
        own = [row for row in lines if belongs(code, row) and row["points"] is not None]
        points = sum((row["points"] for row in own), Decimal(0))
        applied = sum((row["full_points"] for row in own), Decimal(0))
        share = (points * 100 / applied).quantize(Decimal("0.1"), ROUND_HALF_UP) if applied else ""
        result.append({"code": code, "name": name, "full": numbers.without_zeros(full), "rate_pct": str(share)})
    return result


def score_rows(
    scheme: Scheme, scores: list[sql.Row], lines: list[sql.Row], groups: Mapping[str, str]
) -> list[ScoreRow]:
    """The score table: ranked units, then those without a score. `groups` are those of the units, where the scheme has any.

    `full` is what the total is reckoned on, `is_partial` where that is not all of the scheme; `is_rounded` where the points as
    printed do not give the total as printed, because each of them is rounded; `is_floored` where the total would be below 0.
    """
    points: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    applied: dict[str, Decimal] = defaultdict(Decimal)
    own = {row["unit_code"]: scheme.of_group(groups.get(row["unit_code"], "")) for row in scores}
    codes_of = {code: [column for column, _, _ in columns_of(one)] for code, one in own.items()}
    for row in lines:
        if row["points"] is not None:
            column = next((code for code in codes_of[row["unit_code"]] if belongs(code, row)), "extra")
            points[row["unit_code"], column] += row["points"]
            applied[row["unit_code"]] += row["full_points"] or 0
    rows: list[ScoredRow] = [
        {
            "rank": row["rank"],
            "unit_code": row["unit_code"],
            "unit": row["unit_name"],
            "areas": [_shown(points, row["unit_code"], code) for code in codes_of[row["unit_code"]]],
            "extra": _shown(points, row["unit_code"], "extra"),
            "total": two_decimals(row["total"]) if row["total"] is not None else "",
            "grade": row["grade"],
            "status": row["status"],
            **_sum(
                own[row["unit_code"]],
                row["total"],
                [points.get((row["unit_code"], code), Decimal(0)) for code in codes_of[row["unit_code"]]],
                points.get((row["unit_code"], "extra"), Decimal(0)),
                applied[row["unit_code"]],
            ),
        }
        for row in by_rank(scores)
    ]
    return cast(list[ScoreRow], rows)


def _sum(scheme: Scheme, total: Decimal | None, columns: list[Decimal], extra: Decimal, full: Decimal) -> Reckoned:
    """What the total was reckoned on, and why the row may not add up to it."""
    if total is None or not full:
        return {"full": "", "is_partial": False, "is_rounded": False, "is_floored": False}
    added = (scheme.score.total * sum(columns, Decimal(0)) / full + extra).quantize(numbers.CENT, ROUND_HALF_UP)
    return {
        "full": numbers.without_zeros(full),
        "is_partial": full != sum((indicator.full for indicator in scheme.indicators), Decimal(0)),
        "is_rounded": added != numbers.two_decimals(Decimal(total)) and added >= 0,
        "is_floored": added < 0,
    }


def columns_of(scheme: Scheme) -> list[tuple[str, str, Decimal]]:
    """The columns of points by code, name and full marks: areas, else the indicators themselves, without the bonus."""
    if scheme.areas:
        return [(area.code, area.name, area.full) for area in scheme.areas]
    return [
        (indicator.code, indicator.name, indicator.full) for indicator in scheme.indicators if not indicator.is_bonus
    ]


def belongs(code: str, row: sql.Row) -> bool:
    """Whether a line of a result is one of the column with that code."""
    return row["full_points"] is not None and str(row["indicator"]).startswith(code)


def _shown(points: dict[tuple[str, str], Decimal], unit_code: str, column: str) -> str:
    key = (unit_code, column)
    return two_decimals(points[key]) if key in points else ""


def by_rank(scores: list[sql.Row]) -> list[sql.Row]:
    """The ranked by rank, ties by code; then those without a rank."""
    return sorted(scores, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["unit_code"]))


def two_decimals(figure: Decimal) -> str:
    """A figure as people read it, half up."""
    return str(numbers.two_decimals(Decimal(figure)))
