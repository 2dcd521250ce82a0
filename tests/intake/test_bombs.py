"""Small files that grow: each is refused before it takes time or memory, and what is only odd is read all the same."""

from __future__ import annotations

import io
import re
import resource
import time
from collections.abc import Callable

import openpyxl
import pytest
import xlwt

from include.intake.reading import Refusal
from include.intake.returned import mark_returned
from include.validation.findings import Finding
from tests.intake.form_samples import (
    as_ods,
    blank,
    canonical,
    figures,
    flat,
    half_year,
    ods,
    part_of,
    read,
    rezipped,
    saved,
    unit,
    values_of,
    whole_form,
    zipped,
)

SHEET, BOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
RELATIONS, STRINGS = "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
HEADER = "编码,填报项,填报值".encode()
MISSING = Finding("required:members", "members", "fail", "not_reported", "", "整数", "党员数未填", label="党员数")


def with_more(part: str, before: bytes, more: bytes, content: bytes = b"") -> bytes:
    """Our form with XML put in before the last such tag of a part."""
    content = content or blank()
    xml = part_of(content, part)
    place = xml.rindex(before)
    return rezipped(content, {part: xml[:place] + more + xml[place:]})


def numbered(pattern: bytes, how_many: int) -> bytes:
    return b"".join(pattern.replace(b"%", b"%d" % n) for n in range(1, how_many + 1))


def rows_of(xml: bytes) -> bytes:
    return rezipped(
        blank(),
        {
            SHEET: b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            + xml
            + b"</sheetData></worksheet>"
        },
    )


def one_text_in_every_cell() -> bytes:
    strings = part_of(blank(), STRINGS).replace(b"<si>", b"<si><t>" + b"a" * 1_000_000 + b"</t></si><si>", 1)
    return rezipped(blank(), {STRINGS: strings})


def one_text_in_every_cell_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for number in range(8_000):
        sheet.write(number, 0, "a" * 32_000)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repeated_text_ods() -> bytes:
    cell = f'<table:table-cell table:number-columns-repeated="20" office:value-type="string"><text:p>{"a" * 30_000}</text:p></table:table-cell>'
    return ods(
        f'<table:table table:name="a"><table:table-row table:number-rows-repeated="19000">{cell}</table:table-row></table:table>'
    )


def blanks_ods() -> bytes:
    cell = (
        '<table:table-cell office:value-type="string"><text:p><text:s text:c="2000000000"/></text:p></table:table-cell>'
    )
    return ods(f'<table:table table:name="a"><table:table-row>{cell}</table:table-row></table:table>')


def declaration_in_utf_16() -> bytes:
    xml = part_of(blank(), BOOK).decode().replace("UTF-8", "UTF-16")
    return rezipped(blank(), {BOOK: xml.replace("<workbook", "<!DOCTYPE workbook []><workbook", 1).encode("utf-16")})


def link_under_another_name() -> bytes:
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
    return with_more(
        RELATIONS, b"</Relationships>", b'<Relationship Id="x" Type="' + kind + b'" Target="other/e.xml"/>'
    )


CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "rows without numbers": (lambda: rows_of(b"<row><c><v>1</v></c></row>" * 25_000), "表.xlsx", "行"),
    "cells without references": (
        lambda: rows_of(b"<row>" + b"<c><v>1</v></c>" * 20_000 + b"</row>"),
        "表.xlsx",
        "1001 列",
    ),
    "a wide row and many rows": (
        lambda: rows_of(b"<row>" + b"<c><v>1</v></c>" * 900 + b"</row>" + b"<row><c><v>1</v></c></row>" * 15_000),
        "表.xlsx",
        "行 900 列",
    ),
    "empty rows": (lambda: rows_of(b"<row/>" * 600_000), "表.xlsx", "超过 500000 项"),
    "names": (
        lambda: with_more(BOOK, b"</definedNames>", numbered(b'<definedName name="a%">1</definedName>', 150_000)),
        "表.xlsx",
        "超过 100000 项",
    ),
    "fonts": (lambda: with_more(STYLES, b"</fonts>", b"<font/>" * 600_000), "表.xlsx", "超过 500000 项"),
    "drop-downs": (
        lambda: with_more(SHEET, b"</dataValidations>", numbered(b'<dataValidation sqref="J%"/>', 600_000)),
        "表.xlsx",
        "超过 500000 项",
    ),
    "merges in other quotes": (
        lambda: with_more(SHEET, b"</mergeCells>", numbered(b"<mergeCell\nref='J%:K%'/>", 20_000)),
        "表.xlsx",
        "10001 处合并单元格",
    ),
    "one merge over everything": (
        lambda: with_more(SHEET, b"</mergeCells>", b'<mergeCell ref="J1:XFD1048576"/>'),
        "表.xlsx",
        "合并单元格共覆盖",
    ),
    "one text in every cell": (one_text_in_every_cell, "表.xlsx", "文字共有"),
    "one text in every cell xls": (one_text_in_every_cell_xls, "表.xls", "文字共有 244 MB"),
    "repeated text ods": (repeated_text_ods, "表.ods", "文字共有"),
    "blanks ods": (blanks_ods, "表.ods", "文字共有"),
    "declaration in UTF-16": (declaration_in_utf_16, "表.xlsx", "DOCTYPE"),
    "external link under another name": (link_under_another_name, "表.xlsx", "外部链接"),
    "csv with lines that end in CR": (lambda: HEADER + b"\r1,a,1" * 1_000_000, "表.csv", "1000000 行"),
    "csv with many columns": (lambda: HEADER + b"\n" + b"," * 16_384, "表.csv", "16385 列"),
    "mhtml": (lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "表.xls", "MHTML"),
    "plain text": (lambda: b"{\\rtf1 a}", "表.xlsx", "普通文本"),
    "slides": (lambda: zipped({"ppt/presentation.xml": b"<a/>"}), "表.xlsx", "PowerPoint"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_little_time_and_memory(case: str) -> None:
    make, name, why = CASES[case]
    content = make()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(Refusal, match=why):
        read(content, name)
    assert time.process_time() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.parametrize(
    ("part", "before", "more"),
    [
        (SHEET, b"</sheetData>", b'<row r="1048576" ht="20"/>'),
        (SHEET, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
        (SHEET, b"</mergeCells>", b'<mergeCell ref="A100:XFD100"/>'),
    ],
)
def test_formats_far_away_hold_nothing_and_do_no_harm(part: str, before: bytes, more: bytes) -> None:
    filled = whole_form()
    assert values_of(read(with_more(part, before, more, filled))) == canonical(figures())


def renamed(xml: bytes) -> bytes:
    """Every element with a prefix, as some programs write them."""
    xml = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", xml)
    return xml.replace(
        b'xmlns="http://schemas.openxmlformats.org/spreadsheetml',
        b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml',
    )


@pytest.mark.parametrize(
    "change",
    [
        renamed,
        lambda xml: xml.replace(b'"', b"'"),
        lambda xml: re.sub(rb'<row r="[0-9]+"', b"<row", xml),
        lambda xml: re.sub(rb"<dimension[^>]*/>", b"", xml),
    ],
)
def test_a_sheet_written_by_another_program_reads_the_same(change: Callable[[bytes], bytes]) -> None:
    filled = whole_form()
    assert values_of(read(rezipped(filled, {SHEET: change(part_of(filled, SHEET))}))) == canonical(figures())


def returned(content: bytes, name: str = "表.xlsx") -> bytes:
    return mark_returned(content, name, read(content, name), [MISSING], half_year(), unit())[0]


def own_mark(content: bytes) -> bytes:
    """The form with a title of the sender's own, to tell it from ours."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["填报表"]["J1"] = "我的备注"
    return saved(book)


@pytest.mark.parametrize(
    ("part", "before", "more"),
    [
        (STYLES, b"</cellXfs>", b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>' * 100_000),
        (SHEET, b"</sheetData>", b'<row r="200"><c r="A200"/></row>' * 50_000),
        (SHEET, b"<printOptions", b'<hyperlinks><hyperlink ref="J1:XFD1048576" location="a"/></hyperlinks>'),
        (SHEET, b"</mergeCells>", b'<mergeCell ref="J1:XFD20"/>'),
    ],
)
def test_a_workbook_too_heavy_to_mark_goes_back_as_our_form_with_its_figures(
    part: str, before: bytes, more: bytes
) -> None:
    content = with_more(part, before, more, own_mark(whole_form()))
    started = time.process_time()
    book = openpyxl.load_workbook(io.BytesIO(returned(content)))
    assert time.process_time() - started < 5
    assert book["填报表"]["J1"].value is None
    assert book.sheetnames[0] == "退回说明"


def test_a_workbook_that_cannot_be_written_back_goes_back_as_our_form() -> None:
    content = rezipped(own_mark(whole_form()), {"docProps/core.xml": b"<broken"})
    assert openpyxl.load_workbook(io.BytesIO(returned(content)))["填报表"]["J1"].value is None
    assert openpyxl.load_workbook(io.BytesIO(returned(own_mark(blank()))))["填报表"]["J1"].value == "我的备注"


def test_marking_does_not_make_cells_that_were_not_there() -> None:
    content = with_more(SHEET, b"</sheetData>", b'<row r="15000"><c r="T15000"><v>1</v></c></row>', blank())
    assert len(returned(content)) < 100_000


@pytest.mark.parametrize("name", ["表.xlsx ", "表.xlsx.", "表.XLSX"])
def test_an_extension_that_was_typed_carelessly_is_understood(name: str) -> None:
    assert read(blank(), name).period == "2026H1"


def test_opendocument_texts_are_counted_as_often_as_they_are_shown() -> None:
    assert values_of(read(as_ods(whole_form()), "表.ods")) == canonical(figures())
    assert values_of(read(flat(figures()), "表.csv")) == canonical(figures())
