"""Whoever types a figure into a printed column is told that it is no answer, and where one belongs; whoever saves a form with another
program hears nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.asking.opening import open_inspection, open_period
from include.db.engine import transaction
from include.intake.receive import drain
from include.items.items import open_items
from include.period import parse_moment
from tests.intake.form_samples import as_ods, as_xls, book_of, saved
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    STREET,
    deliveries,
    drop,
    figures,
    notices,
    rows,
    scheme_of,
    workbook,
)
from tests.street import found_at
from tests.town import Town

pytestmark = pytest.mark.story

OPENED, INSPECTED = parse_moment("2026-07-01T08:00:00", "test"), parse_moment("2026-07-28T08:00:00", "test")
SAVED = pytest.mark.parametrize(("name", "save"), [("表.xlsx", bytes), ("表.xls", as_xls), ("表.ods", as_ods)])
BEFORE = {"party_lectures": "3", "members": "41", "secretary_studies": "6"}


@pytest.fixture
def opened(street: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The period is open; last period's figures of the first community are known as the form shows them."""
    with transaction() as connection:
        monkeypatch.setattr("include.asking.opening.previous_figures", lambda *_: {FIRST.code: BEFORE})
        open_period(
            connection, scheme_of(), STREET, OPENED, told={FIRST.code: {"members": "44（《在职党员报到登记册》）"}}
        )
    return street


def sent(code: str = FIRST.code) -> Any:
    """The form as it went out to a community, filled in."""
    [row] = rows(f"SELECT sha256 FROM opened_form WHERE unit_code = '{code}' AND form = 'main'")
    book = book_of(contents.load(str(row["sha256"])))
    for sheet in book.worksheets:
        for line in sheet.iter_rows(min_row=5):
            key = str(line[0].value or "")
            if key.startswith("#") and (value := figures().get(key[1:])) and len(line) > 6:
                line[6].value = int(value) if value.isdecimal() else value
    return book


def place(book: Any, label: str, title: str) -> tuple[Any, str]:
    """The cell of a row by its label and the title of its column."""
    sheet = book["填报表"]
    row = next(cell.row for line in sheet.iter_rows() for cell in line if cell.value == label)
    column = next(cell.column_letter for line in sheet.iter_rows() for cell in line if cell.value == title)
    return sheet, f"{column}{row}"


def hands_in(street: Path, content: bytes, name: str = "表.xlsx") -> tuple[str, list[str]]:
    """The answer's message, and the notes of its mail."""
    drop(street, name, content, "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    [row] = deliveries()
    kind = {"accepted": "receipt", "returned": "returned"}[str(row["status"])]
    return str(row["message"]), list(notices(kind)[0]["payload"]["notes"])  # type: ignore[index, call-overload]


@SAVED
def test_a_figure_typed_into_last_periods_column_is_named_and_the_rest_is_taken(
    opened: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    book = sent()
    sheet, cell = place(book, "党课次数", "上期数")
    sheet[cell] = 5
    message, notes = hands_in(opened, save(saved(book)), name)
    answer = place(book, "党课次数", "填报值")[1]
    said = f"填报表!{cell}“党课次数”的“上期数”是印好的，印的是“3”，现填着“5”：印好的一栏不作为填报数，没有采用。要报的数请填在 填报表!{answer}。"
    assert [note for note in notes if "印好" in note] == [said]
    assert message.startswith("已受理（第1版）"), "what the hand-in otherwise says is taken"
    assert f"党课次数（填报表!{cell}，“上期数”）印的是“3”，填成了“5”，没有采用" in message
    [kept] = rows("SELECT value FROM submission_value WHERE field = 'party_lectures'")
    assert kept["value"] == "2"


@SAVED
def test_a_form_that_another_program_saved_says_nothing_of_printed_columns(
    opened: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    book = sent()
    for label, text in (("党课次数", "3.0"), ("书记专题研究党建次数", " 6 "), ("党员数", None)):
        sheet, cell = place(book, label, "上期数")
        sheet[cell] = text
    assert not [note for note in hands_in(opened, save(saved(book)), name)[1] if "印好" in note]


def test_a_sheet_saved_as_csv_says_the_same_of_its_printed_columns(opened: Path) -> None:
    for typed in ("3", "8"):
        book = sent()
        sheet, cell = place(book, "党课次数", "上期数")
        sheet[cell] = typed
        buffer = io.StringIO()
        csv.writer(buffer).writerows(
            [["" if one is None else one for one in row] for row in sheet.iter_rows(values_only=True)]
        )
        drop(opened, f"{typed}.csv", buffer.getvalue().encode("utf-8-sig"), f"2026-07-1{typed}T09:00:00")
        drain(default_period=PERIOD)
    first, second = (json.dumps(notice["payload"], ensure_ascii=False) for notice in notices("returned"))
    assert "印好" not in first
    assert "印的是“3”，现填着“8”" in second


@pytest.mark.parametrize(
    ("title", "label", "typed", "printed"),
    [
        ("单位", "党课次数", 4, "次"),
        ("统计口径", "党课次数", 4, "本半年累计"),
        ("台账数", "党员数", 40, "44（《在职党员报到登记册》）"),
    ],
)
def test_an_answer_typed_over_any_printed_column_is_named(
    opened: Path, title: str, label: str, typed: int, printed: str
) -> None:
    book = sent()
    sheet, cell = place(book, label, title)
    sheet[cell] = typed
    [said] = [note for note in hands_in(opened, saved(book))[1] if "印好" in note]
    assert f"“{label}”的“{title}”是印好的，印的是“{printed}" in said
    assert f"现填着“{typed}”" in said


def test_an_option_typed_into_last_periods_column_of_a_list_is_named(opened: Path) -> None:
    book = sent()
    sheet, row = next(
        (sheet, line[0].row)
        for sheet in book.worksheets
        for line in sheet.iter_rows()
        if str(line[0].value or "").startswith("#paper")
    )
    sheet[f"H{row}"] = "有"
    [said] = [note for note in hands_in(opened, saved(book))[1] if "印好" in note]
    assert "印的是“—”，现填着“有”" in said


def test_a_clerk_who_filled_in_the_wrong_column_throughout_is_told_once_for_all(opened: Path) -> None:
    book = sent()
    sheet = book["填报表"]
    for line in sheet.iter_rows(min_row=6):
        if str(line[0].value or "").startswith("#"):
            line[7].value, line[6].value = 7, None
    message, notes = hands_in(opened, saved(book))
    said = [note for note in notes if "印好" in note]
    assert message.startswith("退回"), "nothing was filled in where it counts"
    assert len(said) == 6
    assert "一栏另有" in said[-1]


def test_what_a_ledger_or_last_period_says_anew_meanwhile_is_not_taken_for_typed(opened: Path) -> None:
    """The form shows what was known when it went out, and that is what it is held against."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("include.intake.judging.previous_figures", lambda *_: {FIRST.code: {"party_lectures": "99"}})
        assert not [note for note in hands_in(opened, saved(sent()))[1] if "印好" in note]


def inspected(
    street: Path, save: Callable[[bytes], bytes], change: Callable[[Any], None], name: str
) -> tuple[str, list[str]]:
    """What an inspector is answered whose workbook was changed."""
    drop(street, "报.xlsx", workbook(), "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    with transaction() as connection:
        told = lambda code, _: {"party_lectures": "9（《月小结》）"} if code == FIRST.code else {}  # noqa: E731
        open_inspection(connection, scheme_of(), STREET, INSPECTED, differing=told)
    [row] = rows("SELECT DISTINCT sha256 FROM opened_form WHERE form = 'inspection'")
    book = book_of(contents.load(str(row["sha256"])))
    change(book)
    drop(street, name, save(saved(book)), "2026-08-05T09:00:00")
    drain(default_period=PERIOD)
    [answered] = [one for one in deliveries() if one["name"] == name]
    assert answered["status"] == "accepted"
    return str(answered["message"]), list(notices("findings_received")[0]["payload"]["notes"])  # type: ignore[index, call-overload]


def _over(sheet: str, label: str, head: str, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        page = book[sheet]
        column = next(cell.column for line in page.iter_rows() for cell in line if cell.value == head)
        page.cell(
            next(cell.row for line in page.iter_rows() for cell in line if cell.value == label), column
        ).value = value

    return change


@SAVED
def test_a_figure_typed_into_the_list_of_reported_figures_is_no_correction(
    street: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    message, notes = inspected(street, save, _over("报送数一览", "党课次数（次）", FIRST.name, 1), name)
    [said] = notes
    assert "“党课次数（次）”的“杏花社区”是印好的，印的是“2”，现填着“1”" in said
    assert "核实的数请在“现场核查表”页另填一行。" in said
    assert message == "已受理现场核查表：更正 0 处"
    assert rows("SELECT id FROM decision WHERE kind = 'correction'") == []


@SAVED
def test_the_inspectors_workbook_saved_by_another_program_says_nothing(
    street: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    assert inspected(street, save, _over("报送数一览", "党课次数（次）", FIRST.name, "2.0"), name)[1] == []


def test_a_figure_typed_beside_a_ledgers_is_named_to_the_inspectors(street: Path) -> None:
    _, [said] = inspected(street, bytes, _over("与台账不同", "党课次数", "报送数", 3), "核.xlsx")
    assert "印的是“2”，现填着“3”" in said


def test_a_figure_entered_as_a_correction_may_stand_in_the_list_too(street: Path) -> None:
    def change(book: Any) -> None:
        _over("报送数一览", "党课次数（次）", FIRST.name, 1)(book)
        sheet = book["现场核查表"]
        [header] = (row for row in sheet.iter_rows() if "核实数" in {cell.value for cell in row})
        entry = {
            "单位编码": FIRST.code,
            "单位名称": FIRST.name,
            "填报项": "党课次数",
            "核实数": 1,
            "原因": "记录本只有一次",
            "核查人": "赵六",
        }
        for cell in header:
            if cell.value in entry:
                sheet.cell(cell.row + 1, cell.column).value = entry[cell.value]

    message, notes = inspected(street, bytes, change, "核.xlsx")
    assert (message, notes) == ("已受理现场核查表：更正 1 处", [])


@pytest.fixture
def asked(street: Path) -> bytes:
    """The 整改反馈表 that went to the first community with its two items."""
    with transaction() as connection:
        assessment = found_at(connection, "2026H1", {FIRST.code: {"E1": 15, "A1": 30}})
        open_items(connection, assessment, dt.date(2026, 8, 20), parse_moment("2026-08-20T10:00:00", "test"))
    [row] = rows(f"SELECT attachments FROM notice WHERE kind = 'rectification_opened' AND unit_code = '{FIRST.code}'")
    return contents.load(json.loads(str(row["attachments"]))[0]["sha256"])


def answered(street: Path, content: bytes, name: str = "反馈.xlsx") -> dict[str, Any]:
    """What became of a 整改反馈表, with the notes of its mail."""
    drop(street, name, content, "2026-09-05T09:00:00")
    drain(default_period=PERIOD)
    [row] = [one for one in deliveries() if one["name"] == name]
    return row | {
        "notes": [note for one in notices("rectification_received") for note in one["payload"].get("notes", [])]
    }  # type: ignore[index, attr-defined]


def written(content: bytes, *cells: tuple[str, str]) -> Any:
    """The sheet with texts in the columns of its first row, by their titles."""
    book = book_of(content)
    titles = {cell.value: cell.column for cell in book.worksheets[0][4]}
    for title, text in cells:
        book.worksheets[0].cell(5, titles[title]).value = text
    return book


ANSWER = (("整改情况", "已补审全部票据"), ("完成日期", "2026年9月4日"), ("佐证材料", "票据台账复印件"))


@SAVED
def test_another_deadline_typed_over_the_printed_one_is_named_and_the_answer_is_taken(
    asked: bytes, street: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    content = saved(written(asked, *ANSWER, ("整改期限", "2026年12月31日")))
    row = answered(street, save(content), name)
    assert row["status"] == "accepted", row["message"]
    [said] = row["notes"]
    assert "的“整改期限”是印好的，印的是“2026年" in said
    assert (
        "现写着“2026年12月31日”：印好的一栏不作为反馈，没有采用；要反馈的请写在同一行的整改情况、完成日期、佐证材料各栏。"
        in said
    )
    assert "现写着“2026年12月31日”" in str(row["message"])


@SAVED
def test_a_sheet_of_rectification_saved_by_another_program_says_nothing(
    asked: bytes, street: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    row = answered(street, save(saved(written(asked, *ANSWER, ("问题", "")))), name)
    assert (row["status"], row["notes"]) == ("accepted", []), row["message"]


def test_an_answer_written_over_the_problem_alone_is_refused_with_the_column_where_it_belongs(
    asked: bytes, street: Path
) -> None:
    row = answered(street, saved(written(asked, ("问题", "已经补审了"))))
    assert row["status"] == "refused"
    assert "没有填写任何一项" in str(row["message"])
    assert "现写着“已经补审了”" in str(row["message"])


def test_a_score_typed_over_the_name_of_whom_a_row_rates_is_no_rating(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = f"{FIRST.code},杏花社区,{STREET},云街街道,社区,a@x.cn\nP,云街中学,{STREET},云街街道,驻区单位,p@x.cn\n"
    town = Town(world, monkeypatch, "mutual_review", subjects=units, links=f"P,共建,{FIRST.code}\n")
    titles = "共建协议落实,场所开放和资源共享,联席会议和沟通,三项清单对接,报到党员组织和反馈,意见建议"
    status = town.hands_in("2026", "驻区单位评社区", "P", titles, f"{FIRST.code},18,18,16,17,15,18,")
    assert status == "accepted"
    assert "杏花社区" in town.said and "“名称”填成了“18”，没有采用" in town.said
