"""Whoever writes the correction into 退回说明, and not into the red cell, is told so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.archive import contents
from include.intake.receive import drain
from include.items.workbooks import layouts
from include.workbooks.inspection_form import write_inspection_form
from tests.intake.form_samples import as_ods, as_xls, book_of, saved
from tests.intake.receive_street import FIRST, PERIOD, SECOND, deliveries, drop, notices, scheme_of, workbook

pytestmark = pytest.mark.story

SAME = "请改红色单元格，不要改本表（退回说明）"


def returned_copy(street: Path) -> Any:
    drop(street, "杏花.xlsx", workbook(party_lectures="两次"), "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    (marked,) = notices("returned")[0]["attachments"]
    return book_of(contents.load(marked["sha256"]))


def second_answer(street: Path, content: bytes, name: str = "改.xlsx", on: str = "2026-07-19") -> str:
    drop(street, name, content, f"{on}T09:00:00")
    drain(default_period=PERIOD)
    return str(deliveries()[1]["message"])


@pytest.mark.parametrize(
    ("column", "name", "save"), [("F", "改.xlsx", bytes), ("G", "改.xls", as_xls), ("H", "改.ods", as_ods)]
)
def test_a_figure_written_into_the_list_is_named_with_the_cell_that_was_meant(
    street: Path, column: str, name: str, save: Callable[[bytes], bytes]
) -> None:
    book = returned_copy(street)
    book["退回说明"][f"{column}4"] = "2"
    content = save(saved(book))
    said = second_answer(street, content, name)
    assert f"“退回说明”里写了“2”，而填报表!G13没有改；{SAME}" in said
    problems = [problem for notice in notices("returned") for problem in notice["payload"]["problems"]]
    assert sum(SAME in problem["advice"] for problem in problems) == 1, "of two answers only the second"


def test_another_wrong_word_in_the_red_cell_is_only_wrong(street: Path) -> None:
    book = returned_copy(street)
    book["填报表"]["G13"] = "二次"
    assert SAME not in second_answer(street, saved(book))


def test_a_copy_corrected_in_the_red_cell_says_nothing_of_the_list(street: Path) -> None:
    book = returned_copy(street)
    book["填报表"]["G13"] = 2
    assert second_answer(street, saved(book)) == "已受理（第2版）"


def test_two_different_figures_are_told_apart_in_the_receipt(street: Path) -> None:
    book = returned_copy(street)
    book["填报表"]["G13"], book["退回说明"]["F4"] = 2, 3
    assert "党课次数（填报表!G13）按 2 受理，“退回说明”里写的是“3”" in second_answer(street, saved(book))


def checked(street: Path, *entries: dict[str, object], name: str = "核查.xlsx", save: Any = bytes) -> Any:
    """What goes back of a 现场核查表 with these entries, by column title."""
    book = book_of(write_inspection_form(scheme_of(), [FIRST, SECOND], "云街街道"))
    sheet = book["现场核查表"]
    (header,) = (row for row in sheet.iter_rows() if {"单位编码", "核实数"} <= {cell.value for cell in row})
    sound = {"单位编码": FIRST.code, "填报项": "党课次数", "核实数": 1, "原因": "只有一次", "核查人": "赵六"}
    for number, entry in enumerate(entries, 1):
        for cell in header:
            if cell.value in sound:
                sheet.cell(cell.row + number, cell.column).value = (sound | entry)[cell.value]
    drop(street, name, save(saved(book)), "2026-08-05T09:00:00")
    drain(default_period=PERIOD)
    (marked,) = notices("returned")[0]["attachments"]
    return book_of(contents.load(marked["sha256"]))


@pytest.mark.parametrize(("name", "save"), [("改.xlsx", bytes), ("改.xls", as_xls), ("改.ods", as_ods)])
@pytest.mark.parametrize(
    ("wrong", "column", "written"),
    [
        ({"核实数": "一次"}, "F", "1"),
        ({"核实数": "一次"}, "G", "1"),
        ({"核实数": None}, "H", "1"),
        ({"原因": "无"}, "F", "记录本只有一次"),
        ({"核查人": None}, "F", "赵六"),
        ({"单位编码": "杏花"}, "F", FIRST.code),
        ({"填报项": "党课"}, "F", "党课次数"),
    ],
)
def test_an_inspector_who_writes_into_the_list_is_told_which_cell_was_meant(
    street: Path, wrong: dict[str, object], column: str, written: str, name: str, save: Callable[[bytes], bytes]
) -> None:
    book = checked(street, wrong)
    place = f"现场核查表!{book['退回说明']['D4'].value}"
    book["退回说明"][f"{column}4"] = written
    drop(street, "填报.xlsx", workbook(), "2026-08-06T08:00:00")
    drop(street, name, save(saved(book)), "2026-08-06T09:00:00")
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == ["returned", "accepted", "returned"]
    assert f"“退回说明”里写了“{written}”，而{place}没有改；{SAME}" in str(deliveries()[2]["message"])


def test_an_inspector_who_corrects_the_red_cell_hears_nothing_of_the_list(street: Path) -> None:
    book = checked(street, {"核实数": "一次"}, {"填报项": "党员大会次数", "核查人": "无"})
    for number in (4, 5):
        book["现场核查表"][book["退回说明"][f"D{number}"].value] = {4: 1, 5: "赵六"}[number]
    assert second_answer(street, saved(book), on="2026-08-06") == "已受理现场核查表：更正 2 处"
    assert notices("findings_received")[0]["payload"]["notes"] == []


def test_another_wrong_word_of_an_inspector_is_only_wrong(street: Path) -> None:
    book = checked(street, {"核实数": "一次"})
    book["现场核查表"][book["退回说明"]["D4"].value] = "两次"
    assert SAME not in second_answer(street, saved(book), on="2026-08-06")


def test_an_inspector_who_writes_two_figures_is_told_which_counts(street: Path) -> None:
    book = checked(street, {"核实数": "一次"})
    place = book["退回说明"]["D4"].value
    book["现场核查表"][place], book["退回说明"]["F4"] = 1, 2
    assert second_answer(street, saved(book), on="2026-08-06") == "已受理现场核查表：更正 1 处"
    (note,) = notices("findings_received")[0]["payload"]["notes"]
    assert f"现场核查表!{place}“核实数" in note and "按 1 受理；“退回说明”里写的是“2”，没有采用" in note


@pytest.mark.parametrize(("name", "save"), [("核查.xls", as_xls), ("核查.ods", as_ods)])
def test_a_list_without_the_entries_asks_for_the_original(
    street: Path, name: str, save: Callable[[bytes], bytes]
) -> None:
    book = checked(street, {"核实数": "一次"}, name=name, save=save)
    assert book.sheetnames == ["退回说明", "现场核查表"]
    assert "在原文件里改正，发回原文件，不要发回本副本" in book["退回说明"]["A2"].value
    assert notices("returned")[0]["payload"]["lost"] == ["现场核查表各行"]


LISTED = "序号,性质,工作表,单元格,填报项,填的内容,应填内容,怎么改\n1,须改正,填报表,G13,党课次数,2,整数,请改\n"
CHECKED = "序号,单位编码,单位名称,填报项,核实数,原因,核查人\n" + "".join(
    f"{number},{FIRST.code},杏花社区,{label},1,只有一次,赵六\n"
    for number, label in enumerate(["党课次数", "党员大会次数", "支委会次数"], 1)
)
ALONE = {"退回说明": LISTED, "现场核查表": CHECKED} | {
    layout.title: "序号," + ",".join(column.title for column in layout.columns) + "\n1,a,b\n"
    for layout in layouts().values()
}


@pytest.mark.parametrize("sheet", ALONE)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_sheet_that_came_alone_as_csv_is_called_by_its_name(street: Path, sheet: str, encoding: str) -> None:
    drop(street, "表.csv", f"{sheet},,\n{ALONE[sheet]}".encode(encoding), "2026-07-19T09:00:00")
    drain(default_period=PERIOD)
    (row,) = deliveries()
    assert row["status"] == "refused"
    assert f"“表.csv”是“{sheet}”另存的 CSV" in str(row["message"]) and "保存为 .xlsx" in str(row["message"])
    assert ("请在退回的工作簿里改红色单元格" in str(row["message"])) == (sheet == "退回说明")
