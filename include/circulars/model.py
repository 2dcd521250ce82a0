"""The facts of a circular, all from tables: what a template may say (circular.py), JSON-serialisable.

Figures are texts with two decimals, exact; names and texts stand as they were recorded (escaping is
the renderer's business). The model holds no number, date of issue or name of the approver: those come after approval.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from sqlalchemy import Connection

from include.circulars.annexes import annexes
from include.circulars.circular import (
    Band,
    Circular,
    Comparison,
    Detail,
    Frame,
    IndicatorFigures,
    Item,
    Overdue,
    Running,
    Stated,
    Totals,
    UnitsProblem,
)
from include.circulars.counts import counts_of
from include.circulars.gathering import gathered
from include.circulars.lists import Lists, listed, lists_of_assessment, of_part
from include.circulars.merits import innovation, praised
from include.circulars.naming import called, kinds_of, spoken, whose_items, with_raters_apart, without_private
from include.circulars.opinions import opinions
from include.circulars.quoting import entries, quoted
from include.circulars.results import Results
from include.circulars.score_table import areas, by_rank, score_rows, two_decimals
from include.circulars.statistics import named_elsewhere, statistics
from include.circulars.targets import progress_of
from include.db import sql
from include.documents.model import details_of
from include.errors import UserError
from include.items.deadlines import Deadline, deadline, stored
from include.numbers import without_zeros
from include.period import Period, chinese_date, in_zone
from include.registry.offices import office_of
from include.registry.reached import has_items
from include.registry.successions import successions
from include.registry.taking_part import taking_part
from include.registry.units import is_county, span_of
from include.schemes.documents import CIRCULAR
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.finding import assessment_of


def build_model(connection: Connection, assessment_id: str, apart: str = "") -> Circular:
    """Every fact that the circular of an assessment can state: of a system some of whose groups are listed apart, of the others, or of
    the group `apart` alone. Raises UserError where there is no such assessment."""
    assessment = assessment_of(connection, assessment_id)
    if assessment is None:
        raise UserError(f"没有编号为“{assessment_id}”的考评结果，请先完成计分。")
    scheme = load_scheme(assessment["scheme"], Period.parse(assessment["period"]))
    lists = lists_of_assessment(connection, scheme, assessment_id)
    scores, lines, values = (
        sql.fetch(connection, f"circulars/select_{what}", assessment_id=assessment_id)
        for what in ("scores", "lines", "values")
    )
    scores = [row for row in scores if not (scheme.totals_forms and row["unit_code"] == assessment["street_code"])]
    if scheme.groups_apart:
        scheme, lists = of_part(scheme, lists, apart)
        scores, lines, values = (lists.part_of(rows) for rows in (scores, lines, values))
    names = {row["unit_code"]: row["unit_name"] for row in scores}
    rows = score_rows(scheme, scores, lines, lists.group_of)
    stated: Stated = {
        **_frame(connection, scheme, assessment),
        "counts": counts_of(scores),
        **_totals(scheme, scores),
        "areas": areas(scheme, lines),
        "indicators": {
            indicator.code: _indicator(indicator.name, str(indicator.full), indicator.code, lines)
            for indicator in scheme.indicators
        },
        "praise": praised(scheme, scores, lines),
        "innovation": innovation(scheme, scores, values),
        "quoted": quoted(scheme, values, names),
        "entries": entries(scheme, values, names),
        "problems": _problems(scheme, lines, names, lists),
        "rows": rows if scheme.is_scored else [],
        "items": _items(scheme, lines, names, _carried(connection, scheme, assessment["street_code"])),
        "overdue": _overdue(connection, scheme, assessment["street_code"]),
        "comparison": _comparison(connection, scheme, assessment, scores, lists),
        "changes": [],
        "corrects": None,
    }
    model = cast(Circular, {**stated, **opinions(connection, scheme, assessment, names, lines, values)})
    if scheme.is_scored and not scheme.score.speaks_of_lateness and not any(one.is_bonus for one in scheme.indicators):
        model["without_extra"] = True
    if scheme.replaces:
        model["replaces"] = scheme.replaces
    if lists.names:
        model["rows"], model["lists"] = listed(lists, scores, rows, scheme, lines)
    return _of_the_system(connection, scheme, assessment, model)


def _of_the_system(connection: Connection, scheme: Scheme, assessment: sql.Row, model: Circular) -> Circular:
    """With what only a system says that says who takes part, is a county's, or has documents of its own."""
    if issuer := office_of(assessment["street_code"], model["street"]).called:
        model["issuer"] = issuer
    kinds, in_county = kinds_of(scheme), is_county(assessment["street_code"])
    units = taking_part(connection, scheme, assessment["street_code"]) if kinds or in_county else []
    if in_county:
        streets = {unit.code: unit.street for unit in units}
        for row in model["rows"]:
            row["street"] = streets.get(row["unit_code"], "")
    if kinds:
        model["called"] = whose_items(scheme, called(kinds, kinds_of(scheme, without=scheme.groups_apart)))
        without_items = {unit.code for unit in units if not has_items(unit, scheme)}
        model["items"] = [item for item in model["items"] if item["unit_code"] not in without_items]
        if scheme.rating_forms:
            model = with_raters_apart(model, {unit.code for unit in units})
        model = without_private(model, units)
    if template := next((one.template for one in scheme.documents if one.kind == CIRCULAR and one.template), ""):
        model["template"] = template
    wanted = next((one.gathers for one in scheme.documents if one.kind == CIRCULAR), None)
    if wanted is not None:
        taking = {unit.code: unit for unit in taking_part(connection, scheme, assessment["street_code"])}
        at = in_zone(assessment["assessed_at"])
        model["gathered"] = gathered(connection, scheme, assessment["street_code"], taking, wanted, at)
    if not scheme.is_scored:
        model["statistics"], model["annexes"] = statistics(connection, scheme, assessment["id"])
    elif named := named_elsewhere(connection, scheme, assessment["street_code"]):
        model["named"] = named
    if lists := [one for one in scheme.documents if one.is_list]:
        results = Results(connection, scheme, assessment["id"], assessment["street_code"])
        model["annexes"] = annexes(results, lists)
        if progress := progress_of(results, [row["unit_code"] for row in model["rows"] if row["total"]]):
            model["progress"] = progress
    return model


def _frame(connection: Connection, scheme: Scheme, assessment: sql.Row) -> Frame:
    """Who speaks, about what, over which days."""
    period, dates = scheme.period, scheme.dates
    said = spoken(connection, scheme, assessment["street_code"])
    office = office_of(said["street_code"], said["street"])
    return {
        **said,
        "next_period_name": period.next.name,
        "subject": joined(period.name, scheme.name),
        "title": scheme.document_title.replace("{period}", period.name),
        "revision": assessment["revision"],
        "copied_to": [copied.name for copied in office.copied_to],
        "window_starts": chinese_date(dates.window_starts_date),
        "window_ends": _same_year(dates.window_starts_date, dates.window_ends_date),
        "due_date": chinese_date(dates.due_date),
        "as_of_date": period.end_date.isoformat(),
        "total_marks": without_zeros(scheme.score.total),
        "indicator_count": sum(not indicator.is_bonus for indicator in scheme.indicators),
        "missing_text": scheme.missing.problem,
    }


def joined(period_name: str, scheme_name: str) -> str:
    """2026年上半年 and 半年党建检查考评: 2026年上半年党建检查考评."""
    shared = next(n for n in range(len(period_name), -1, -1) if period_name.endswith(scheme_name[:n]))
    return period_name + scheme_name[shared:]


def _same_year(start: dt.date, end: dt.date) -> str:
    text = chinese_date(end)
    return text.removeprefix(f"{start.year}年") if start.year == end.year else text


def _totals(scheme: Scheme, scores: list[sql.Row]) -> Totals:
    """Average, extremes, grades in the scheme's order and the distribution by bands of five points."""
    ranked = [row for row in scores if row["total"] is not None]
    totals = [row["total"] for row in ranked]
    return {
        "average": _mean(totals),
        "highest": two_decimals(max(totals)) if totals else "",
        "lowest": two_decimals(min(totals)) if totals else "",
        "first": [row["unit_name"] for row in ranked if row["rank"] == 1],
        "grades": [
            {
                "grade": grade,
                "at_least": "" if limit is None else without_zeros(limit),
                "count": sum(row["grade"] == grade for row in ranked),
                "units": [row["unit_name"] for row in by_rank(ranked) if row["grade"] == grade],
                "consequence": scheme.named_grades.get(grade, ""),
            }
            for grade, limit in scheme.grades.items()
        ],
        "distribution": _distribution(totals),
    }


def _distribution(totals: list[Decimal]) -> list[Band]:
    """Units by bands of five points from 100 down to the last one that holds somebody."""
    if not totals:
        return []
    floor = min(95, int(min(totals) // 5) * 5)
    bands = Counter(min(100, int(total // 5) * 5) for total in totals)
    top: list[Band] = [{"label": "100分及以上", "count": bands[100]}] if bands[100] else []
    below: list[Band] = [{"label": f"{low}—{low + 4}.99分", "count": bands[low]} for low in range(95, floor - 1, -5)]
    return top + below


def _indicator(name: str, full: str, code: str, lines: list[sql.Row]) -> IndicatorFigures:
    """How many units an indicator applied to and how many of them raised no problem in it."""
    own = [row for row in lines if row["indicator"] == code and row["points"] is not None]
    return {
        "name": name,
        "full": full,
        "applicable": len(own),
        "reached": sum(not row["has_problem"] for row in own),
        "average": _mean([row["points"] for row in own]),
    }


def _problems(scheme: Scheme, lines: list[sql.Row], names: dict[str, str], lists: Lists) -> list[UnitsProblem]:
    """Each problem with the communities it was found at: what was not handed in first, then by the scheme's order."""
    found: dict[tuple[str, str], list[Detail]] = defaultdict(list)
    days: dict[tuple[str, str], int] = {}
    for row in lines:
        if row["has_problem"]:
            base = lists.scheme_of(scheme, row["unit_code"]).problem_texts[row["indicator"]]
            detail = details_of(row["details"])
            found[row["indicator"], base].append({"unit": names[row["unit_code"]], "detail": detail})
            days[row["indicator"], base] = row["deadline_working_days"]
    known = [one.problem_texts for one in scheme.variants.values() or [scheme]]
    return [
        {
            "indicator": code,
            "problem": base,
            "units": [entry["unit"] for entry in found[code, base]],
            "details": [entry for entry in found[code, base] if entry["detail"]],
            "deadline_working_days": days[code, base],
        }
        for code, base in dict.fromkeys(pair for texts in known for pair in texts.items())
        if found[code, base]
    ]


def _carried(connection: Connection, scheme: Scheme, street_code: str) -> dict[tuple[str, str], Deadline]:
    """Deadlines of the items that an earlier period found and that are still open, by unit and indicator."""
    rows = sql.fetch(
        connection,
        "circulars/select_carried_lines",
        scheme=scheme.scheme,
        period=str(scheme.period),
        **span_of(street_code),
    )
    return {(row["unit_code"], row["indicator"]): stored(row) for row in rows}


def _overdue(connection: Connection, scheme: Scheme, street_code: str) -> list[Overdue]:
    """Items of earlier circulars that were chased in vain up to the last stage: this circular names them."""
    rows = sql.fetch(connection, "circulars/select_carried", **span_of(street_code), on_date=scheme.period.end_date)
    return [
        {"unit": row["unit_name"], "problem": row["problem"], "deadline": stored(row).shown}
        for row in rows
        if row["scheme"] == scheme.scheme and row["opened_period"] != str(scheme.period)
    ]


def _items(
    scheme: Scheme, lines: list[sql.Row], names: dict[str, str], carried: dict[tuple[str, str], Deadline]
) -> list[Item]:
    """The rectification list, by unit; what was not handed in first.

    `deadline_date` is set where a deadline runs already and is not counted anew: that of an item carried over.
    """
    rows = [row for row in lines if row["has_problem"]]
    rows.sort(key=lambda row: (row["indicator"] != scheme.missing.code, row["unit_code"], row["position"]))
    return [
        {
            "unit_code": row["unit_code"],
            "unit": names[row["unit_code"]],
            "indicator": row["indicator"],
            "problem": row["problem"],
            "owner": scheme.owner_title,
            "deadline_working_days": row["deadline_working_days"],
            **_running(carried.get((row["unit_code"], row["indicator"]))),
        }
        for row in rows
    ]


def _running(found: Deadline | None) -> Running:
    return running(found) if found else {"deadline_date": ""}


def deadline_of(item: Item, issue_date: dt.date) -> Deadline:
    """The last day to rectify: the one that runs already, else counted in working days from the date of issue."""
    if item["deadline_date"]:
        return Deadline(dt.date.fromisoformat(item["deadline_date"]), item.get("is_provisional", False))
    return deadline(issue_date, item["deadline_working_days"])


def running(found: Deadline) -> Running:
    """A deadline that runs already, as an item has it."""
    known: Running = {"deadline_date": found.date.isoformat()}
    if found.is_provisional:
        known["is_provisional"] = True
    return known


def _comparison(
    connection: Connection, scheme: Scheme, assessment: sql.Row, scores: list[sql.Row], lists: Lists
) -> Comparison | None:
    """Against the period before, where that was assessed: averages, grades, who rose and fell by five points or more."""
    before = sql.fetch_one(
        connection,
        "circulars/select_latest_assessment",
        scheme=scheme.scheme,
        period=str(scheme.previous),
        street_code=assessment["street_code"],
    )
    if before is None:
        return None
    old = sql.fetch(connection, "circulars/select_scores", assessment_id=before["id"])
    if scheme.groups_apart:
        old = lists.part_of(old)
    old_totals = {row["unit_code"]: row["total"] for row in old if row["total"] is not None}
    known, day = successions(connection), scheme.period.end_date
    moved = [
        {"unit": row["unit_name"], "by": row["total"] - earlier}
        for row in scores
        if row["total"] is not None and (earlier := known.inherited(row["unit_code"], old_totals, day)) is not None
    ]
    if not old_totals or not moved:
        return None
    now_totals = [row["total"] for row in scores if row["total"] is not None]
    difference = Decimal(_mean(now_totals)) - Decimal(_mean(old_totals.values()))
    return {
        "assessment_id": before["id"],
        "period_name": scheme.previous.name,
        "average": _mean(old_totals.values()),
        "difference": two_decimals(abs(difference)),
        "is_higher": difference > 0,
        "is_lower": difference < 0,
        "units": len(moved),
        "risen": sum(entry["by"] > 0 for entry in moved),
        "fallen": sum(entry["by"] < 0 for entry in moved),
        "grades": [{"grade": grade, "count": sum(row["grade"] == grade for row in old)} for grade in scheme.grades],
        "scheme_version": before["scheme_version"],
        "is_other_version": before["scheme_version"] != scheme.version,
    }


def _mean(figures: Iterable[Decimal]) -> str:
    numbers = list(figures)
    return two_decimals(sum(numbers, Decimal(0)) / len(numbers)) if numbers else ""
