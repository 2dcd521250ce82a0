"""Sheets of free rows: what comes in, what goes back, what is kept of it, and how it is read as of a day and as known then."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.asking.opening import open_period
from include.db.engine import transaction
from include.intake.receive import drain
from include.ledgers.reading import rows_as_of
from include.period import Period, parse_moment
from include.schemes.loader import load_scheme, own_periods
from tests.intake.form_samples import book_of
from tests.invented import invented
from tests.town import STREET, Town

A, B = f"{STREET}001", f"{STREET}002"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n{B},柳堤社区,{STREET},云街街道,,b@x.cn\n"
HOUSES, HELPERS, VISITS = "帮扶户台账", "帮扶人台账", "走访记录"
OF_HOUSES, OF_HELPERS, OF_VISITS = (
    "户号,困难类型,建档日期,退出日期,人口",
    "编号,帮扶户号,出生年月",
    "序号,户号,日期,时长,更正序号",
)
AID = (Path(__file__).parents[1] / "data/aid.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _aid(tmp_path: Path) -> Iterator[None]:
    with invented(tmp_path, "aid", AID):
        yield


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "aid", subjects=SUBJECTS, links="")


def read(form: str, day: str, known: str = "2027-01-01T00:00:00") -> dict[str, dict[str, str]]:
    """A's rows by key."""
    with transaction() as connection:
        rows = rows_as_of(connection, f"aid.{form}", STREET, dt.date.fromisoformat(day), parse_moment(known, "test"))
    return {row.key: row.cells for row in rows if row.filler_code == A}


def findings(name: str) -> list[str]:
    with transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT finding.message FROM finding JOIN delivery ON delivery.sha256 = finding.sha256"
            f" WHERE name = '{name}' ORDER BY check_code"
        )
        return [row[0] for row in rows]


def test_periods_of_sheets_are_collected_and_not_closed(_aid: None) -> None:
    assert [str(one) for one in own_periods("aid", 2026)] == ["2026H1", "2026H2"]
    assert len(own_periods("aid", 2026, with_sheets=True)) == 14
    month = load_scheme("aid", Period.parse("2026-07"))
    assert ([form.key for form in month.forms], month.is_of_sheets, str(month.previous)) == (["visit"], True, "2026-06")
    assert not load_scheme("aid", Period.parse("2026H1")).is_of_sheets


def test_a_row_that_changes_is_read_as_of_each_day_and_as_it_was_known_then(town: Town) -> None:
    first = ["0001,大病,2026-01-10,,3", "0002,低保,2026年2月1日,,11", "", "0003,低保,2026-03-01,,2"]
    assert town.hands_in("2026H1", HOUSES, A, OF_HOUSES, *first, at="2026-03-05T10:00:00") == "accepted", town.said
    assert "人口多于 10 人" in town.said
    assert read("household", "2026-03-04") == {}
    assert read("household", "2026-03-05")["0002"] == {
        "house": "0002",
        "in_need": "低保",
        "since": "2026-02-01",
        "people": "11",
    }
    # the same sheet again: nothing new
    assert town.hands_in("2026H1", HOUSES, A, OF_HOUSES, *first, at="2026-03-06T10:00:00") == "duplicate"
    # one row changes, the others are not named and stay
    assert (
        town.hands_in("2026H1", HOUSES, A, OF_HOUSES, "0002,低保,2026-02-01,,4", at="2026-04-01T10:00:00") == "accepted"
    )
    assert {key: row["people"] for key, row in read("household", "2026-04-01").items()} == {
        "0001": "3",
        "0002": "4",
        "0003": "2",
    }
    assert read("household", "2026-03-31")["0002"]["people"] == "11"
    assert read("household", "2026-06-30", "2026-03-20T00:00:00")["0002"]["people"] == "11"
    with transaction() as connection:
        rows = connection.exec_driver_sql("SELECT row_key, version FROM ledger_row ORDER BY 1, 2").all()
    assert [tuple(row) for row in rows] == [("0001", 1), ("0002", 1), ("0002", 2), ("0002", 3), ("0003", 1)]


def test_a_sheet_of_two_thousand_rows_with_two_wrong_ones_goes_back_whole(town: Town) -> None:
    lines = [f"{n:04},低保,2026-01-10,,3" for n in range(1, 2001)]
    lines[6], lines[1999] = "0007,低保,2026-01-10,2026-01-09,3", "2000,没有,2026-01-10,,3"
    assert town.hands_in("2026H1", HOUSES, A, OF_HOUSES, *lines, at="2026-07-05T10:00:00") == "returned"
    said = findings(f"2026H1_{A}_household.csv")
    assert len(said) == 2
    assert "第12行“退出日期（户 0007）”：退出日期早于建档日期。现为 2026-01-09，应不早于 2026-01-10" in said[0]
    assert "第2005行“困难类型（户 2000）”填的是“没有”" in said[1]
    assert read("household", "2026-07-05") == {}
    lines[6], lines[1999] = "0007,低保,2026-01-10,,3", "2000,低保,2026-01-10,,3"
    assert town.hands_in("2026H1", HOUSES, A, OF_HOUSES, *lines, at="2026-07-06T10:00:00") == "accepted"
    assert len(read("household", "2026-06-30")) == 2000
    # half of them are gone at once: told, and taken; a row key twice goes back
    gone = [f"{n:04},低保,2026-01-10,2026-06-30,3" for n in range(1, 1001)]
    assert town.hands_in("2026H1", HOUSES, A, OF_HOUSES, *gone, at="2026-07-07T10:00:00") == "accepted"
    assert "户数变化较大（1000 行，应在上次 2000 行的 ±20% 以内）" in town.said
    assert town.hands_in("2026H1", HOUSES, A, OF_HOUSES, lines[0], lines[0], at="2026-07-08T10:00:00") == "returned"
    assert "户号（户 0001，第7行）：与第6行重复" in town.said


def test_a_number_of_a_person_is_sent_back_and_never_repeated(town: Town) -> None:
    number = "41010219900101123X"
    status = town.hands_in("2026H1", HOUSES, A, OF_HOUSES, f"{number},大病,2026-01-10,,3", at="2026-07-05T10:00:00")
    assert (status, "请勿填写身份证号或电话" in town.said) == ("returned", True)
    with transaction() as connection:
        for table in ("delivery", "finding", "notice", "submission_value", "ledger_row"):
            assert all(
                number[:17] not in str(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            )


def test_an_empty_sheet_needs_its_tick_and_then_ends_nothing(town: Town) -> None:
    assert (
        town.hands_in("2026H1", HOUSES, A, OF_HOUSES, "0001,大病,2026-01-10,,3", at="2026-07-01T10:00:00") == "accepted"
    )
    rows = ["1,0001,1960-05", "2,0001,1958-01"]
    assert town.hands_in("2026H1", HELPERS, A, OF_HELPERS, *rows, at="2026-07-02T10:00:00") == "accepted", town.said
    assert town.hands_in("2026H1", HELPERS, A, OF_HELPERS, at="2026-07-03T10:00:00") == "returned"
    assert "没有一行" in town.said
    ticked = f"本期无变化,是\n\n{OF_HELPERS}"
    assert town.hands_in("2026H1", HELPERS, A, ticked, at="2026-07-04T10:00:00") == "accepted", town.said
    assert set(read("helper", "2026-06-30")) == {"1", "2"}
    # all that is not named ends, from the sheet's day on
    assert town.hands_in("2026H2", HELPERS, A, OF_HELPERS, rows[1], at="2026-09-01T10:00:00") == "accepted", town.said
    assert set(read("helper", "2026-08-31")) == {"1", "2"}
    assert set(read("helper", "2026-09-01")) == {"2"}
    assert set(read("helper", "2026-09-01", "2026-08-31T00:00:00")) == {"1", "2"}
    assert town.hands_in("2026H2", HELPERS, A, OF_HELPERS, "3,0009,1958-01", at="2026-09-02T10:00:00") == "returned"
    assert "没有这一户，或已退出" in town.said


def test_entries_are_only_added_and_taken_back_by_a_row_of_their_own(town: Town) -> None:
    assert (
        town.hands_in("2026H1", HOUSES, A, OF_HOUSES, "0001,大病,2026-01-10,,3", at="2026-07-01T10:00:00") == "accepted"
    )
    rows = ["1,0001,2026-07-02,2,", "2,0001,2026-07-09,8.5,"]
    assert town.hands_in("2026-07", VISITS, A, OF_VISITS, *rows) == "accepted", town.said
    assert "2026-07-09 一天合计超过 8 小时" in town.said
    for line, said in (
        ("1,0001,2026-08-01,2,", "以前报过，内容不同"),
        ("3,0001,2026-08-01,2.2,", "0.5 小时的倍数"),
        ("3,0001,2026-07-09,2,", "同一户同一天只记一次"),
        ("3,0001,2026-08-01,2,9", "要更正的那一行找不到"),
    ):
        assert town.hands_in("2026-08", VISITS, A, OF_VISITS, line) == "returned"
        assert said in town.said
    assert town.hands_in("2026-08", VISITS, A, OF_VISITS, rows[1], "3,0001,2026-07-09,8.5,2") == "accepted", town.said
    assert list(read("visit", "2026-08-31")) == ["2026/1", "2026/2", "2026/3"]


def test_sheets_that_name_each_other_and_two_of_one_ledger_come_at_once(town: Town) -> None:
    inbox, at = town.world / "inbox", parse_moment("2026-07-06T10:00:00", "test")
    town.patch.setenv("DUBAN_NOW", at.isoformat())
    head = f"期间,2026H1\n编码,{A}\n\n"
    sheets = {
        "a.csv": f"表,{HELPERS}\n{head}{OF_HELPERS}\n1,0002,1960-05\n",
        "b.csv": f"表,{HOUSES}\n{head}{OF_HOUSES}\n0001,大病,2026-01-10,,3\n",
        "c.csv": f"表,household\n{head}{OF_HOUSES}\n0001,大病,2026-01-10,,5\n0002,大病,2026-01-10,,5\n",
    }
    for number, (name, text) in enumerate(sheets.items()):
        (inbox / name).write_text(text, encoding="utf-8")
        os.utime(inbox / name, (at.timestamp() + number, at.timestamp() + number))
    drain("test")
    with transaction() as connection:
        found = {
            row["name"]: row["status"]
            for row in connection.exec_driver_sql("SELECT name, status FROM delivery").mappings()
        }
    assert found == dict.fromkeys(sheets, "accepted")
    assert {key: row["people"] for key, row in read("household", "2026-06-30").items()} == {"0001": "5", "0002": "5"}


def test_the_workbook_goes_out_with_the_rows_that_stand_and_comes_back_with_more(town: Town) -> None:
    scheme = load_scheme("aid", Period.parse("2026H2"))
    assert (
        town.hands_in("2026H1", HOUSES, A, OF_HOUSES, "0001,大病,2026-01-10,,3", at="2026-07-01T10:00:00") == "accepted"
    )
    with transaction() as connection:
        open_period(connection, scheme, STREET, parse_moment("2027-01-01T09:00:00", "test"))
        asked = f"SELECT sha256 FROM opened_form WHERE unit_code = '{A}' AND form = 'household'"
        (row,) = connection.exec_driver_sql(asked).mappings().all()
    book = book_of(contents.load(row["sha256"]))
    sheet = book["填报表"]
    header = next(row for row in sheet.iter_rows() if row[2].value == "户号")
    first = header[0].row + 1
    assert [cell.value for cell in sheet[first]][2:7] == ["0001", "大病", "2026-01-10", None, "3"]
    for column, value in enumerate(["0002", "低保", dt.date(2026, 8, 1), dt.date(2026, 7, 1), 2], 3):
        sheet.cell(first + 1, column).value = value
    path = town.world / "inbox" / "back.xlsx"
    book.save(path)
    at = parse_moment("2027-01-05T10:00:00", "test")
    town.patch.setenv("DUBAN_NOW", at.isoformat())
    os.utime(path, (at.timestamp(), at.timestamp()))
    drain("test")
    (said,) = findings("back.xlsx")
    assert said.startswith(f"填报表!F{first + 1}“退出日期（户 0002）”：退出日期早于建档日期。现为 2026-07-01")
    with transaction() as connection:
        (sha256,) = connection.exec_driver_sql("SELECT returned_sha256 FROM submission WHERE status = 'returned'").one()
    back = book_of(contents.load(sha256))
    assert back["填报表"].cell(first + 1, 6).fill.start_color.rgb == "FFFF9999"
    back["填报表"].cell(first + 1, 6).value = None
    back.save(path)
    os.utime(path, (at.timestamp() + 60, at.timestamp() + 60))
    drain("test")
    assert sorted(read("household", "2026-12-31", "2027-02-01T00:00:00")) == ["0001", "0002"]
