"""Small files that grow: each is refused before it takes time or memory, and what is only odd is read all the same."""

from __future__ import annotations

import io
import re
import resource
import time
from collections.abc import Callable

import openpyxl
import pytest

from include.intake.reading import Refusal
from include.intake.returned import mark_returned
from include.validation.findings import Finding
from tests.intake.bombs import (
    CASES,
    SHEET,
    STYLES,
    with_more,
)
from tests.intake.form_samples import (
    as_ods,
    blank,
    canonical,
    figures,
    flat,
    half_year,
    part_of,
    read,
    rezipped,
    saved,
    unit,
    values_of,
    whole_form,
)

MISSING = Finding("required:members", "members", "fail", "not_reported", "", "整数", "党员数未填", label="党员数")


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
