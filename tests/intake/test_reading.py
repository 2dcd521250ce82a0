"""A form that comes back is read, however people handled it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from include.intake.reading import Refusal, read_file
from include.period import Period
from include.workbooks.forms import write_form
from include.workbooks.inspection_form import write_inspection_form
from include.workbooks.values import is_nothing
from tests.intake.form_samples import (
    CODE,
    H1,
    as_ods,
    as_xls,
    blank,
    canonical,
    figures,
    fill,
    half_year,
    part_of,
    places,
    put,
    read,
    rezipped,
    saved,
    unit,
    values_of,
    whole_form,
)

COUNTS = [cell.key for cell in half_year().cells if cell.type == "count"]


@pytest.fixture(scope="module")
def filled() -> bytes:
    return whole_form()


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def row_of(content: bytes, key: str) -> int:
    return int(places(content)[key].split("!G")[1])


def test_a_filled_form_reads_as_it_was_typed_with_unit_period_and_version(filled: bytes) -> None:
    form = read(filled)
    assert (form.scheme_key, form.form, form.period, form.scheme_version) == ("half_year", "main", "2026H1", "2026")
    assert (form.unit_code, form.unit_name, form.notes) == (CODE, "云桥社区", [])
    assert values_of(form) == canonical(figures())


def test_every_cell_knows_its_place_in_the_sheet(filled: bytes) -> None:
    book = opened(filled)
    for key, cell in read(filled).cells.items():
        sheet, _, reference = cell.source_cell.rpartition("!")
        found = book[sheet][reference].value
        assert (found is None) == (key not in figures()), key


def test_an_empty_form_has_every_field_and_no_value() -> None:
    form = read(blank())
    assert list(form.cells) == [cell.key for cell in half_year().cells]
    assert values_of(form) == {}
    assert not any(cell.problem for cell in form.cells.values())


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(COUNTS), st.integers(0, 10**9), min_size=1, max_size=12),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"]), max_size=60),
)
def test_whatever_is_written_into_a_form_is_read_back(counts: dict[str, int], name: str) -> None:
    assume(not name.strip().startswith("#"))  # an error value is one as text too: a CSV knows no other
    form = read(fill(blank(), {**counts, "special_activity_names": name}))
    for key, number in counts.items():
        assert form.cells[key].value == str(number)
    written = form.cells["special_activity_names"]
    assert written.problem is None
    assert (written.value is None) == is_nothing(written.text)  # 无, 0 and the like, and the empty cell


@pytest.mark.parametrize("text", ["#members", "@value", "@level", "党课次数", "填报值"])
def test_a_text_that_looks_like_a_mark_or_label_is_only_a_text(text: str) -> None:
    values = figures() | {"special_activity_names": text, "bonus_1_matter": text, "bonus_2_matter": text}
    assert values_of(read(fill(blank(), values))) == canonical(values)


def test_moved_rows_still_read(filled: bytes) -> None:
    book, (first, second) = opened(filled), (row_of(filled, "members"), row_of(filled, "vouchers"))
    sheet = book["填报表"]
    for column in range(1, 9):
        a, b = sheet.cell(first, column), sheet.cell(second, column)
        if type(a).__name__ == type(b).__name__ == "Cell":
            a.value, b.value = b.value, a.value
    form = read(saved(book))
    assert values_of(form) == canonical(figures())
    assert form.cells["members"].source_cell == f"填报表!G{second}"


def test_inserted_rows_and_columns_do_not_matter(filled: bytes) -> None:
    book = opened(filled)
    sheet = book["填报表"]
    sheet.merged_cells.ranges.clear()
    sheet.insert_rows(12, 3)
    sheet.insert_cols(4, 2)
    sheet.insert_cols(1)
    form = read(saved(book))
    assert values_of(form) == canonical(figures())
    assert form.cells["members"].source_cell.startswith("填报表!J")


def test_what_the_visible_label_says_wins_over_a_hidden_key_left_behind(filled: bytes) -> None:
    book, (first, second) = opened(filled), (row_of(filled, "reserve_cadres"), row_of(filled, "activists"))
    sheet = book["填报表"]
    for column in (4, 7):
        a, b = sheet.cell(first, column), sheet.cell(second, column)
        a.value, b.value = b.value, a.value
    form = read(saved(book))
    assert values_of(form) == canonical(figures())
    assert any("行已移动" in note for note in form.notes)


def test_cells_merged_around_an_input_still_read(filled: bytes) -> None:
    book, row = opened(filled), row_of(filled, "members")
    sheet = book["填报表"]
    sheet.merge_cells(f"G{row}:H{row}")
    other = row_of(filled, "activists")
    sheet.merge_cells(f"F{other}:G{other}")
    sheet[f"F{other}"].value = 4
    form = read(saved(book))
    assert form.cells["members"].value == str(figures()["members"])
    assert (form.cells["activists"].value, form.cells["activists"].source_cell) == ("4", f"填报表!F{other}")


def test_renamed_hidden_and_reordered_sheets_still_read(filled: bytes) -> None:
    book = opened(filled)
    book["填报表"].title = "Sheet1 (2)"
    book["材料清单"].sheet_state = "hidden"
    book.move_sheet("_duban", -4)
    book.create_sheet("随手记")["A1"] = "党员数"
    form = read(saved(book))
    assert values_of(form) == canonical(figures())
    assert form.cells["members"].source_cell.startswith("Sheet1 (2)!G")


def test_a_copy_of_a_sheet_that_says_the_same_is_no_problem_but_a_contradiction_is(filled: bytes) -> None:
    book = opened(filled)
    copy = book.copy_worksheet(book["填报表"])
    assert values_of(read(saved(book))) == canonical(figures())
    copy[f"G{row_of(filled, 'members')}"] = 999
    cell = read(saved(book)).cells["members"]
    assert cell.value is None
    assert cell.problem is not None and "多次且内容不一致" in cell.problem


def copied_into_a_new_workbook(content: bytes) -> bytes:
    """What people see, pasted as values into an empty workbook: no keys, no metadata."""
    book, new = opened(content), openpyxl.Workbook()
    new.remove(new.active)
    for name in book.sheetnames[:-2]:
        sheet = new.create_sheet(name)
        for row in book[name].iter_rows(min_col=2):
            if not book[name].row_dimensions[row[0].row].hidden:
                sheet.append([cell.value for cell in row])
    return saved(new)


def test_figures_copied_into_a_new_workbook_are_read_by_their_labels(filled: bytes) -> None:
    form = read(copied_into_a_new_workbook(filled))
    assert (form.scheme_key, form.form, form.period, form.unit_code) == ("half_year", "main", "2026H1", CODE)
    assert values_of(form) == canonical(figures())
    assert any("不是发出的填报表原件" in note for note in form.notes)


def test_a_copied_form_of_last_year_keeps_its_period() -> None:
    assert read(copied_into_a_new_workbook(blank("2025H2"))).period == "2025H2"


@pytest.mark.parametrize("period", ["2025H1", "2025H2", "2026Q1"])
def test_a_form_of_another_period_is_read_with_its_own_period_and_version(period: str) -> None:
    form = read_file(blank(period), "表.xlsx", H1)
    assert (form.period, form.scheme_version) == (period, period[:4])


def test_a_form_sent_to_another_unit_is_not_taken_for_the_one_in_its_head(filled: bytes) -> None:
    book = opened(filled)
    for name in ("填报表", "材料清单", "加分事项"):
        put(book, f"{name}!G2", "410102001009")
    with pytest.raises(Refusal, match=r"410102001009.*410102001001"):
        read(saved(book))


@pytest.mark.parametrize(
    ("raw", "why"),
    [("12次", "只填数字"), (dt.date(2026, 7, 1), "日期"), (True, "逻辑值"), (-1, "负数"), (1.5, "小数")],
)
def test_a_wrong_cell_is_named_with_its_place(raw: Any, why: str) -> None:
    cell = read(fill(blank(), {"members": raw})).cells["members"]
    assert cell.value is None
    assert cell.problem is not None and why in cell.problem
    assert cell.source_cell == f"填报表!G{row_of(blank(), 'members')}"


def test_a_formula_without_a_result_is_named() -> None:
    content = fill(blank(), {})
    book = opened(content)
    book["填报表"][f"G{row_of(content, 'members')}"] = "=SUM(1,2)"
    cell = read(saved(book)).cells["members"]
    assert (cell.text, cell.value, cell.problem) == ("=SUM(1,2)", None, "单元格是公式且没有计算结果，请改填数字")


def test_a_formula_with_a_result_is_read() -> None:
    content = fill(blank(), {"members": 58})
    xml = _sheet_xml(content).replace(b"<v>58</v>", b"<f>50+8</f><v>58</v>")
    assert read(rezipped(content, {"xl/worksheets/sheet1.xml": xml})).cells["members"].value == "58"


def test_an_error_value_is_named_and_not_taken_for_empty() -> None:
    content = fill(blank(), {"members": 58})
    book = opened(content)
    cell = book["填报表"][f"G{row_of(content, 'members')}"]
    cell.value, cell.data_type = "#REF!", "e"
    read_cell = read(saved(book)).cells["members"]
    assert (read_cell.text, read_cell.value) == ("#REF!", None)
    assert read_cell.problem is not None and "#REF!" in read_cell.problem


def _sheet_xml(content: bytes) -> bytes:
    return part_of(content, "xl/worksheets/sheet1.xml")


def test_an_old_excel_file_reads_the_same(filled: bytes) -> None:
    form = read(as_xls(filled), "表.xls")
    assert values_of(form) == canonical(figures())
    assert form.cells["members"].source_cell == f"填报表!G{row_of(filled, 'members')}"


def test_an_error_value_in_an_old_excel_file_is_named() -> None:
    old = xlwt.Workbook()
    book = opened(blank())
    for sheet in book.worksheets:
        copy = old.add_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    copy.write(cell.row - 1, cell.column - 1, cell.value)
                elif sheet.title == "填报表" and cell.coordinate == f"G{row_of(blank(), 'members')}":
                    copy.row(cell.row - 1).set_cell_error(cell.column - 1, "#REF!")
    buffer = io.BytesIO()
    old.save(buffer)
    cell = read(buffer.getvalue(), "表.xls").cells["members"]
    assert cell.problem is not None and "#REF!" in cell.problem


def test_an_opendocument_file_reads_the_same(filled: bytes) -> None:
    assert values_of(read(as_ods(filled), "表.ods")) == canonical(figures())


def test_an_opendocument_formula_without_result_and_an_error_are_named(filled: bytes) -> None:
    content = as_ods(filled)
    xml = part_of(content, "content.xml").decode()
    typed = (
        '<table:table-cell office:value-type="float" office:value="1584.8"><text:p>1584.8</text:p></table:table-cell>'
    )
    assert xml.count(typed) == 2
    xml = xml.replace(typed, '<table:table-cell table:formula="of:=1+1"/>', 1)
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell>"
    )
    xml = xml.replace(typed, error, 1)
    cells = read(rezipped(content, {"content.xml": xml.encode()}), "表.ods").cells
    assert cells["dues_payable_yuan"].problem == "单元格是公式且没有计算结果，请改填数字"
    assert cells["dues_paid_yuan"].problem is not None and "#DIV/0!" in cells["dues_paid_yuan"].problem


def inspected(rows: list[tuple[Any, ...]], street: str = "云街街道") -> bytes:
    units = [unit(), unit("410102001002", "石榴社区")]
    book = opened(write_inspection_form(half_year(), units, street))
    sheet = book["现场核查表"]
    for offset, values in enumerate(rows):
        for column, value in enumerate(values, start=3):
            sheet.cell(5 + offset, column).value = value
    return saved(book)


def test_inspectors_findings_are_read_row_by_row() -> None:
    form = read(
        inspected(
            [
                (CODE, None, "党员大会次数", 1, "会议记录只有一次", "王核查"),
                (None, "石榴社区", "事项(第2项)", "抗台", "查证属实", "李核查"),
            ]
        )
    )
    assert (form.form, form.unit_code, form.unit_name, form.cells) == ("inspection", "410102001", "云街街道", {})
    first, second = form.corrections
    assert (first.unit_code, first.field, first.value, first.reason) == (
        CODE,
        "member_assemblies",
        "1",
        "会议记录只有一次",
    )
    assert (first.inspector, first.source_cell) == ("王核查", "现场核查表!F5")
    assert (second.unit_code, second.field, second.value) == ("410102001002", "bonus_2_matter", "抗台")


@pytest.mark.parametrize(
    ("row", "key", "why"),
    [
        (("999999999999", None, "党课次数", 1, "a", "b"), "单位编码（第5行）", "不是本街道"),
        ((CODE, "石榴社区", "党课次数", 1, "a", "b"), "单位名称（第5行）", "与单位编码不符"),
        ((None, "没有社区", "党课次数", 1, "a", "b"), "单位名称（第5行）", "没有名为"),
        ((CODE, None, "唱歌次数", 1, "a", "b"), "填报项（第5行）", "下拉框"),
        ((CODE, None, "党课次数", "一次", "a", "b"), "核实数（第5行）", "不是数字"),
        ((CODE, None, "党课次数", None, "a", "b"), "核实数（第5行）", "没有填核实数"),
        ((CODE, None, "党课次数", 1, None, "b"), "原因（第5行）", "没有填原因"),
        ((CODE, None, "党课次数", 1, "无", "b"), "原因（第5行）", "没有填原因"),
        ((CODE, None, "党课次数", 1, "a", None), "核查人（第5行）", "没有填核查人"),
    ],
)
def test_an_unusable_finding_of_the_inspectors_is_named(row: tuple[Any, ...], key: str, why: str) -> None:
    form = read(inspected([row]))
    assert form.corrections == []
    assert why in str(form.cells[key].problem)
    assert form.cells[key].source_cell.startswith("现场核查表!")


def test_values_given_to_a_form_are_copied_as_they_stood() -> None:
    content = write_form(half_year(), "main", unit(), {}, values={"members": "12次", "activists": "3"})
    form = read_file(content, "表.xlsx", Period.parse("2026H1"))
    assert (form.cells["members"].text, form.cells["activists"].value) == ("12次", "3")
