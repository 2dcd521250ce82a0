"""A workbook that goes back holds what came, or says what it lacks; and what was wrong stays wrong until it is changed."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.cell.rich_text import CellRichText
from openpyxl.drawing.image import Image
from PIL import Image as Picture

from include.intake.kept import lost_in_copy
from include.intake.receive import drain
from include.intake.returned import mark_returned
from include.post.rendering import letter_in_steps
from include.settings import REPO
from include.validation.findings import Finding
from tests.intake.form_samples import (
    RED,
    as_ods,
    blank,
    figures,
    fill,
    finding,
    half_year,
    part_of,
    put,
    read,
    rezipped,
    saved,
    unit,
    whole_form,
)
from tests.intake.odd_cells import NUMBER, STRUCK, TEXT, rich, styled_xls, whole, with_cell, xls_font
from tests.intake.receive_street import SECOND, drop, notices, workbook

CASES = REPO / "tests/data/intake"
DRAWING = "xl/drawings/drawing1.xml"
TEXT_BOX = (
    "<xdr:oneCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>2</xdr:row><xdr:rowOff>0</xdr:rowOff>"
    '</xdr:from><xdr:ext cx="900000" cy="300000"/><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="9" name="TextBox 8"/><xdr:cNvSpPr txBox="1"/>'
    '</xdr:nvSpPr><xdr:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>附注'
    "</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:oneCellAnchor>"
)


def returned(content: bytes, name: str = "表.xlsx", key: str = NUMBER) -> bytes:
    cell = read(content, name).cells[key]
    wrong = Finding(
        f"type:{key}", key, "fail", "false", cell.text, "整数", "整句", label=half_year().cell[key].label,
        source_cell=cell.source_cell, advice="请改正",
    )  # fmt: skip
    return mark_returned(content, name, read(content, name), [wrong], half_year(), unit())[0]


def cell_of(content: bytes, key: str = NUMBER) -> Any:
    sheet, _, reference = read(content).cells[key].source_cell.partition("!")
    return openpyxl.load_workbook(io.BytesIO(content), rich_text=True)[sheet][reference]


def lead(content: bytes) -> str:
    return str(openpyxl.load_workbook(io.BytesIO(content))["退回说明"]["A2"].value)


def with_picture_and_text_box() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(fill(blank(), figures() | {NUMBER: "1次"})))
    buffer = io.BytesIO()
    Picture.new("RGB", (8, 8), "red").save(buffer, "PNG")
    book["填报表"].add_image(Image(buffer), "B3")
    content = saved(book)
    drawing = part_of(content, DRAWING).decode()
    prefix = (
        "" if "<xdr:" in drawing else ' xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    )
    box = TEXT_BOX.replace(
        "<xdr:oneCellAnchor>",
        f'<xdr:oneCellAnchor{prefix} xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">',
        1,
    )
    end = drawing.rindex("</")
    return rezipped(content, {DRAWING: (drawing[:end] + box + drawing[end:]).encode()})


def test_a_strict_workbook_goes_back_as_our_form_with_its_figures_and_the_cell_in_red() -> None:
    content = (CASES / "K07a_strict_wrong.xlsx").read_bytes()
    back = returned(content)
    book = openpyxl.load_workbook(io.BytesIO(back))
    assert book.sheetnames[:4] == ["退回说明", "填报表", "材料清单", "加分事项"]
    assert (cell_of(back).value, cell_of(back).fill.start_color.rgb) == ("1次", RED)
    there, here = read(back).cells, read(content).cells
    assert {key: cell.text for key, cell in there.items()} == {key: cell.text for key, cell in here.items()}


def test_a_sheet_that_the_library_would_drop_is_not_missed_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    content = fill(blank(), figures() | {NUMBER: "1次"})
    load = openpyxl.load_workbook

    def forgetful(*args: Any, **options: Any) -> Any:
        book = load(*args, **options)
        if "材料清单" in book.sheetnames and options.get("rich_text"):
            del book["材料清单"]
        return book

    monkeypatch.setattr("include.intake.returned.openpyxl.load_workbook", forgetful)
    back = returned(content)
    monkeypatch.undo()
    assert "材料清单" in openpyxl.load_workbook(io.BytesIO(back)).sheetnames
    assert cell_of(back).fill.start_color.rgb == RED


def test_pictures_in_cells_that_the_copy_lacks_are_named_and_the_original_is_to_be_corrected() -> None:
    content = (CASES / "K07b_cellimages_lost.xlsx").read_bytes()
    back = returned(content)
    assert lost_in_copy(content, back, "表.xlsx") == ["单元格里的图片"]
    assert lead(back).endswith(
        "本副本缺少原文件中的单元格里的图片：请对照本说明在原文件里改正，发回原文件，不要发回本副本。"
    )
    assert cell_of(back).fill.start_color.rgb == RED


def test_a_text_box_that_the_copy_lacks_is_named_and_the_picture_that_it_has_is_not() -> None:
    content = with_picture_and_text_box()
    back = returned(content)
    assert lost_in_copy(content, back, "表.xlsx") == ["文本框和图形"]
    assert "文本框和图形" in lead(back)
    assert len(re.findall("<(?:xdr:)?pic>", part_of(back, DRAWING).decode())) == 1


def test_a_copy_that_lacks_nothing_says_so_as_ever() -> None:
    content = fill(blank(), figures() | {NUMBER: "1次"})
    back = returned(content)
    assert lost_in_copy(content, back, "表.xlsx") == []
    assert lead(back).endswith("改好后保存，直接发回本文件即可。")


def test_pictures_and_text_boxes_of_other_formats_are_named_too() -> None:
    content = as_ods(
        fill(blank(), figures() | {NUMBER: "1次"}),
        wrap='<table:shapes><draw:frame draw:name="照片"><draw:image/></draw:frame></table:shapes>{}',
    )
    content = rezipped(
        content,
        {
            "content.xml": part_of(content, "content.xml").replace(
                b" xmlns:xlink=", b' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink=', 1
            )
        },
    )
    assert lost_in_copy(content, returned(content, "表.ods"), "表.ods") == ["文本框和图形"]
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, "x")
    buffer = io.BytesIO()
    book.save(buffer)
    assert lost_in_copy(buffer.getvalue(), b"", "表.xls") == []


@pytest.mark.parametrize("change", [rich(openpyxl.cell.rich_text.TextBlock(STRUCK, "1"), "2"), whole(strike=True)])
def test_what_was_struck_out_is_struck_out_in_the_copy_and_goes_back_again_until_it_is_retyped(change: Any) -> None:
    back = returned(with_cell(NUMBER, change))
    assert isinstance(cell_of(back).value, CellRichText)
    assert "划掉的字" in (read(back).cells[NUMBER].problem or "")
    assert not cell_of(back).font.strike
    book = openpyxl.load_workbook(io.BytesIO(back))
    put(book, read(back).cells[NUMBER].source_cell, 2)
    assert read(saved(book)).cells[NUMBER].value == "2"


def test_rich_text_elsewhere_in_the_sheet_is_kept() -> None:
    def change(cell: Any) -> None:
        cell.value = "1次"
        cell.parent["D9"].value = CellRichText(
            "党员", openpyxl.cell.rich_text.TextBlock(openpyxl.cell.text.InlineFont(b=True), "大会次数")
        )

    back = openpyxl.load_workbook(io.BytesIO(returned(with_cell(NUMBER, change))), rich_text=True)
    assert isinstance(back["填报表"]["D9"].value, CellRichText)


def test_a_figure_struck_out_in_another_format_is_struck_out_in_our_form_too() -> None:
    content = styled_xls(NUMBER, None, (("1", xls_font("struck_out on")), "2"))
    back = returned(content, "表.xls")
    assert str(cell_of(back).value) == "12"
    assert "划掉的字" in (read(back).cells[NUMBER].problem or "")


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_what_is_typed_over_a_percentage_in_the_copy_counts_as_it_is_typed(suffix: str) -> None:
    def change(cell: Any) -> None:
        cell.value, cell.number_format = 1, "0%"

    content = with_cell(NUMBER, change) if suffix == "xlsx" else styled_xls(NUMBER, xlwt.easyxf(num_format_str="0%"), 1)
    back = returned(content, f"表.{suffix}")
    assert (cell_of(back).value, "%" in cell_of(back).number_format) == ("100%", False)
    assert read(back).cells[NUMBER].problem == "填的是百分比 100%，请填数量"


def test_a_picture_in_a_cell_is_no_text_in_our_form() -> None:
    content = whole_form()
    form = read(content)
    cells = form.cells | {
        TEXT: form.cells[TEXT]._replace(text="（图片）", value=None, problem="x", marks=frozenset({"picture"}))
    }
    back = mark_returned(b"", "表.xls", replace(form, cells=cells), [finding(TEXT)], half_year(), unit())[0]
    assert (read(back).cells[TEXT].text, cell_of(back, TEXT).fill.start_color.rgb) == ("", RED)


def test_the_senders_font_survives_that_a_strike_is_taken_from_the_cell() -> None:
    back = returned(with_cell(NUMBER, whole(strike=True, name="楷体", b=True)))
    assert (cell_of(back).font.name, cell_of(back).font.b) == ("楷体", True)


def letter(payload: Mapping[str, Any]) -> str:
    steps = letter_in_steps([("returned", payload)])
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return str(end.value.text)


def test_the_mail_says_what_the_copy_lacks_and_to_correct_the_original(street: Path) -> None:
    content = workbook(party_lectures="1次")
    drop(street, "表.xlsx", rezipped(content, {"xl/cellimages.xml": b"<a/>"}), "2026-07-10T09:00:00")
    drop(street, "另一份.xlsx", workbook(SECOND, party_lectures="1次"), "2026-07-10T09:00:00")
    drain()
    payloads = {notice["payload"]["file_name"]: notice["payload"] for notice in notices("returned")}
    assert payloads["表.xlsx"]["lost"] == ["单元格里的图片"]
    said = letter(payloads["表.xlsx"])
    assert "附件是标出了错误的副本，缺少您原文件中的单元格里的图片，请对照附件在原文件里改正，发回原文件。" in said
    assert "可直接在附件标出的单元格里改" in letter(payloads["另一份.xlsx"])
