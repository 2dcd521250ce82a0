"""A sheet of the form that is not in the file is one problem, whatever stands on it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from include.intake.receive import drain
from tests.intake.form_samples import as_ods, as_xls, saved
from tests.intake.receive_street import PERIOD, deliveries, drop, notices, workbook


def sheet_as_csv(content: bytes, sheet: str) -> bytes:
    """One sheet of a workbook as Excel saves it: hidden rows and columns too."""
    buffer = io.StringIO()
    rows = openpyxl.load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True)
    csv.writer(buffer).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return buffer.getvalue().encode("gb18030")


def answer(street: Path, name: str, content: bytes) -> str:
    drop(street, name, content, "2026-07-18T09:00:00")
    drain(default_period=PERIOD)
    return str(deliveries()[0]["message"])


@pytest.mark.parametrize(("saved_sheet", "lost"), [("填报表", "材料清单"), ("材料清单", "填报表")])
def test_one_sheet_of_several_as_csv_is_answered_in_one_sentence(street: Path, saved_sheet: str, lost: str) -> None:
    said = answer(street, "表.csv", sheet_as_csv(workbook(), saved_sheet))
    assert said == f"退回：共 1 处问题：CSV 只保存了一张工作表（没有“{lost}”）"
    (problem,) = notices("returned")[0]["payload"]["problems"]
    assert "另存为 .xlsx 再发" in problem["advice"]


@pytest.mark.parametrize(("name", "save"), [("表.xlsx", bytes), ("表.xls", as_xls), ("表.ods", as_ods)])
def test_a_workbook_without_one_of_its_sheets_is_told_which(street: Path, name: str, save: object) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    del book["材料清单"]
    assert answer(street, name, save(saved(book))) == "退回：共 1 处问题：文件中没有工作表“材料清单”"


def test_a_wrong_figure_on_the_sheet_that_came_is_named_beside_the_sheet_that_did_not(street: Path) -> None:
    said = answer(street, "表.csv", sheet_as_csv(workbook(party_lectures="两次"), "填报表"))
    assert said.startswith("退回：共 2 处问题：党课次数（")
    assert said.endswith("没有“材料清单”）")


def test_a_sheet_saved_as_csv_whose_line_has_more_columns_than_its_header_is_refused_with_the_line(
    street: Path,
) -> None:
    content = sheet_as_csv(workbook(), "填报表").decode("gb18030")
    line = next(line for line in content.splitlines() if "应缴党费" in line)
    said = answer(street, "表.csv", content.replace(line, line.replace(",100,", ",1,584.80,")).encode())
    assert "比表头多出 1 列（—），数字里有逗号的请去掉逗号" in said
