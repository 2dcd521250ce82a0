"""Each community's own sheet (成绩单): its result, every point explained, its problems, last period beside.

Sheets go out with the circular. Hundreds are made in one go: pandoc reads many at once, typst sets one after another.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Connection

from include.circulars.circular import Circular, Item, Result, ScoreRow, SheetLine, Sum, UnitSheet
from include.circulars.lists import Lists, lists_of_assessment
from include.circulars.score_table import score_rows, two_decimals
from include.db import sql
from include.documents.rendering import as_markdown, epoch_of, in_batches
from include.numbers import without_zeros
from include.period import Period
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.typesetting.fonts import Fonts, find_fonts
from include.typesetting.markdown import read_trees
from include.typesetting.pdf import write_pdfs
from include.typesetting.word import write_docx

KIND = "成绩单"
LATENESS = "迟报扣分"


@dataclass(frozen=True)
class Sheet:
    """A community's sheet: a PDF, or a Word file where this machine has no Chinese font."""

    unit_code: str
    file_name: str
    content: bytes


@dataclass(frozen=True)
class _Assessed:
    """An assessment as the sheets need it, by unit."""

    name: str
    scores: dict[str, sql.Row]
    lines: dict[str, list[sql.Row]]
    ranked: int
    lists: Lists
    ranked_in: Counter[str]

    def result(self, unit_code: str) -> Result:
        score: sql.Row = self.scores.get(unit_code, {})
        total = score.get("total")
        result: Result = {
            "name": self.name,
            "total": "" if total is None else two_decimals(total),
            "rank": score.get("rank"),
            "ranked": self.ranked,
            "grade": score.get("grade") or "",
            "grade_reason": score.get("grade_reason") or "",
            "status": score.get("status") or "",
        }
        if self.lists.names:
            own = self.lists.list_of.get(unit_code)
            result["list"], result["ranked"] = own, self.ranked_in[own or ""]
        return result


def build_sheets(
    connection: Connection, circular: Circular, assessment_id: str, without: Collection[str] = ()
) -> dict[str, UnitSheet]:
    """The model of every unit's sheet by unit code, from the assessment that the circular's model was made from; `without`: of
    whom none is asked for."""
    comparison = circular["comparison"]
    scheme = load_scheme(circular["scheme"], Period.parse(circular["period"]))
    now = _read(connection, scheme, assessment_id, circular["period_name"])
    before = _read(connection, scheme, comparison["assessment_id"], comparison["period_name"]) if comparison else None
    codes = [code for code in now.scores if code not in without]
    rows = {row["unit_code"]: row for row in circular["rows"]}
    if unnamed := [now.scores[code] for code in codes if code not in rows]:  # in public they are not told of
        lines = [line for score in unnamed for line in now.lines[score["unit_code"]]]
        rows |= {row["unit_code"]: row for row in score_rows(scheme, unnamed, lines, now.lists.group_of)}
    items: dict[str, list[Item]] = defaultdict(list)
    for item in circular["items"]:
        items[item["unit_code"]].append(item)
    said = {name: circular[name] for name in ("called", "issuer", "without_extra") if name in circular}
    sheets: dict[str, Any] = {
        code: {
            "scheme": circular["scheme"],
            "scheme_title": circular["scheme_title"],
            "scheme_version": circular["scheme_version"],
            "subject": circular["subject"],
            "as_of_date": circular["as_of_date"],
            "committee_name": circular["committee_name"],
            "sign_name": circular["sign_name"],
            "title": f"{circular['subject']}成绩单",
            "circular_title": circular["title"],
            "unit": score["unit_name"],
            "unit_code": code,
            "results": [assessed.result(code) for assessed in (now, before) if assessed],
            "before": comparison,
            "lines": _lines(now.lists.scheme_of(scheme, code), now.lines[code], before.lines[code] if before else []),
            "sum": _sum(scheme, rows[code]),
            "problems": items[code],
            **said,
        }
        for code, score in ((code, now.scores[code]) for code in codes)
    }
    return sheets


def _read(connection: Connection, scheme: Scheme, assessment_id: str, name: str) -> _Assessed:
    scores = sql.fetch(connection, "circulars/select_scores", assessment_id=assessment_id)
    lines: dict[str, list[sql.Row]] = defaultdict(list)
    for row in sql.fetch(connection, "circulars/select_lines", assessment_id=assessment_id):
        lines[row["unit_code"]].append(row)
    ranked = sum(score["total"] is not None for score in scores)
    lists = lists_of_assessment(connection, scheme, assessment_id)
    ranked_in = Counter(lists.list_of.get(score["unit_code"], "") for score in scores if score["total"] is not None)
    return _Assessed(name, {score["unit_code"]: score for score in scores}, lines, ranked, lists, ranked_in)


def _lines(scheme: Scheme, lines: list[sql.Row], before: list[sql.Row]) -> list[SheetLine]:
    """Every indicator of the unit with its points now and before, in the order of the scheme.

    The sheet cites the scheme once and each clause by its code, so that the sentences can do without it.
    """
    names = {indicator.code: indicator.name for indicator in scheme.indicators}
    points_before = {row["indicator"]: row["points"] for row in before}
    return [
        {
            "code": row["indicator"] if row["indicator"] in names else "",
            "name": names.get(row["indicator"]) or row["problem"] or LATENESS,
            "full": _shown(row["full_points"]),
            "points": _shown(row["points"]),
            "before": _shown(points_before.get(row["indicator"])),
            "explanation": _without_clause(row["explanation"], scheme.clause_of(row["indicator"])),
            "has_problem": row["has_problem"],
        }
        for row in lines
    ]


def _sum(scheme: Scheme, row: ScoreRow) -> Sum | None:
    """How the total comes about, from the figures of the sheet; None where there is none."""
    if not row["total"] or not row.get("full"):  # a draft of before may wait without
        return None
    points = sum((Decimal(figure) for figure in row["areas"] if figure), Decimal(0))
    return {
        "points": two_decimals(points),
        "full": row["full"],
        "total_marks": without_zeros(scheme.score.total),
        "converted": two_decimals(scheme.score.total * points / Decimal(row["full"])),
        "extra": row["extra"] or "0.00",
        "total": row["total"],
        "is_rounded": row["is_rounded"],
        "is_floored": row["is_floored"],
    }


def _without_clause(explanation: str, clause: str) -> str:
    return re.sub(rf"[,，]依据{re.escape(clause)}。$", "。", explanation)


def _shown(figure: Any) -> str:
    return "" if figure is None else two_decimals(figure)


def render_sheets(sheets: Sequence[UnitSheet], *, number: str, issue_date: dt.date | None) -> list[Sheet]:
    """The sheets as files, in the order given; the same bytes for the same arguments."""
    return in_batches(sheets, partial(_render_batch, fonts=find_fonts(), number=number, issue_date=issue_date))


def _render_batch(
    sheets: Sequence[UnitSheet], *, fonts: Fonts | None, number: str, issue_date: dt.date | None
) -> list[Sheet]:
    trees = read_trees([as_markdown(KIND, sheet, number=number, issue_date=issue_date) for sheet in sheets])
    epoch = epoch_of(sheets[0], issue_date)
    if fonts is None:
        files = [write_docx(tree, sheet["title"], epoch) for tree, sheet in zip(trees, sheets, strict=True)]
    else:
        files = write_pdfs(trees, fonts, epoch)
    ending = "docx" if fonts is None else "pdf"
    return [
        Sheet(sheet["unit_code"], f"{sheet['unit']}{sheet['title']}.{ending}", content)
        for sheet, content in zip(sheets, files, strict=True)
    ]
