"""A person with streets of his own hands in on the page for these alone, whatever the file names."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from include.acts.handing_in import hand_in
from include.archive import contents
from include.db.engine import transaction
from include.intake.receive import drain
from include.period import now
from include.registry.units import Unit, import_units
from include.workbooks.inspection_form import write_inspection_form
from tests.intake.receive_street import FIRST, PERIOD, REGISTER, SECOND, STREET, rows, scheme_of, workbook

OTHER = "990000002"
NEIGHBOUR = replace(FIRST, code=f"{OTHER}001", name="槐荫社区", street_code=OTHER, street="邻街街道", secretary_email="s9@x.cn", officer_email="o9@x.cn", liaison_email="l9@x.cn")  # fmt: skip
PERSONS = f"""
persons:
  - {{account: cheng, name: 程晚舟, roles: [ops], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: qian, name: 钱多, roles: [ops], streets: ["{OTHER}"], from: 2026-01-01}}
  - {{account: xian, name: 县办, roles: [ops], streets: ["{STREET[:6]}"], from: 2026-01-01}}
"""


@pytest.fixture
def two_streets(street: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (street / "persons.yaml").write_text(PERSONS, encoding="utf-8")
    monkeypatch.setenv("DUBAN_PERSONS", str(street / "persons.yaml"))
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T09:00:00")
    unit = NEIGHBOUR
    line = f"{unit.code},{unit.name},{OTHER},{unit.street},{unit.unit_type},{unit.households},{unit.secretary_email},{unit.officer_email},{unit.liaison_email}\n"
    (street / "both.csv").write_text(REGISTER + line, encoding="utf-8")
    with transaction() as connection:
        import_units(connection, street / "both.csv", dt.date(2026, 1, 1))
    return street


def inspected(of_street: Unit, about: Unit) -> bytes:
    """A 现场核查表 of a street with a correction of a unit that it need not have."""
    book = openpyxl.load_workbook(io.BytesIO(write_inspection_form(scheme_of(), [of_street], of_street.street)))
    hidden = book["_duban"]
    hidden.cell(2, 4).value, hidden.cell(2, 5).value = about.code, about.name
    for column, value in enumerate([about.code, None, "党员大会次数", 1, "只有一次", "王核查"], start=3):
        book["现场核查表"].cell(5, column).value = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def verdicts(unit: Unit) -> bytes:
    return f"编码,{unit.street_code}\n编码,指标,结论,日期\n{unit.code},E1,销号,2026-07-09\n".encode()


def brought(account: str, content: bytes, name: str = "表.xlsx") -> dict[str, object]:
    """What became of a file that a person handed in."""
    sha256 = contents.store(content)
    with transaction() as connection:
        hand_in(connection, name, sha256, len(content), now(), "U盘送来", account, now())
    drain(default_period=PERIOD)
    return rows("SELECT status, unit_code, version, message FROM delivery ORDER BY answered_at DESC, id")[0]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("表.xlsx", lambda: workbook(SECOND)),
        ("核查表.xlsx", lambda: inspected(FIRST, FIRST)),
        ("本街道的核查表.xlsx", lambda: inspected(NEIGHBOUR, FIRST)),
        ("核验.csv", lambda: verdicts(FIRST)),
    ],
)
def test_a_file_about_another_street_counts_for_nobody_and_nobody_there_is_told(
    two_streets: Path, name: str, made: Callable[[], bytes]
) -> None:
    answer = brought("qian", made(), name)
    assert answer["status"] == "refused"
    assert "代交的人只分管 990000002" in str(answer["message"])
    assert rows("SELECT sha256 FROM submission") == []
    assert rows("SELECT kind FROM decision WHERE kind <> 'hand_in'") == []
    told = {str(row["recipient"]) for row in rows("SELECT recipient FROM notice")}
    assert told.isdisjoint({"s1@x.cn", "s2@x.cn"})


def test_within_the_persons_streets_or_county_and_by_a_login_that_has_all_it_is_taken(two_streets: Path) -> None:
    assert brought("cheng", workbook(FIRST))["status"] == "accepted"
    assert brought("xian", workbook(SECOND))["status"] == "accepted"
    assert brought("admin", workbook(NEIGHBOUR))["status"] == "accepted"


def test_who_has_been_refused_in_the_page_may_be_followed_by_who_may(two_streets: Path) -> None:
    assert brought("qian", workbook(FIRST))["status"] == "refused"
    assert brought("cheng", workbook(FIRST))["status"] == "accepted"
