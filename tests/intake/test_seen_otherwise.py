"""Cells in which a person sees something else than the file holds: struck-out and raised digits, percentages, pictures, lost values."""

from __future__ import annotations

import datetime as dt
import io
import struct
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from include.intake.read_form import ReadCell
from include.intake.reading import read_file
from include.items.workbooks import read_workbook, write_workbook
from include.workbooks.forms import write_form
from include.workbooks.grids import read_grids
from include.workbooks.inspection_form import write_inspection_form
from include.workbooks.limits import admit
from tests.intake.form_samples import (
    H1,
    as_ods,
    as_xls,
    blank,
    canonical,
    figures,
    fill,
    half_year,
    ods,
    part_of,
    places,
    read,
    rezipped,
    saved,
    unit,
    whole_form,
)
from tests.intake.odd_cells import (
    CASES,
    LOWERED,
    NUMBER,
    RAISED,
    SHEET,
    STRINGS,
    STRUCK,
    TEXT,
    rich,
    styled_xls,
    whole,
    with_cell,
    xls_font,
)


def case(name: str) -> dict[str, ReadCell]:
    return read_file((CASES / name).read_bytes(), name, H1).cells


def place(key: str) -> str:
    return places(blank())[key].partition("!")[2]


def with_xml(key: str, cell: str) -> bytes:
    """Our form, filled in, with the XML of one cell of its first sheet replaced; {} is the reference and the style."""
    content = whole_form()
    before, _, after = part_of(content, SHEET).decode().partition(f'<c r="{place(key)}"')
    style, end = after.partition(">")[0].partition(' s="')[2].partition('"')[0], after.find("</c>") + 4
    if after.partition(">")[0].endswith("/"):
        end = after.find(">") + 1
    return rezipped(content, {SHEET: (before + cell.format(f'<c r="{place(key)}" s="{style}"') + after[end:]).encode()})


@pytest.mark.parametrize(
    ("name", "key", "found"),
    [
        ("K01a_strike_count.xlsx", NUMBER, "12"),
        ("K01d_strike_yuan.xlsx", "dues_paid_yuan", "11584.8"),
    ],
)
def test_a_figure_with_a_digit_struck_out_goes_back_whatever_the_file_holds(name: str, key: str, found: str) -> None:
    cell = case(name)[key]
    assert (cell.value, cell.text) == (None, found)
    assert cell.problem == "单元格里有划掉的字（或上标、下标），请只留下最后的数"
    assert sum(one.problem is not None for one in case(name).values()) == 1


def test_a_text_with_words_struck_out_goes_back() -> None:
    cell = case("K01c_strike_text.xlsx")[TEXT]
    assert (cell.value, cell.text) == (None, "清明踏青重阳敬老")
    assert cell.problem == "单元格里有划掉的字，请删去划掉的部分，只留下要报的文字"


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (NUMBER, rich(TextBlock(STRUCK, "1"), "2")),
        (NUMBER, rich("10", TextBlock(RAISED, "2"))),
        (NUMBER, rich("10", TextBlock(LOWERED, "2"))),
        (NUMBER, whole(strike=True)),
        (NUMBER, whole(vertAlign="superscript")),
        ("dues_paid_yuan", whole(strike=True)),
        ("has_deed_records", rich(TextBlock(STRUCK, "否"), "是")),
        ("has_deed_records", whole(strike=True)),
        ("paper_03", whole(strike=True)),
        ("bonus_1_level", whole(strike=True)),
        (TEXT, whole(strike=True)),
        ("bonus_1_matter", rich("抗台", TextBlock(STRUCK, "抢险"))),
    ],
)
def test_no_cell_of_any_sheet_counts_with_its_struck_out_or_raised_text(
    key: str, change: Callable[[Any], None]
) -> None:
    cells = read(with_cell(key, change)).cells
    assert (cells[key].value, "划掉的字" in (cells[key].problem or "")) == (None, True)
    assert [one for one, cell in cells.items() if cell.problem] == [key]


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (TEXT, rich("建成200m", TextBlock(RAISED, "2"), "活动室")),
        (TEXT, whole(vertAlign="superscript")),
        (NUMBER, rich("1", TextBlock(STRUCK, " "), "2")),
        (NUMBER, rich("1", TextBlock(InlineFont(strike=False, b=True), "2"))),
        (NUMBER, whole(strike=False, vertAlign="baseline")),
    ],
)
def test_superscripts_in_a_text_and_marks_on_nothing_are_no_reason_to_return(
    key: str, change: Callable[[Any], None]
) -> None:
    assert [cell.problem for cell in read(with_cell(key, change)).cells.values() if cell.problem] == []


def test_shared_texts_are_looked_at_as_inline_ones_are() -> None:
    content = write_form(half_year(), "main", unit(), {}, canonical(figures()) | {TEXT: "清明踏青重阳敬老"})
    runs = "<r><rPr><strike/></rPr><t>清明踏青</t></r><r><t>重阳敬老</t></r>"
    strings = part_of(content, STRINGS).decode().replace("<t>清明踏青重阳敬老</t>", runs)
    cell = read(rezipped(content, {STRINGS: strings.encode()})).cells[TEXT]
    assert "划掉的字" in (cell.problem or "")


def test_an_empty_cell_may_be_formatted_as_struck_out() -> None:
    def change(cell: Any) -> None:
        cell.value, cell.font = None, Font(strike=True)

    assert read(with_cell(TEXT, change)).cells[TEXT] == ReadCell(
        "", None, None, f"填报表!{place(TEXT)}", frozenset({"struck"})
    )


@pytest.mark.parametrize(
    ("name", "key", "problem"),
    [
        ("K03a_percent_count.xlsx", "audited_vouchers", "填的是百分比 100%，请填数量"),
        ("K03b_percent_yuan.xlsx", "dues_paid_yuan", "填的是百分比 100%，请填金额"),
        ("K03d_percent.xls", NUMBER, "填的是百分比 100%，请填数量"),
    ],
)
def test_a_percentage_is_no_count_and_no_amount(name: str, key: str, problem: str) -> None:
    cell = case(name)[key]
    assert (cell.value, cell.text, cell.problem) == (None, "100%", problem)


@pytest.mark.parametrize(
    ("number_format", "value", "shown"),
    [
        ("0%", 0, "0%"), ("0%", 2, "200%"), ("0.00%", 0.5, "50%"), ("#,##0.0%;[Red]-0.0%", 1, "100%"),
        ("0.0##%", 1 / 3, "33.3333333333333%"), ('"约"0%', 1, "100%"), ("_ * 0%_ ", 1, "100%"),
        ('0"%"', 12, None), (r"0\%", 12, None), ("0_%", 12, None), ("[$%-409]0", 12, None), ('0"件%', 12, None),
        ("0%", "12", None),
    ],
)  # fmt: skip
def test_what_counts_is_whether_the_format_multiplies_by_a_hundred(
    number_format: str, value: Any, shown: str | None
) -> None:
    def change(cell: Any) -> None:
        cell.value, cell.number_format = value, number_format

    cell = read(with_cell(NUMBER, change)).cells[NUMBER]
    wanted = (None, f"填的是百分比 {shown}，请填数量") if shown else (str(value), None)
    assert (cell.value, cell.problem) == wanted


def test_a_percentage_that_was_typed_as_text_is_called_one() -> None:
    assert read(fill(blank(), {NUMBER: "50%"})).cells[NUMBER].problem == "填的是百分比 50%，请填数量"


@pytest.mark.parametrize(
    ("key", "style", "value", "why"),
    [
        (NUMBER, None, (("1", xls_font("struck_out on")), "2"), "划掉的字"),
        (NUMBER, None, ("10", ("2", xls_font("escapement superscript"))), "划掉的字"),
        (TEXT, None, ("清明踏青", ("重阳", xls_font("struck_out on")), "敬老"), "划掉的字"),
        (NUMBER, xlwt.easyxf("font: struck_out on"), 12, "划掉的字"),
        (NUMBER, xlwt.easyxf("font: escapement subscript"), 12, "划掉的字"),
        (NUMBER, xlwt.easyxf(num_format_str="0%"), 1, "百分比 100%"),
        (NUMBER, xlwt.easyxf(num_format_str="0.0#%;-0.0%"), 0.5, "百分比 50%"),
        (NUMBER, xlwt.easyxf(num_format_str='0"%"'), 12, ""),
        (TEXT, None, ("建成200m", ("2", xls_font("escapement superscript"))), ""),
        (NUMBER, None, (("12", xls_font("bold on")), " "), ""),
    ],
)
def test_old_workbooks_are_looked_at_the_same(key: str, style: Any, value: Any, why: str) -> None:
    cells = read(styled_xls(key, style, value), "表.xls").cells
    assert why in (cells[key].problem or "") if why else cells[key].problem is None
    assert all(cell.problem is None for one, cell in cells.items() if one != key)


def test_runs_of_an_old_workbook_are_found_though_its_texts_go_on_from_record_to_record() -> None:
    filler = [("重阳敬老" * 700, xls_font("bold on")), (str(9), xls_font("italic on"))]
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("a")
    for row in range(40):
        sheet.write_rich_text(row, 0, [*filler, (str(row), xls_font("struck_out on" if row % 3 == 0 else "bold on"))])
    buffer = io.BytesIO()
    book.save(buffer)
    grid = read_grids(admit(buffer.getvalue(), "a.xls"), "a.xls")[0]
    assert [row for row in range(40) if grid.marks(row, 0)] == list(range(0, 40, 3))


ODS_STYLES = (
    "<office:automatic-styles>"
    '<number:percentage-style style:name="N1"><number:number/><number:text>%</number:text></number:percentage-style>'
    '<style:style style:name="S" style:family="text"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="U" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="D" style:family="text"><style:text-properties style:text-position="-33% 58%"/></style:style>'
    '<style:style style:name="O" style:family="text"><style:text-properties style:text-position="0% 100%" style:text-line-through-style="none"/></style:style>'
    '<style:style style:name="P" style:family="paragraph"><style:text-properties style:text-line-through-type="single"/></style:style>'
    '<style:style style:name="ce1" style:family="table-cell" style:parent-style-name="Struck"/>'
    '<style:style style:name="ce2" style:family="table-cell" style:data-style-name="N1"/>'
    '<style:style style:name="ce3" style:family="table-cell" style:parent-style-name="Struck"><style:text-properties style:text-line-through-style="none"/></style:style>'
    "</office:automatic-styles>"
)
NAMED_STYLES = (
    '<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><office:styles><style:style style:name="Struck" '
    'style:family="table-cell"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    "</office:styles></office:document-styles>"
)


@pytest.mark.parametrize(
    ("cell", "marks"),
    [
        ('<table:table-cell office:value-type="string"><text:p><text:span text:style-name="S">1</text:span>2</text:p></table:table-cell>', {"struck"}),
        ('<table:table-cell office:value-type="string"><text:p>10<text:span text:style-name="U">2</text:span></text:p></table:table-cell>', {"raised"}),
        ('<table:table-cell office:value-type="string"><text:p>10<text:span text:style-name="D">2</text:span></text:p></table:table-cell>', {"raised"}),
        ('<table:table-cell office:value-type="string"><text:p text:style-name="P">12</text:p></table:table-cell>', {"struck"}),
        ('<table:table-cell office:value-type="float" office:value="12" table:style-name="ce1"><text:p>12</text:p></table:table-cell>', {"struck"}),
        ('<table:table-cell office:value-type="percentage" office:value="1"><text:p>100%</text:p></table:table-cell>', {"percent"}),
        ('<table:table-cell office:value-type="float" office:value="1" table:style-name="ce2"><text:p>100%</text:p></table:table-cell>', {"percent"}),
        ('<table:table-cell office:value-type="float" office:value="12" table:style-name="ce3"><text:p>12</text:p></table:table-cell>', set()),
        ('<table:table-cell office:value-type="string"><text:p>1<text:span text:style-name="O">2</text:span></text:p></table:table-cell>', set()),
        ('<table:table-cell office:value-type="string"><office:annotation><text:p><text:span text:style-name="S">旧</text:span></text:p></office:annotation><text:p>12</text:p></table:table-cell>', set()),
    ],
)  # fmt: skip
def test_open_documents_are_looked_at_the_same(cell: str, marks: set[str]) -> None:
    for row in (cell, cell.replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="1" ', 1)):
        grid = ods_grid(f'<table:table table:name="a"><table:table-row>{row}</table:table-row></table:table>')
        assert set(grid.marks(0, 0)) == marks


def ods_grid(table: str) -> Any:
    content = ods(table)
    xml = part_of(content, "content.xml").decode()
    space = (
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:office='
    )
    xml = xml.replace("xmlns:office=", space, 1).replace("<office:body>", ODS_STYLES + "<office:body>")
    content = rezipped(content, {"content.xml": xml.encode(), "styles.xml": NAMED_STYLES.encode()})
    return read_grids(admit(content, "表.ods"), "表.ods")[0]


def test_a_cell_of_an_open_document_without_a_style_has_that_of_its_row_or_column() -> None:
    grid = ods_grid(
        '<table:table table:name="a"><table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:default-cell-style-name="ce1"/>'
        '<table:table-row><table:table-cell table:number-columns-repeated="3" office:value-type="float" office:value="1"/></table:table-row>'
        '<table:table-row table:default-cell-style-name="ce2"><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
        "</table:table>"
    )
    assert {place: set(marks) for place, marks in grid.look.marks.items()} == {(0, 2): {"struck"}, (1, 0): {"percent"}}


DISPIMG = 'DISPIMG("ID_0123456789ABCDEF0123456789ABCDEF",1)'


def test_a_picture_in_a_text_cell_is_asked_for_as_words() -> None:
    cell = case("K06a_dispimg_text.xlsx")[TEXT]
    assert (cell.value, cell.problem) == (None, "单元格里是图片，请写文字（图片请作附件）")


@pytest.mark.parametrize(
    "cell",
    [
        '{} t="str"><f>_xlfn.DISPIMG("ID_01",1)</f><v>=DISPIMG("ID_01",1)</v></c>',
        '{} t="str"><f>DISPIMG("ID_01",1)</f><v></v></c>',
        '{} t="e"><f>_xlfn.DISPIMG("ID_01",1)</f><v>#NAME?</v></c>',
        '{} t="e"><f>_xlfn.SINGLE(_xlfn.DISPIMG("ID_01",1))</f><v>#NAME?</v></c>',
        '{} t="inlineStr"><is><t>=_xlfn.DISPIMG("ID_01",1)</t></is></c>',
        '{} t="inlineStr"><is><t>＝dispimg（“ID_1”，1）</t></is></c>',
        '{} t="e" vm="1"><v>#VALUE!</v></c>',
    ],
)
@pytest.mark.parametrize("key", [NUMBER, TEXT, "has_deed_records"])
def test_a_picture_in_any_cell_is_called_one_however_it_is_spelled(cell: str, key: str) -> None:
    found = read(with_xml(key, cell)).cells[key]
    assert found.value is None and found.text
    assert (found.problem or "").startswith("单元格里是图片，请") and "（图片请作附件）" in (found.problem or "")


def test_a_picture_formula_in_an_open_document_or_a_csv_is_called_one_too() -> None:
    typed = fill(blank(), figures() | {TEXT: f"={DISPIMG}"})
    assert "是图片" in (read(as_ods(typed), "表.ods").cells[TEXT].problem or "")
    assert "是图片" in (read(as_xls(typed), "表.xls").cells[TEXT].problem or "")
    grid = ods_grid(
        '<table:table table:name="a"><table:table-row><table:table-cell table:formula="of:=_XLFN.DISPIMG(&quot;ID_1&quot;;1)" '
        'office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#NAME?</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )
    assert (set(grid.marks(0, 0)), grid.look.problems) == ({"picture"}, {})


@pytest.mark.parametrize("error", ["#REF!", "#VALUE!", "#NAME?", "#N/A", "#SPILL!", "#BLOCKED!"])
def test_any_other_error_in_a_cell_is_named(error: str) -> None:
    found = read(with_xml(TEXT, '{} t="e"><f>A1</f><v>' + error + "</v></c>")).cells[TEXT]
    assert found.problem == f"单元格是错误值 {error}，请改填正确的内容"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('{} t="inlineStr"><v>2</v></c>', "2"),
        ('{} t="str"><v>2</v></c>', "2"),
        ("{}><v>&#50;</v></c>", "2"),
        ("{}><v><![CDATA[2]]></v></c>", "2"),
        ('{} t="str"><v><![CDATA[2]]></v></c>', "2"),
        ("{}><v>2</v><f>1+1</f></c>", "2"),
        ('{} t="inlineStr"><is><t>2</t></is><v></v></c>', "2"),
    ],
)
def test_a_cell_with_content_is_never_taken_for_empty(cell: str, value: str) -> None:
    assert read(with_xml(NUMBER, cell)).cells[NUMBER].value == value


def test_a_whole_form_whose_texts_stand_where_numbers_do_is_read() -> None:
    cells = case("K14b_all_inline_v.xlsx")
    assert (cells[NUMBER].value, cells[TEXT].value, cells["paper_20"].value) == ("2", "重阳敬老", "有")
    assert not [key for key, cell in cells.items() if cell.problem or (not cell.text and not key.startswith("bonus"))]


class _RichLabel:
    """A cell as Excel 95 wrote rich text: the text and its runs in the cell itself, which xlwt cannot."""

    def __init__(self, row: int, column: int, text: str, runs: list[tuple[int, int]]) -> None:
        self.rowx, self.colx = row, column
        data = struct.pack("<HHHHB", row, column, 15, len(text), 1) + text.encode("utf-16-le")
        data += struct.pack("<H", len(runs)) + b"".join(struct.pack("<HH", *run) for run in runs)
        self.record = struct.pack("<HH", 0x00D6, len(data)) + data

    def get_biff_data(self) -> bytes:
        return self.record


@pytest.mark.parametrize(
    ("runs", "marks"), [([], set()), ([(0, 8), (1, 0)], {"struck"}), ([(0, 0), (1, 8)], {"struck"})]
)
def test_rich_texts_in_the_cells_of_very_old_workbooks_are_read_too(
    runs: list[tuple[int, int]], marks: set[str]
) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, 1)
    sheet.write(3, 3, "x", xlwt.easyxf("font: struck_out on"))
    sheet.row(1).insert_cell(2, _RichLabel(1, 2, "12", runs))
    buffer = io.BytesIO()
    book.save(buffer)
    grid = read_grids(admit(buffer.getvalue(), "a.xls"), "a.xls")[0]
    assert (grid.text(1, 2), set(grid.marks(1, 2))) == ("12", marks)


def test_in_the_inspectors_workbook_no_struck_out_figure_corrects_a_report() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_inspection_form(half_year(), [unit()], "云街街道")))
    sheet = book["现场核查表"]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "核实数" for cell in row))
    columns = {cell.value: cell.column for cell in header}
    entries = [
        (unit().code, "党课次数", CellRichText(TextBlock(STRUCK, "1"), "2"), "台账不符", "王"),
        (unit().code, "党员大会次数", 2, CellRichText(TextBlock(STRUCK, "误"), "台账不符"), "王"),
        (unit().code, "支委会次数", 1, "台账不符", "王"),
        (unit().code, CellRichText(TextBlock(STRUCK, "党课次数")), 2, "台账不符", "王"),
        (unit().code, "居务公开次数", 3, "面积差 2 m²", "王"),
    ]
    for number, entry in enumerate(entries, start=header[0].row + 1):
        for title, value in zip(("单位编码", "填报项", "核实数", "原因", "核查人"), entry, strict=True):
            sheet.cell(number, columns[title]).value = value
    sheet.cell(header[0].row + 3, columns["核实数"]).number_format = "0%"
    form, by_label = read(saved(book)), {cell.label: cell.key for cell in half_year().cells}
    assert [(one.field, one.value) for one in form.corrections] == [(by_label["居务公开次数"], "3")]
    assert [(cell.text, (cell.problem or "")[:9]) for cell in form.cells.values()] == [
        ("12", "单元格里有划掉的字"),
        ("误台账不符", "单元格里有划掉的字"),
        ("100%", "填的是百分比 10"),
        ("党课次数", "单元格里有划掉的字"),
    ]


def test_in_the_workbooks_of_rectification_every_such_cell_is_named() -> None:
    rows = [
        {"id": f"{n:064x}", "indicator": "A1", "problem": f"问题{n}", "deadline": "2026年9月10日"} for n in range(4)
    ]
    book = openpyxl.load_workbook(
        io.BytesIO(write_workbook("rectification", unit().code, "云桥社区", rows, dt.date(2026, 8, 20)))
    )
    sheet = book["整改反馈表"]
    first = next(cell.row for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("#" + "0" * 63))
    column = {cell.value: cell.column for row in sheet.iter_rows(max_row=first) for cell in row if cell.value}
    filled = [
        ("已召开会议", CellRichText(TextBlock(STRUCK, "2026-09-01"), "2026-09-02"), "记录"),
        (CellRichText("已召开", TextBlock(STRUCK, "两次"), "会议"), "2026-09-01", f"={DISPIMG}"),
        ("建成200m²", "2026-09-01", "记录"),
        ("已召开会议", "2026-09-01", "#x"),
    ]
    for number, values in enumerate(filled, start=first):
        for title, value in zip(("整改情况", "完成日期", "佐证材料"), values, strict=True):
            sheet.cell(number, column[title]).value = value
    read_sheet = read_workbook(saved(book), "整改反馈表.xlsx")
    assert read_sheet is not None
    said = [[problem.partition("，")[0] for problem in entry.problems] for entry in read_sheet.entries]
    letters = {title: sheet.cell(first, column[title]).column_letter for title in ("整改情况", "完成日期", "佐证材料")}
    assert said == [
        [f"整改反馈表!{letters['完成日期']}{first}“完成日期”：单元格里有划掉的字（或上标、下标）"],
        [
            f"整改反馈表!{letters['整改情况']}{first + 1}“整改情况”：单元格里有划掉的字",
            f"整改反馈表!{letters['佐证材料']}{first + 1}“佐证材料”：单元格里是图片",
        ],
        [],
        [],
    ]


def test_a_form_of_any_scheme_with_nothing_marked_is_followed_no_closer() -> None:
    assert not read(write_form(half_year(), "main", unit(), {})).cells[NUMBER].marks
