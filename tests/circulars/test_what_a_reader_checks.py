"""What a reader of a circular can check by hand, and who is named in it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from sqlalchemy import create_engine

from include.circulars.corrections import as_correction
from include.circulars.merits import innovation, praised
from include.circulars.model import build_model
from include.circulars.score_table import score_rows
from include.db import tables
from include.documents.model import Model
from include.documents.rendering import as_markdown
from include.period import Period
from include.post.rendering import render_subject
from include.schemes.loader import load_scheme
from include.titles import cited
from tests.street import ISSUE_DATE, NUMBER, assess_street

SCHEME = load_scheme("half_year", Period.parse("2026H1"))


def score(number: int, total: str | None, rank: int | None = 1) -> dict[str, Any]:
    return {"unit_code": f"u{number}", "unit_name": f"第{number}社区", "rank": rank, "grade": "优秀", "status": "已报",
            "total": Decimal(total) if total else None}  # fmt: skip


def line(number: int, indicator: str, points: str, full: str | None, has_problem: bool = False) -> dict[str, Any]:
    is_met = not has_problem and points == full
    return {"unit_code": f"u{number}", "indicator": indicator, "points": Decimal(points), "has_problem": has_problem,
            "full_points": Decimal(full) if full else None, "outcome": "达标" if is_met else "未达标"}  # fmt: skip


def test_a_row_with_indicators_that_do_not_apply_says_what_it_was_reckoned_on() -> None:
    lines = [line(1, "A1", "40", "40"), line(1, "E1", "45.05", "55"), line(1, "LATE", "-1", None)]
    (row,) = score_rows(SCHEME, [score(1, "88.53")], lines, {})
    assert (row["full"], row["is_partial"], row["is_rounded"], row["extra"]) == ("95", True, False, "-1.00")


def test_a_row_that_rounding_keeps_from_adding_up_is_marked() -> None:
    lines = [line(1, "A1", "40", "40"), line(1, "E1", "53.54", "60")]
    (row,) = score_rows(SCHEME, [score(1, "93.55")], lines, {})
    assert (row["is_partial"], row["is_rounded"]) == (False, True)
    (exact,) = score_rows(SCHEME, [score(1, "93.54")], lines, {})
    assert not exact["is_rounded"]


def test_an_indicator_is_praised_where_half_of_those_with_a_total_meet_it() -> None:
    scores = [score(1, "90"), score(2, "80"), score(3, "70"), score(4, "60"), score(5, None, None)]
    lines = [line(n, "A1", "5", "5", has_problem=n > 2) for n in (1, 2, 3, 4)]
    lines += [line(n, "A4", "4", "4", has_problem=n > 1) for n in (1, 2, 3, 4)]
    lines += [line(n, "C3", "5" if n > 1 else "3", "5") for n in (1, 2, 3, 4)]
    found = [(one["indicator"], one["units"]) for one in praised(SCHEME, scores, lines)]
    assert found == [("A1", 2), ("C3", 3)], "who lost points without a problem does not meet it"


def test_innovation_names_the_eight_highest_totals_with_an_activity_by_what_they_did() -> None:
    scores = [score(n, str(100 - n), n) for n in range(1, 13)]
    values = [
        {"unit_code": f"u{n}", "field": field, "used": used}
        for n in range(2, 13)
        for field, used in (("special_activity_names", "无" if n == 3 else "红色课堂"), ("special_activities", "2"))
    ]
    found = innovation(SCHEME, scores, values)
    assert found["units"] == 11
    assert [entry["unit"] for entry in found["named"]] == [f"第{n}社区" for n in (2, 4, 5, 6, 7, 8, 9, 10)]
    assert found["named"][0] == {"unit": "第2社区", "activities": "红色课堂", "count": "2", "has_more": True}


def _corrected() -> tuple[Model, Model]:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        first, second, third = (
            build_model(connection, assess_street(connection, revision=n, lift=lift))
            for n, lift in ((1, 3), (2, 0), (3, 4))
        )
        issued = {"model": json.dumps(first), "issue_date": ISSUE_DATE, "document_number": NUMBER}
        correction = as_correction(connection, second, issued)
        again = {"model": json.dumps(correction), "issue_date": dt.date(2026, 9, 1), "document_number": "9号"}
        return correction, as_correction(connection, third, again)


def test_a_correction_lists_only_what_changed_in_the_order_of_the_scheme_and_each_has_its_own_title() -> None:
    correction, second = _corrected()
    changed = {change["unit"] for change in correction["changes"]}
    text = as_markdown("更正通报", correction, number=NUMBER, issue_date=dt.date(2026, 9, 1))
    annexes = text.split("附件序号")[1]
    unchanged = {row["unit"] for row in correction["rows"]} - changed
    assert unchanged and not any(f"| {unit} |" in annexes for unit in unchanged)
    pingan = next(change for change in correction["changes"] if change["unit"] == "平安社区")
    order = [item["problem"] for item in correction["items"] if item["unit"] == "平安社区"]
    assert pingan["problems_come"] == order
    assert second["title"] == "关于对《关于2026年上半年党建工作检查考评情况的通报》的第二次更正通报"
    assert "《关于对〈关于2026年上半年党建工作检查考评情况的通报〉的更正通报》（9号）" in as_markdown(
        "更正通报", second, number="", issue_date=None
    )


def test_a_title_within_a_title_has_inner_marks_and_a_correction_its_own_subject() -> None:
    assert cited("关于对《甲》的更正通报") == "《关于对〈甲〉的更正通报》"
    facts = {"title": "关于对《甲》的更正通报", "document_number": "9号", "kind": "更正通报"}
    assert render_subject("circular", facts).startswith("【更正通报】")


def test_a_draft_that_waited_since_before_rows_could_be_added_up_can_still_be_issued() -> None:
    correction, _ = _corrected()
    old = {
        key: value for key, value in correction.items() if key not in ("praise", "innovation", "changes", "corrects")
    }
    old["rows"] = [
        {key: value for key, value in row.items() if key != "full" and not key.startswith("is_")} for row in old["rows"]
    ]
    old |= {"changes": [], "corrects": None}
    assert "附件1" in as_markdown("通报", old, number=NUMBER, issue_date=ISSUE_DATE)
