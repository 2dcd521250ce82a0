"""The workbook that a community receives."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import openpyxl
import pytest

from include.schemes.loader import load_scheme
from include.settings import REPO
from include.workbooks.forms import write_form
from include.workbooks.inspection_form import inspection_labels, write_inspection_form
from tests.intake.form_samples import CODE, H1, blank, fill, half_year, places, read, saved, unit


def book_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def book() -> Any:
    previous = {"members": "58", "dues_paid_yuan": "1584.8", "paper_01": "有", "special_activity_names": "=1+1"}
    return book_of(write_form(half_year(), "main", unit(), previous))


def texts_of(sheet: Any) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def input_cells(book: Any) -> list[Any]:
    return [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked and type(cell).__name__ == "Cell"
    ]


def test_a_form_names_its_unit_period_and_due_date(book: Any) -> None:
    shown = texts_of(book["填报表"])
    assert shown[0] == "社区党建半年填报表（2026年上半年）"
    assert {"云桥社区", CODE, "2026年上半年", "2026年7月20日24时前"} <= set(shown)
    assert any("请于2026年7月20日（星期一）24时前填好发回" in text for text in shown)


def test_the_sheets_are_the_form_the_papers_the_bonus_the_instructions_and_a_very_hidden_one(book: Any) -> None:
    assert book.sheetnames == ["填报表", "材料清单", "加分事项", "填表说明", "_duban"]
    assert book["_duban"].sheet_state == "veryHidden"


def test_every_field_has_exactly_one_unlocked_pale_yellow_cell(book: Any) -> None:
    places = {cell.source_cell for cell in read(blank()).cells.values()}
    unlocked = {f"{cell.parent.title}!{cell.coordinate}" for cell in input_cells(book)}
    assert unlocked == places
    assert len(places) == len(half_year().cells)
    assert {cell.fill.start_color.rgb for cell in input_cells(book)} == {"FFFFFBE0"}


def test_every_sheet_is_protected_and_a4_portrait_one_page_wide(book: Any) -> None:
    for sheet in book.worksheets[:-1]:
        assert sheet.protection.sheet, sheet.title
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)


def test_the_header_row_is_printed_on_every_page_with_a_page_number(book: Any) -> None:
    sheet = book["填报表"]
    header = sheet[int(sheet.print_title_rows.replace("$", "").split(":")[0])]
    assert [cell.value for cell in header[1:]] == ["序号", "指标", "填报项", "单位", "统计口径", "填报值", "上期数"]
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"


def test_the_keys_and_marks_are_hidden_from_people(book: Any) -> None:
    for name in ("填报表", "材料清单", "加分事项"):
        sheet = book[name]
        assert sheet.column_dimensions["A"].hidden
        for row in sheet.iter_rows():
            if any(str(cell.value).startswith("@") for cell in row):
                assert sheet.row_dimensions[row[0].row].hidden


def test_last_periods_figures_stand_beside_the_input(book: Any) -> None:
    places = read(blank()).cells
    sheet, row = book["填报表"], int(places["members"].source_cell.split("!G")[1])
    assert sheet[f"H{row}"].value == 58
    paid = int(places["dues_paid_yuan"].source_cell.split("!G")[1])
    assert sheet[f"H{paid}"].value == 1584.8
    assert book["材料清单"]["H7"].value == "有"


def test_a_text_that_begins_with_an_equals_sign_stays_a_text(book: Any) -> None:
    row = int(places(blank())["special_activity_names"].split("!G")[1])
    cell = book["填报表"][f"H{row}"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    named = book_of(write_form(half_year(), "main", unit(name="=HYPERLINK(1)"), {}))
    assert not [c for s in named.worksheets for r in s.iter_rows() for c in r if c.data_type == "f"]


def validation_of(book: Any, key: str) -> Any:
    sheet, _, reference = places(blank())[key].rpartition("!")
    return next(v for v in book[sheet].data_validations.dataValidation if reference in v.sqref)


def test_a_count_takes_whole_numbers_from_zero_with_a_chinese_tooltip_and_error(book: Any) -> None:
    validation = validation_of(book, "members")
    assert (validation.type, validation.operator or "between", validation.formula1) == ("whole", "between", "0")
    assert "不带单位" in validation.prompt
    assert "只能填 0 或正整数" in validation.error


def test_an_amount_takes_decimals_from_zero(book: Any) -> None:
    validation = validation_of(book, "dues_paid_yuan")
    assert (validation.type, validation.formula1) == ("decimal", "0")
    assert "最多两位小数" in validation.error


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("has_deed_plan", "是,否"),
        ("paper_01", "有,无,不适用"),
        ("bonus_3_level", "街道,县区,市,省,国家"),
    ],
)
def test_choices_are_drop_downs(book: Any, key: str, options: str) -> None:
    validation = validation_of(book, key)
    assert (validation.type, validation.formula1) == ("list", f'"{options}"')


def test_the_instructions_come_from_the_scheme_with_the_dates_of_the_period(book: Any) -> None:
    shown = "\n".join(texts_of(book["填表说明"]))
    for line in half_year().forms[0].instructions:
        assert line in shown
    assert "2026年8月2日至2026年8月15日" in shown


def test_indicators_are_grouped_under_their_area(book: Any) -> None:
    shown = texts_of(book["填报表"])
    order = [
        shown.index(text)
        for text in ("A 支部建设（40分）", "A1 书记抓党建", "书记专题研究党建次数", "B 活动与服务（15分）")
    ]
    assert order == sorted(order)


def test_a_form_without_bonus_has_no_bonus_sheet() -> None:
    assert "加分事项" not in book_of(write_form(half_year("2025H1"), "main", unit(), {})).sheetnames


def test_the_same_arguments_make_the_same_bytes_in_any_process() -> None:
    code = (
        "import hashlib; from tests.intake.form_samples import blank, half_year, unit; "
        "from include.workbooks.inspection_form import write_inspection_form; "
        "print(hashlib.sha256(blank() + write_inspection_form(half_year(), [unit()], '云街街道')).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(REPO)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_the_inspectors_workbook_lists_units_and_labels_in_drop_downs() -> None:
    book = book_of(write_inspection_form(half_year(), [unit(), unit("410102001002", "石榴社区")], "云街街道"))
    assert book.sheetnames == ["现场核查表", "_duban"]
    sources = {v.formula1 for v in book["现场核查表"].data_validations.dataValidation}
    assert "_duban!$D$2:$D$3" in sources
    listed = [book["_duban"][f"F{row}"].value for row in range(2, 2 + len(half_year().cells))]
    assert listed == list(inspection_labels(half_year()))
    assert len(set(listed)) == len(half_year().cells)


@pytest.mark.parametrize("key", ["self", "street", "residents"])
def test_a_scheme_with_several_small_forms_gets_a_workbook_for_each(key: str) -> None:
    scheme = load_scheme("five_good", H1)
    content = write_form(scheme, key, unit(), {})
    form = read(fill(content, {cell.key: 18.5 for cell in scheme.cells_of(key)}))
    assert (form.scheme_key, form.form) == ("five_good", key)
    assert {cell.value for cell in form.cells.values()} == {"18.5"}
    assert list(form.cells) == [cell.key for cell in scheme.cells_of(key)]
    validation = book_of(content)["填报表"].data_validations.dataValidation[0]
    assert (validation.formula1, validation.formula2) == ("0", "20")
    assert "范围：0 至 20。" in validation.prompt


def test_a_form_says_on_its_hidden_sheet_which_version_it_starts_from() -> None:
    assert read(blank()).marks["version"] == "0", "nothing had been reported when it was made"
    assert read(write_form(half_year(), "main", unit(), {}, marks={"version": "3"})).marks["version"] == "3"


def test_the_form_asks_for_telephone_and_seal_and_nobody_reads_them_as_figures() -> None:
    content = blank()
    sheet = openpyxl.load_workbook(io.BytesIO(content))["填报表"]
    texts_of = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {"填表人", "联系电话", "党组织书记（签字）", "填报日期", "（党组织盖章）"} <= set(texts_of)
    book = openpyxl.load_workbook(io.BytesIO(content))
    for label, typed in {"联系电话": "047712345678", "填表人": "党课次数", "填报日期": "2026年7月"}.items():
        found = next(cell for row in book["填报表"].iter_rows() for cell in row if cell.value == label)
        book["填报表"].cell(
            found.row, 4 if found.column == 2 else 7
        ).value = typed  # who lifts the protection may type there
    form = read(saved(book))
    assert not any(cell.text for cell in form.cells.values()) and form.notes == []


def test_a_telephone_with_its_area_code_is_not_taken_for_a_units_code() -> None:
    book = openpyxl.Workbook()
    for line in (
        ["社区党建半年填报表（2026年上半年）"],
        ["联系电话", "047712345678"],
        ["单位", CODE],
        ["填报项", "填报值"],
        ["党课次数", 3],
        ["党员大会次数", 2],
        ["支委会次数", 6],
    ):
        book.active.append(line)
    assert read(saved(book)).unit_code == CODE


def test_an_area_says_which_of_its_indicators_stand_on_another_sheet() -> None:
    sheet = book_of(blank())["填报表"]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "D 基础材料（15分，其中D1 党建软件材料在“材料清单”页填）" in cells and "A 支部建设（40分）" in cells
    assert any("要填的有3页：填报表、材料清单、加分事项" in cell for cell in cells)


def test_all_sheets_print_in_one_size_of_type() -> None:
    """They are as wide as each other, and fitted to the width of a page."""
    book = book_of(blank())
    widths = {
        sheet.title: sum(sheet.column_dimensions[letter].width for letter in "BCDEFGH")
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
    }
    assert len(set(widths.values())) == 1, widths


def test_a_form_recalls_what_was_wrong_the_last_time_and_without_that_it_is_as_ever() -> None:
    plain = write_form(half_year(), "main", unit(), {})
    assert write_form(half_year(), "main", unit(), {}, memory={}) == plain
    memory = {"party_lectures": "未填", "bonus_2_level": "填的是“特级”，应为：街道、县区"}
    content = write_form(half_year(), "main", unit(), {}, memory=memory)
    form, book = read(content), book_of(content)
    sheet, _, place = form.cells["party_lectures"].source_cell.rpartition("!")
    cell = book[sheet][place]
    assert cell.comment.text == "上期退回：未填"
    assert book[sheet].cell(cell.row, 9).value == "未填"
    assert "上期退回" in [one.value for row in book[sheet].iter_rows() for one in row]
    sheet, _, place = form.cells["bonus_2_level"].source_cell.rpartition("!")
    assert book[sheet].cell(book[sheet][place].row, 9).value == "级别填的是“特级”，应为：街道、县区"
    assert not any(cell.text for cell in form.cells.values()), "what is recalled is read by people"
