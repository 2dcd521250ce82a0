"""Whoever writes the correction into 退回说明, and not into the red cell, is told so."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from receive_street import PERIOD, deliveries, drop, notices, workbook

from include.archive import contents
from include.intake.receive import drain
from tests.intake.form_samples import as_ods, as_xls, saved

SAME = "请改红色单元格，不要改本表（退回说明）"


def returned_copy(street: Path) -> Any:
    drop(street, "杏花.xlsx", workbook(party_lectures="两次"), "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    (marked,) = notices("returned")[0]["attachments"]
    return openpyxl.load_workbook(io.BytesIO(contents.load(marked["sha256"])))


def second_answer(street: Path, content: bytes, name: str = "改.xlsx") -> str:
    drop(street, name, content, "2026-07-19T09:00:00")
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
