"""The inspectors' workbook goes out on the first morning of their window, with what was reported; and comes back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.asking.opening import open_inspection
from include.db.engine import transaction
from include.errors import UserError
from include.intake.reading import read_file
from include.intake.receive import drain
from include.period import Period, now
from include.schemes.loader import load_scheme
from include.steps import planning
from ops.sample.filling import fill_inspection_form
from tests.intake.receive_street import FIRST, SECOND, STREET, drop, notices, prepare, rows, scheme_of, workbook

MORNING = "2026-08-02T08:00:00"


@pytest.fixture
def street(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The morning of 2 August; the first of two communities has handed in twice, the second only what went back."""
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    prepare(world)
    drop(world, "甲.xlsx", workbook(FIRST, party_lectures="1"), "2026-07-10T09:00:00")
    drop(world, "甲改.xlsx", workbook(FIRST, party_lectures="3", dues_paid_yuan="88.5"), "2026-07-12T09:00:00")
    drop(world, "乙.xlsx", workbook(SECOND, party_lectures="四次"), "2026-07-13T09:00:00")
    monkeypatch.setenv("DUBAN_NOW", MORNING)
    drain()
    return world


def office(world: Path, monkeypatch: pytest.MonkeyPatch, inspectors: list[str]) -> None:
    """Settings in which the street names these inspectors."""
    given = (Path(__file__).parents[2] / "include/registry/offices.yaml").read_text(encoding="utf-8")
    own = world / "offices.yaml"
    own.write_text(given.replace("streets:\n", f'streets:\n  "{STREET}": {{inspectors: {inspectors}}}\n'), "utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))


def ask() -> list[dict[str, Any]]:
    """Open the inspection; what lies in the outbox for inspectors."""
    with transaction() as connection:
        open_inspection(connection, scheme_of(), STREET, now(), "run-1")
    found = [dict(notice) for notice in notices("inspection_opened")]
    return sorted(found, key=lambda notice: str(notice["recipient"]))


def mailed(notice: dict[str, Any]) -> bytes:
    [attachment] = notice["attachments"]
    return contents.load(attachment["sha256"])


def column(book: Any, sheet: str, title: str) -> dict[str, object]:
    """What stands below a title, by what stands in the column of the figures' names."""
    at = next(cell for row in book[sheet].iter_rows() for cell in row if cell.value == title)
    return {str(row[2].value): row[at.column - 1].value for row in book[sheet].iter_rows(min_row=at.row + 1)}


def test_every_inspector_gets_the_workbook_of_the_whole_street(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office(street, monkeypatch, ["zhao@example.org", "qian@example.org"])
    asked = ask()
    assert [notice["recipient"] for notice in asked] == ["qian@example.org", "zhao@example.org"]
    sheets = [read_file(contents.load(notice["attachments"][0]["sha256"]), "核查.xlsx", None) for notice in asked]
    assert [sheet.marks["recipient"] for sheet in sheets] == ["qian@example.org", "zhao@example.org"]
    assert len({sheet.marks["code"] for sheet in sheets}) == 2, "each reader has a code of their own"
    assert [notice["payload"]["code"].replace("-", "") for notice in asked] == [sheet.marks["code"] for sheet in sheets]
    assert asked[0]["attachments"][0]["name"] == "半年党建检查考评_现场核查表_云街街道_2026H1.xlsx"
    payload = asked[0]["payload"]
    assert (payload["window_starts_date"], payload["window_ends_date"]) == ("2026-08-02", "2026-08-15")
    assert (payload["units"], payload["waiting"], payload["has_inspectors"]) == (2, ["柳堤社区"], True)
    [logged] = rows("SELECT run_id, stage, street_code, outcome FROM run_log WHERE run_id = 'run-1'")
    assert logged == {"run_id": "run-1", "stage": "open", "street_code": STREET, "outcome": "done"}


def test_an_office_without_inspectors_has_it_sent_to_its_ops(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office(street, monkeypatch, [])
    [asked] = ask()
    assert (asked["recipient"], asked["state"]) == ("ops@duban.invalid", "pending")
    assert asked["payload"]["has_inspectors"] is False


def test_asking_again_mails_nobody_twice_even_where_more_was_reported(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask()
    drop(street, "乙改.xlsx", workbook(SECOND), "2026-08-02T10:00:00")
    monkeypatch.setenv("DUBAN_NOW", "2026-08-02T11:00:00")
    drain()
    assert ask() == before


def test_the_workbook_shows_the_newest_accepted_figures_and_who_has_none(street: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(mailed(ask()[0])))
    assert book.sheetnames == ["现场核查表", "报送数一览", "_duban"]
    first, second = (column(book, "报送数一览", unit.name) for unit in (FIRST, SECOND))
    assert (first["受理情况"], second["受理情况"]) == ("已受理", "未受理")
    assert (first["党课次数（次）"], first["实缴党费（元）"], first["党费按时上交"]) == (3, 88.5, "是")
    assert set(second.values()) == {"未受理", "—"}
    assert first.keys() >= {cell.label for cell in scheme_of().cells if cell.group == "paper"}
    assert not any("级别" in label for label in first), "rows of the bonus that nobody filled in are left out"
    assert "截至2026年8月2日8时" in str(book["报送数一览"]["D1"].value)


def test_two_units_of_one_name_are_told_apart_by_their_codes(street: Path) -> None:
    with transaction() as connection:
        connection.exec_driver_sql("UPDATE unit SET name = '杏花社区'")
    book = openpyxl.load_workbook(io.BytesIO(mailed(ask()[0])))
    assert column(book, "报送数一览", f"杏花社区 {FIRST.code}")["受理情况"] == "已受理"
    assert column(book, "报送数一览", f"杏花社区 {SECOND.code}")["受理情况"] == "未受理"


def test_what_was_mailed_is_received_once_it_is_filled_in(street: Path) -> None:
    found = [(FIRST.code, "party_lectures", "2", "记录本只有两次")]
    content = fill_inspection_form(mailed(ask()[0]), scheme_of(), found, "赵六")
    drop(street, "回复.xlsx", content, "2026-08-05T09:00:00")
    drain()
    [decision] = rows("SELECT unit_code, field, value, decided_by FROM decision")
    assert decision == {"unit_code": FIRST.code, "field": "party_lectures", "value": "2", "decided_by": "赵六"}


def test_a_scheme_of_several_forms_counts_a_unit_as_reported_when_all_have_come(street: Path) -> None:
    with transaction() as connection:
        scheme = load_scheme("five_good", Period.parse("2026H1"))
        assert open_inspection(connection, scheme, STREET, now()) == 1
    [asked] = [dict[str, Any](notice) for notice in notices("inspection_opened")]
    assert asked["payload"]["waiting"] == ["杏花社区", "柳堤社区"]
    assert asked["payload"]["window_starts_date"] == "2026-07-28"
    assert rows("SELECT subject FROM notice WHERE kind = 'inspection_opened'") == [
        {"subject": f"five_good/2026H1/{STREET}"}
    ]


def test_a_street_without_units_asks_nobody(street: Path) -> None:
    with transaction() as connection:
        assert open_inspection(connection, scheme_of(), "999999999", now()) == 0
    assert notices("inspection_opened") == []


@pytest.mark.parametrize("period", ["2026Q1", "2025"])
def test_a_checkpoint_and_a_year_have_no_inspection(street: Path, period: str) -> None:
    with pytest.raises(UserError, match="没有现场检查"):
        planning.plan_inspection("half_year", period, [])
    assert planning.plan_inspection("half_year", "2026Q2", []) == [[STREET]]
