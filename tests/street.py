"""One street for all tests, written straight into the tables: who there is, what they handed in, what they were assessed at."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, insert, select

from include.db import sql, tables
from include.items.items import open_items
from include.period import Period, in_zone, now, parse_moment, standing_at, start_of
from include.registry.units import Unit, find_unit
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.assess import Assessment, assess
from tests.scoring.community import values_of

STREET, NAME = "990000001", "云街街道"
ELSEWHERE = "990000002"  # another street
A, B, C, D = (f"{STREET}{number:03}" for number in range(1, 5))
H1 = load_scheme("half_year", Period.parse("2026H1"))
ISSUE_DATE = dt.date(2026, 8, 20)
OCTOBER = dt.date(2026, 10, 20)  # after the deadlines of 15 and 30 working days, before those of 60 and more
NUMBER = "云街党工委〔2026〕8号"
NAMES = ["永安", "平安", "长庆", "望湖", "文晖", "朝晖", "拱宸", "小河", "米市", "和睦", "湖墅", "大关", "上塘", "康桥", "半山", "祥符", "良渚", "仓前", "五常", "闲林", "中泰", "余杭", "瓶窑", "径山"]  # fmt: skip


def at(text: str) -> dt.datetime:
    return in_zone(dt.datetime.fromisoformat(text))


CLOSE = at("2026-08-15T23:59:59")


def rows(connection: Connection, name: str, *order: str) -> list[dict[str, Any]]:
    """All of a table."""
    table = tables.metadata.tables[name]
    return [
        dict(row)
        for row in connection.execute(select(table).order_by(*(table.c[column] for column in order))).mappings()
    ]


def add_units(connection: Connection, *codes: str, **columns: Any) -> None:
    """Communities of the street since 2000, reachable; or with other `columns`."""
    usual = {
        "valid_from": dt.date(2000, 1, 1), "valid_to": None, "street_code": STREET, "street": NAME, "unit_type": "社区",
        "households": 2000, "officer_email": "", "liaison_email": "baoshequ@example.org", "is_provisional_code": False,
    }  # fmt: skip
    own = [
        {"code": code, "name": f"第{code[-1]}社区", "secretary_email": f"shuji{code[-1]}@example.org"} for code in codes
    ]
    connection.execute(insert(tables.unit), [{**usual, **one, **columns} for one in own])


def hand_in(
    connection: Connection, code: str, values: Mapping[str, str | None] | None = None, *, scheme: Scheme = H1,
    form: str = "main", status: str = "accepted", received_at: dt.datetime | None = None, **columns: Any,
) -> str:  # fmt: skip
    """The next version of a form, with values by field, received now if not said; its SHA-256."""
    key = {"scheme": scheme.scheme, "period": str(scheme.period), "form": form, "unit_code": code}
    table = tables.submission
    known = select(func.count()).select_from(table).filter_by(**key)
    version = connection.execute(known).scalar_one() + 1
    sha256 = hashlib.sha256(f"{key}{version}".encode()).hexdigest()
    connection.execute(
        insert(table).values(
            sha256=sha256, scheme_version=scheme.version, version=version, status=status,
            received_at=received_at or now(), **key, **columns,
        )
    )  # fmt: skip
    labels = {cell.key: cell.label for cell in scheme.cells_of(form)}
    cells = [
        {
            "sha256": sha256,
            "field": field,
            "field_label": labels.get(field, field),
            "reported": value or "",
            "value": value,
            "source_cell": f"填报表!E{row}",
        }
        for row, (field, value) in enumerate((values or {}).items(), 7)
    ]
    if cells:
        connection.execute(insert(tables.submission_value), cells)
    return sha256


class Street:
    """Four communities that nobody can write to; each method is something that happens to them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        for code in (A, B, C, D):
            self.register(code)

    def register(
        self, code: str, valid_from: str = "2000-01-01", valid_to: str | None = None, street: str = STREET
    ) -> None:
        since, until = dt.date.fromisoformat(valid_from), dt.date.fromisoformat(valid_to) if valid_to else None
        add_units(
            self.connection, code, name=f"社区{code[-1]}", valid_from=since, valid_to=until, street_code=street,
            secretary_email="", liaison_email="", is_provisional_code=True,
        )  # fmt: skip

    def hands_in(
        self, code: str, received: str = "2026-07-10T10:00:00", given: dict[str, Any] | None = None, *,
        status: str = "accepted", scheme: Scheme = H1, form: str = "main", base: str = "满分",
    ) -> str:  # fmt: skip
        figures = values_of(scheme, base, given or {})
        values = {cell.key: figures[cell.key] for cell in scheme.cells_of(form)}
        return hand_in(self.connection, code, values, scheme=scheme, form=form, status=status, received_at=at(received))

    def decides(self, code: str, kind: str, value: str, decided: str, field: str = "", period: str = "2026H1") -> None:
        digest = hashlib.sha256(f"{code}{kind}{value}{decided}{field}{period}".encode()).hexdigest()
        values = {
            "id": digest, "kind": kind, "scheme": "half_year", "period": period, "unit_code": code, "field": field,
            "value": value, "reason": "现场核实", "decided_by": "检查组", "decided_at": at(decided), "sha256": None,
            "account": "admin",
        }  # fmt: skip
        sql.execute(self.connection, "decisions/insert_decision", **values)

    def assess(
        self, as_of: dt.datetime = CLOSE, scheme: Scheme = H1, assessed_at: dt.datetime | None = None
    ) -> Assessment:
        with standing_at(assessed_at or as_of):
            return assess(self.connection, scheme, STREET, as_of, "test")

    def score(self, assessment: Assessment, code: str = A) -> dict[str, Any]:
        table = tables.score
        query = select(table).where((table.c.assessment_id == assessment.id) & (table.c.unit_code == code))
        return dict(self.connection.execute(query).mappings().one())

    def lines(self, assessment: Assessment, code: str = A) -> dict[str, dict[str, Any]]:
        table = tables.score_line
        query = select(table).where((table.c.assessment_id == assessment.id) & (table.c.unit_code == code))
        rows = self.connection.execute(query.order_by(table.c.position)).mappings()
        return {row["indicator"]: dict(row) for row in rows}

    def figure(self, assessment: Assessment, field: str, code: str = A) -> dict[str, Any]:
        table = tables.score_value
        query = select(table).where(
            (table.c.assessment_id == assessment.id) & (table.c.unit_code == code) & (table.c.field == field)
        )
        return dict(self.connection.execute(query).mappings().one())

    def rows(self) -> dict[str, int]:
        """How many rows each table that scoring writes has."""
        written = (
            tables.assessment,
            tables.score,
            tables.score_line,
            tables.score_value,
            tables.restatement,
            tables.run_log,
        )
        return {
            table.name: self.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in written
        }


def found_at(connection: Connection, period: str, problems: dict[str, dict[str, int]], revision: int = 1) -> str:
    """An assessment of which only the problems matter: unit → indicator → working days to rectify; its id."""
    key = _assessment(connection, load_scheme("half_year", Period.parse(period)), STREET, revision, now())
    for code, found in problems.items():
        score = {"assessment_id": key, "unit_code": code, "unit_name": f"第{code[-1]}社区", "grade": "良好"}
        connection.execute(insert(tables.score).values(**score, status="已报", days_late=0))
        for position, (indicator, days) in enumerate(found.items()):
            connection.execute(
                insert(tables.score_line).values(
                    assessment_id=key, unit_code=code, indicator=indicator, position=position, outcome="未达标",
                    explanation="", has_problem=days > 0, problem=f"{indicator}不到位" if days else "",
                    deadline_working_days=days or None,
                )
            )  # fmt: skip
    return key


def assess_street(
    connection: Connection, period: str = "2026H1", units: int = 24, revision: int = 1,
    names: dict[int, str] | None = None, activity: str = "邻里议事厅、红色课堂", street: str = STREET,
    scheme_key: str = "half_year", lift: int = 0,
) -> str:  # fmt: skip
    """An assessment of a whole street: unit 1 未报, unit 2 迟报; each other unit fails the indicators that its number picks,
    those up to `lift` none; its id."""
    scheme = load_scheme(scheme_key, Period.parse(period))
    at_once = start_of(scheme.dates.window_ends_date + dt.timedelta(days=1))
    key = _assessment(connection, scheme, street, revision, at_once)
    written: dict[str, list[dict[str, Any]]] = {"score": [], "line": [], "value": []}
    for number in range(1, units + 1):
        _assess_unit(written, scheme, key, number, (names or {}).get(number, _name(number)), activity, street, lift)
    _rank(written["score"])
    if connection.execute(select(tables.unit.c.code).where(tables.unit.c.street_code == street)).first() is None:
        for number in range(1, units + 1):
            add_units(
                connection, f"{street}{number:03}", name=(names or {}).get(number, _name(number)), street_code=street,
                secretary_email=f"s{number}@example.org", officer_email=f"o{number}@example.org",
                liaison_email="l@example.org",
            )  # fmt: skip
    connection.execute(insert(tables.score), written["score"])
    connection.execute(insert(tables.score_line), written["line"])
    if written["value"]:
        connection.execute(insert(tables.score_value), written["value"])
    return key


def open_street(connection: Connection) -> Unit:
    """That street with its items opened; its fourth unit, 望湖社区."""
    open_items(connection, assess_street(connection), ISSUE_DATE, parse_moment("2026-08-20T10:00:00", "test"))
    unit = find_unit(connection, D, ISSUE_DATE)
    assert unit is not None
    return unit


def _assessment(connection: Connection, scheme: Scheme, street: str, revision: int, assessed_at: dt.datetime) -> str:
    key = f"{scheme.scheme}/{scheme.period}/{street}/r{revision}"
    connection.execute(
        insert(tables.assessment).values(
            id=key, scheme=scheme.scheme, scheme_version=scheme.version, period=str(scheme.period), street_code=street,
            revision=revision, input_hash=hashlib.sha256(key.encode()).hexdigest(), is_official=True,
            assessed_at=assessed_at,
        )
    )  # fmt: skip
    return key


def _name(number: int) -> str:
    return f"{NAMES[(number - 1) % len(NAMES)]}{'第' + str(number) if number > len(NAMES) else ''}社区"


def _assess_unit(
    written: dict[str, list[dict[str, Any]]], scheme: Any, key: str, number: int, name: str, activity: str, street: str,
    lift: int,
) -> None:  # fmt: skip
    code = f"{street}{number:03}"
    line = {
        "assessment_id": key,
        "unit_code": code,
        "details": None,
        "explanation": f"没有报送材料,不计分、不排名,依据《{scheme.title}》。",
    }
    if number == 1:
        written["score"].append(_score(key, code, name, None, "未报", 0))
        missing = scheme.missing
        written["line"].append(
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
        written["line"].append(
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
        written["line"].append(
            {**line, "indicator": "LATE", "position": 99, "points": Decimal(-late), "full": None, "outcome": "未达标",
             "has_problem": False, "problem": "", "deadline_working_days": None}
        )  # fmt: skip
    written["score"].append(_score(key, code, name, points - late, "迟报" if late else "已报", late))
    if number % 3 == 0 and "special_activity_names" in scheme.cell:
        written["value"] += [
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
