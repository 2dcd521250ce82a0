"""The year closed and exported by the steps that the workflows run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.errors import UserError
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.period import parse_moment
from include.reports.out import write_out
from include.steps import closing
from tests.intake.receive_street import FIRST, SECOND, STREET, count, prepare, scheme_of, workbook


def _closes(period: str, received: str, closed: str, monkeypatch: pytest.MonkeyPatch, both: bool) -> None:
    monkeypatch.setenv("DUBAN_NOW", received)
    with transaction() as connection:
        for unit in (FIRST, SECOND) if both else (FIRST,):
            content = workbook(unit, period)
            record_delivery(
                connection,
                channel="page",
                name=f"{unit.name}.xlsx",
                sender="",
                received_at=parse_moment(received, "test"),
                sha256=contents.store(content),
                size=len(content),
            )
    drain("test")
    monkeypatch.setenv("DUBAN_NOW", closed)
    closing.close_streets("half_year", period, [STREET], "test")


def test_a_year_is_closed_like_any_period_has_no_circular_and_is_exported(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    _closes("2026H1", "2026-07-10T09:00:00", "2026-08-16T08:00:00", monkeypatch, both=True)
    monkeypatch.setenv("DUBAN_NOW", "2026-12-31T23:59:59")
    with pytest.raises(UserError, match="2026年度（2026）尚未结束"):
        closing.close_streets("half_year", "2026", [STREET], "test")
    _closes("2026H2", "2027-01-10T09:00:00", "2027-03-06T08:00:00", monkeypatch, both=False)
    assert closing.close_streets("half_year", "2026", [STREET], "test") == []
    assert count("circular") == 0
    with transaction() as connection:
        write_out(connection, scheme_of("2026"), world / "out", STREET)
    with (world / "out/scores.csv").open(encoding="utf-8-sig") as file:
        scores = list(csv.DictReader(file))
    assert [(row["unit_code"], row["rank"], row["status"]) for row in scores] == [
        (FIRST.code, "1", "已报"),
        (SECOND.code, "", "未报"),
    ]
    with (world / "out/points.csv").open(encoding="utf-8-sig") as file:
        points = {(row["unit_code"], row["indicator"]): row for row in csv.DictReader(file)}
    assert {indicator for _, indicator in points} == {"H1", "H2"}
    assert points[SECOND.code, "H2"]["points"] == ""
    assert "缺一个半年，全年按未报处理" in points[SECOND.code, "H1"]["explanation"]
