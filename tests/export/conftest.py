"""A street of two communities whose half year was scored by hand, so that OUT can be read against what was put in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Connection, Table

from include.archive import contents
from include.db import tables
from include.db.types import Moment
from include.period import Period, parse_moment
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme

STREET, OTHER_STREET = "990101001", "990101002"
FIRST, SECOND, FOREIGN = f"{STREET}001", f"{STREET}002", f"{OTHER_STREET}001"
ASSESSMENT = f"half_year/2026H1/{STREET}/r1"


def moment(text: str) -> dt.datetime:
    return parse_moment(text, "test")


class Record:
    """Writes rows of the business database, with columns that a test does not care about filled in."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def add(self, table: Table, **values: Any) -> None:
        row = {
            column.name: _filler(column) for column in table.columns if not (column.nullable or column.server_default)
        } | values
        self.connection.execute(table.insert().values(**row))

    def unit(self, code: str, name: str) -> None:
        self.add(
            tables.unit, code=code, name=name, street_code=code[:9], street="云街街道", valid_from=dt.date(2000, 1, 1),
            unit_type="社区", kind="社区", households=1200, secretary_email=f"s{code}@yunjie.example",
            officer_email=f"o{code}@yunjie.example", liaison_email=f"l{code}@yunjie.example", is_provisional_code=True,
        )  # fmt: skip

    def score(self, unit_code: str, **values: Any) -> None:
        self.add(tables.score, **{"assessment_id": ASSESSMENT, "unit_code": unit_code, "days_late": 0} | values)

    def line(self, unit_code: str, indicator: str, **values: Any) -> None:
        key = {"assessment_id": ASSESSMENT, "unit_code": unit_code, "indicator": indicator}
        self.add(tables.score_line, **key | {"has_problem": False, "problem": ""} | values)

    def value(self, unit_code: str, field: str, **values: Any) -> None:
        key = {"assessment_id": ASSESSMENT, "unit_code": unit_code, "field": field}
        self.add(tables.score_value, **key | {"version": 1, "corrected": ""} | values)

    def delivery(self, name: str, content: bytes, received_at: str, **values: Any) -> str:
        """A received file; its id."""
        sha256, number = contents.store(content), f"{name}@{received_at}"
        self.add(
            tables.delivery, id=number, sha256=sha256, bytes=len(content), name=name, channel="inbox",
            received_at=moment(received_at), **values,
        )  # fmt: skip
        return number

    def submission(self, content: bytes, unit_code: str, **values: Any) -> None:
        self.add(
            tables.submission,
            sha256=contents.store(content),
            unit_code=unit_code,
            **{"scheme": "half_year", "form": "main", "period": "2026H1", "version": 1, "status": "accepted"} | values,
        )

    def mail(self, content: bytes, notices: list[dict[str, Any]], state: str = "sent") -> None:
        key = contents.store(content)
        self.add(tables.mail, id=key, sha256=key, state=state)
        for number, notice in enumerate(notices):
            row = {
                "id": f"{key[:60]}{number:04}",
                "mail_id": key,
                "stage": key,
                "state": "sent",
                "due_at": moment("2026-07-10T09:00"),
            }
            self.add(tables.notice, **row | notice)


def _filler(column: Any) -> Any:
    kind = column.type.python_type if not isinstance(column.type, Moment) else dt.datetime
    return {str: "", int: 0, bool: False, dt.datetime: moment("2026-07-01"), dt.date: dt.date(2026, 1, 1)}[kind]


@pytest.fixture
def scheme() -> Scheme:
    return load_scheme("half_year", Period.parse("2026H1"))


@pytest.fixture
def record(connection: Connection) -> Record:
    """Two communities: the first on time with one problem, the second 未报."""
    record = Record(connection)
    record.unit(FIRST, "拾云社区")
    record.unit(SECOND, "望舒社区")
    record.add(
        tables.assessment, id=ASSESSMENT, scheme="half_year", scheme_version="2026", period="2026H1",
        street_code=STREET, revision=1, input_hash="ab" * 32, is_official=True,
    )  # fmt: skip
    record.score(FIRST, unit_name="拾云社区", total="93.5", rank=1, grade="优秀", status="已报")
    record.score(SECOND, unit_name="望舒社区", total=None, rank=None, grade="", status="未报")
    record.line(FIRST, "A1", points="2.5", full=5, outcome="未达标", explanation="书记专题研究 1 次。", has_problem=True,
                problem="书记抓党建不到位", deadline_working_days=30)  # fmt: skip
    record.line(FIRST, "A2c", points=None, full=3, outcome="不适用", explanation="没有党小组。")
    record.line(FIRST, "LATE", points=-1, full=None, outcome="未达标", explanation="迟报 1 天。")
    record.line(SECOND, "S0", points=None, full=None, outcome="未达标", has_problem=True, problem="未按时报送材料",
                deadline_working_days=15)  # fmt: skip
    record.value(FIRST, "secretary_studies", position=1, field_label="书记专题研究党建次数", reported="2",
                 corrected="1", used="1", source_cell="填报表!G7")  # fmt: skip
    record.value(FIRST, "bonus_1_matter", position=60, field_label="事项", reported="=1+1", used="=1+1")
    return record
