"""An assessed street written straight into the tables, for tests of what comes after scoring."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select

from include.db import tables
from include.items.items import open_items
from include.period import Period, parse_moment, start_of
from include.registry.units import Unit, find_unit
from include.schemes.loader import load_scheme

STREET = "330106001"
NUMBER = "云街党工委〔2026〕8号"
ISSUE_DATE = dt.date(2026, 8, 20)
NAMES = [
    "永安",
    "平安",
    "长庆",
    "望湖",
    "文晖",
    "朝晖",
    "拱宸",
    "小河",
    "米市",
    "和睦",
    "湖墅",
    "大关",
    "上塘",
    "康桥",
    "半山",
    "祥符",
    "良渚",
    "仓前",
    "五常",
    "闲林",
    "中泰",
    "余杭",
    "瓶窑",
    "径山",
]


def assess_street(
    connection: Connection, period: str = "2026H1", units: int = 24, revision: int = 1,
    names: dict[int, str] | None = None, activity: str = "邻里议事厅、红色课堂", street: str = STREET,
    scheme_key: str = "half_year", lift: int = 0,
) -> str:  # fmt: skip
    """Assessment of a street: unit 1 未报, unit 2 迟报; each other unit fails the indicators that its number picks."""
    scheme = load_scheme(scheme_key, Period.parse(period))
    key = f"{scheme_key}/{period}/{street}/r{revision}"
    connection.execute(
        insert(tables.assessment).values(
            id=key, scheme=scheme_key, scheme_version=scheme.version, period=period, street_code=street, revision=revision,
            input_hash=hashlib.sha256(key.encode()).hexdigest(), is_official=True,
            assessed_at=start_of(scheme.dates.window_ends_date + dt.timedelta(days=1)),
        )
    )  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {"score": [], "line": [], "value": [], "unit": []}
    for number in range(1, units + 1):
        _add_unit(rows, scheme, key, number, (names or {}).get(number, _name(number)), activity, street, lift)
    _rank(rows["score"])
    if connection.execute(select(tables.unit.c.code).where(tables.unit.c.street_code == street)).first() is None:
        connection.execute(insert(tables.unit), rows["unit"])
    connection.execute(insert(tables.score), rows["score"])
    connection.execute(insert(tables.score_line), rows["line"])
    if rows["value"]:
        connection.execute(insert(tables.score_value), rows["value"])
    return key


def _name(number: int) -> str:
    return f"{NAMES[(number - 1) % len(NAMES)]}{'第' + str(number) if number > len(NAMES) else ''}社区"


def _add_unit(
    rows: dict[str, list[dict[str, Any]]], scheme: Any, key: str, number: int, name: str, activity: str, street: str,
    lift: int,
) -> None:  # fmt: skip
    code = f"{street}{number:03}"
    rows["unit"].append(
        {
            "code": code, "valid_from": dt.date(2000, 1, 1), "valid_to": None, "name": name, "street_code": street,
            "street": "云街街道", "unit_type": "社区", "households": 2000, "secretary_email": f"s{number}@example.org",
            "officer_email": f"o{number}@example.org", "liaison_email": "l@example.org", "is_provisional_code": False,
        }
    )  # fmt: skip
    line = {
        "assessment_id": key,
        "unit_code": code,
        "details": None,
        "explanation": f"没有报送材料,不计分、不排名,依据《{scheme.title}》。",
    }
    if number == 1:
        rows["score"].append(_score(key, code, name, None, "未报", 0))
        missing = scheme.missing
        rows["line"].append(
            {**line, "indicator": missing.code, "position": 0, "points": None, "full": None, "outcome": "未达标",
             "has_problem": True, "problem": missing.problem, "deadline_working_days": missing.deadline_working_days}
        )  # fmt: skip
        return
    points = Decimal(0)
    for position, indicator in enumerate(scheme.indicators, 1):
        if indicator.is_bonus:
            continue
        fails = (number * 7 + position * 5) % 9 < 2 and indicator.problem is not None and number > lift
        got = indicator.full / 2 if fails else indicator.full
        points += got
        problem = indicator.problem if fails else None
        papers = ["责任书", "党员花名册"] if problem and problem.naming else []
        rows["line"].append(
            {**line, "indicator": indicator.code, "position": position, "points": got, "full": indicator.full,
             "outcome": "未达标" if fails else "达标", "has_problem": fails,
             "problem": problem.text + (f"(缺{'、'.join(papers)})" if papers else "") if problem else "",
             "details": json.dumps(papers, ensure_ascii=False) if papers else None,
             "deadline_working_days": problem.deadline_working_days if problem else None,
             "explanation": f"{indicator.name}为 1 次,应达到 {2 if fails else 1} 次,"
                            f"{'按比例计' if fails else '已达到,计'} {got} 分(满分 {indicator.full} 分),依据{scheme.clause(indicator)}。"}
        )  # fmt: skip
    late = 2 if number == 2 else 0
    if late:
        rows["line"].append(
            {**line, "indicator": "LATE", "position": 99, "points": Decimal(-late), "full": None, "outcome": "未达标",
             "has_problem": False, "problem": "", "deadline_working_days": None}
        )  # fmt: skip
    rows["score"].append(_score(key, code, name, points - late, "迟报" if late else "已报", late))
    if number % 3 == 0 and "special_activity_names" in scheme.cell:
        rows["value"] += [
            {"assessment_id": key, "unit_code": code, "field": field, "position": position, "field_label": label,
             "version": 1, "reported": text, "corrected": "", "used": text, "source_cell": f"填报表!E{position}"}
            for position, (field, label, text) in enumerate(
                [("special_activities", "特色活动数", "1"), ("special_activity_names", "特色活动名称", activity)], 6
            )
        ]  # fmt: skip


def _score(key: str, code: str, name: str, total: Decimal | None, status: str, days: int) -> dict[str, Any]:
    grade = (
        ""
        if total is None
        else next(g for limit, g in ((90, "优秀"), (80, "良好"), (70, "合格"), (0, "相对后进")) if total >= limit)
    )
    return {"assessment_id": key, "unit_code": code, "unit_name": name, "total": total, "rank": None, "grade": grade,
            "status": status, "days_late": days, "sha256": None}  # fmt: skip


def _rank(scores: list[dict[str, Any]]) -> None:
    totals = sorted((row["total"] for row in scores if row["total"] is not None), reverse=True)
    for row in scores:
        if row["total"] is not None:
            row["rank"] = totals.index(row["total"]) + 1


AT = parse_moment("2026-08-20T10:00:00", "test")
OCTOBER = dt.date(2026, 10, 20)  # after the deadlines of 15 and 30 working days, before those of 60 and more


def open_street(connection: Connection) -> Unit:
    """The street with its items opened; its fourth unit, 望湖社区."""
    open_items(connection, assess_street(connection), ISSUE_DATE, AT)
    unit = find_unit(connection, f"{STREET}004", ISSUE_DATE)
    assert unit is not None
    return unit
