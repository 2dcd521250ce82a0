"""A street of four communities on a real database; each method is something that happens to them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import Connection, func, select

from include.db import sql, tables
from include.period import Period, in_zone, standing_at
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.assess import Assessment, assess
from tests.scoring.community import values_of

STREET = "990101001"
ONE, TWO, THREE, FOUR = (f"{STREET}00{n}" for n in range(1, 5))
SCHEME = load_scheme("half_year", Period.parse("2026H1"))


def at(text: str) -> dt.datetime:
    return in_zone(dt.datetime.fromisoformat(text))


CLOSE = at("2026-08-15T23:59:59")


class Street:
    """Four communities; each method is something that happens to them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        for code in (ONE, TWO, THREE, FOUR):
            self.register(code)

    def register(
        self, code: str, valid_from: str = "2000-01-01", valid_to: str | None = None, street: str = STREET
    ) -> None:
        values = {
            "code": code, "valid_from": dt.date.fromisoformat(valid_from), "name": f"社区{code[-1]}",
            "valid_to": dt.date.fromisoformat(valid_to) if valid_to else None, "street_code": street, "street": "云湖街道",
            "unit_type": "社区", "households": 2000, "secretary_email": "", "officer_email": "", "liaison_email": "",
            "is_provisional_code": True,
        }  # fmt: skip
        self.connection.execute(tables.unit.insert().values(**values))

    def hands_in(
        self, code: str, received: str = "2026-07-10T10:00:00", given: dict[str, Any] | None = None, *,
        status: str = "accepted", scheme: Scheme = SCHEME, form: str = "main", base: str = "满分",
    ) -> str:  # fmt: skip
        submission = tables.submission
        of_unit = (
            (submission.c.unit_code == code) & (submission.c.form == form) & (submission.c.scheme == scheme.scheme)
        )
        of_period = of_unit & (submission.c.period == str(scheme.period))
        version = (
            self.connection.execute(select(func.count()).select_from(submission).where(of_period)).scalar_one() + 1
        )
        sha256 = hashlib.sha256(f"{scheme.scheme}{scheme.period}{form}{code}{version}".encode()).hexdigest()
        values = {
            "sha256": sha256, "scheme": scheme.scheme, "scheme_version": scheme.version, "form": form,
            "period": str(scheme.period), "unit_code": code, "version": version, "status": status, "received_at": at(received),
        }  # fmt: skip
        self.connection.execute(submission.insert().values(**values))
        figures = values_of(scheme, base, given or {})
        cells = [
            {
                "sha256": sha256,
                "field": cell.key,
                "field_label": cell.label,
                "reported": figures[cell.key] or "",
                "value": figures[cell.key],
                "source_cell": f"填报表!E{row}",
            }
            for row, cell in enumerate(scheme.cells_of(form), 7)
        ]
        self.connection.execute(tables.submission_value.insert(), cells)
        return sha256

    def decides(self, code: str, kind: str, value: str, decided: str, field: str = "", period: str = "2026H1") -> None:
        digest = hashlib.sha256(f"{code}{kind}{value}{decided}{field}{period}".encode()).hexdigest()
        values = {
            "id": digest, "kind": kind, "scheme": "half_year", "period": period, "unit_code": code, "field": field,
            "value": value, "reason": "现场核实", "decided_by": "检查组", "decided_at": at(decided), "sha256": None,
            "account": "admin",
        }  # fmt: skip
        sql.execute(self.connection, "decisions/insert_decision", **values)

    def assess(
        self, as_of: dt.datetime = CLOSE, scheme: Scheme = SCHEME, assessed_at: dt.datetime | None = None
    ) -> Assessment:
        with standing_at(assessed_at or as_of):
            return assess(self.connection, scheme, STREET, as_of, "test")

    def score(self, assessment: Assessment, code: str = ONE) -> dict[str, Any]:
        table = tables.score
        query = select(table).where((table.c.assessment_id == assessment.id) & (table.c.unit_code == code))
        return dict(self.connection.execute(query).mappings().one())

    def lines(self, assessment: Assessment, code: str = ONE) -> dict[str, dict[str, Any]]:
        table = tables.score_line
        query = select(table).where((table.c.assessment_id == assessment.id) & (table.c.unit_code == code))
        rows = self.connection.execute(query.order_by(table.c.position)).mappings()
        return {row["indicator"]: dict(row) for row in rows}

    def figure(self, assessment: Assessment, field: str, code: str = ONE) -> dict[str, Any]:
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
