"""The workbook that goes back to its sender."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from include.intake.reading import Refusal
from include.intake.returned import mark_returned
from include.settings import REPO
from include.validation.findings import Finding
from tests.intake.form_samples import (
    RED,
    as_xls,
    blank,
    figures,
    fill,
    finding,
    flat,
    half_year,
    part_of,
    read,
    rezipped,
    saved,
    unit,
    values_of,
)


def marked(content: bytes, *findings: Finding, name: str = "表.xlsx") -> tuple[Any, str]:
    returned, file_name = mark_returned(content, name, read(content, name), findings, half_year(), unit())
    return openpyxl.load_workbook(io.BytesIO(returned), keep_vba=file_name.endswith("m")), file_name


def cell_of(book: Any, content: bytes, field: str, name: str = "表.xlsx") -> Any:
    sheet, _, reference = read(content, name).cells[field].source_cell.rpartition("!")
    return book[sheet][reference]


@pytest.fixture(scope="module")
def wrong() -> bytes:
    return fill(blank(), figures() | {"members": "12次"})


def test_a_wrong_cell_is_red_and_says_what_to_do(wrong: bytes) -> None:
    book, _ = marked(wrong, finding("members"))
    cell = cell_of(book, wrong, "members")
    assert cell.fill.start_color.rgb == RED
    assert cell.comment.text == "填的内容：12次\n应填：整数\n请只填数字"
    assert cell_of(book, wrong, "activists").fill.start_color.rgb == "FFFFFBE0"


def test_every_figure_protection_and_drop_down_is_kept(wrong: bytes) -> None:
    book, _ = marked(wrong, finding("members"))
    assert values_of(read(saved(book))) == values_of(read(wrong))
    assert book["填报表"].protection.sheet
    before = openpyxl.load_workbook(io.BytesIO(wrong))["填报表"]
    assert len(book["填报表"].data_validations.dataValidation) == len(before.data_validations.dataValidation)
    assert book["填报表"].column_dimensions["D"].width == before.column_dimensions["D"].width


def test_the_senders_own_formatting_is_kept(wrong: bytes) -> None:
    own = openpyxl.load_workbook(io.BytesIO(wrong))
    own["填报表"]["D9"].font = Font(name="楷体", bold=True)
    book, _ = marked(saved(own), finding("members"))
    assert (book["填报表"]["D9"].font.name, book["填报表"]["D9"].font.bold) == ("楷体", True)


def test_all_errors_are_listed_first_in_the_workbook_failures_before_warnings(wrong: bytes) -> None:
    book, _ = marked(wrong, finding("activists", "3", "warn"), finding("members"))
    sheet = book.worksheets[0]
    assert (sheet.title, book.active.title) == ("退回说明", "退回说明")
    assert "本表有 1 处需要改正" in sheet["A2"].value
    place = read(wrong).cells["members"].source_cell.partition("!")[2]
    assert [cell.value for cell in sheet[4]] == ["1", "须改正", "填报表", place, "党员数", "12次", "整数", "请只填数字"]
    assert sheet["B5"].value == "请核对"


def test_a_text_that_looks_like_a_formula_is_listed_as_text(wrong: bytes) -> None:
    book, _ = marked(wrong, finding("members", '=HYPERLINK("http://example.org")'))
    cell = book["退回说明"]["F4"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://example.org")')


def test_control_characters_in_what_was_found_do_no_harm(wrong: bytes) -> None:
    book, _ = marked(wrong, finding("members", "1\x00\x072"))
    assert book["退回说明"]["F4"].value == "12"


def test_a_returned_form_that_is_mended_and_sent_again_reads_and_loses_its_old_marks(wrong: bytes) -> None:
    book, _ = marked(wrong, finding("members"))
    cell_of(book, wrong, "members").value = 58
    mended = saved(book)
    assert read(mended).cells["members"].value == "58"
    assert read(mended).cells["members"].source_cell == read(wrong).cells["members"].source_cell
    again, file_name = marked(mended, finding("activists"), name="退回_表.xlsx")
    assert again.sheetnames.count("退回说明") == 1
    cell = cell_of(again, mended, "members")
    assert (cell.comment, cell.fill.start_color.rgb) == (None, "FFFFFBE0")
    assert file_name == "退回_表.xlsx"


def test_a_missing_field_without_a_place_is_listed_all_the_same() -> None:
    content = flat({"activists": 3})
    book, _ = marked(content, finding("members", ""), name="表.csv")
    assert [cell.value for cell in book["退回说明"][4]][4:6] == ["党员数", "（空白）"]


@pytest.mark.parametrize("kind", ["csv", "xls"])
def test_figures_of_other_formats_go_back_in_our_form_marked_the_same(wrong: bytes, kind: str) -> None:
    content = flat(figures() | {"members": "12次"}) if kind == "csv" else as_xls(wrong)
    book, file_name = marked(content, finding("members"), name=f"表.{kind}")
    assert file_name == "退回_表.xlsx"
    back = read(saved(book))
    assert back.cells["members"].text == "12次"
    assert values_of(back) == values_of(read(content, f"表.{kind}"))
    sheet, _, reference = back.cells["members"].source_cell.rpartition("!")
    assert book[sheet][reference].fill.start_color.rgb == RED
    assert book["退回说明"]["D4"].value == reference


def test_macros_are_kept_and_never_run(wrong: bytes) -> None:
    types = (
        rezipped_types(wrong)
        .replace(b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")
        .replace(b"application/vnd.openxmlformats-officedocument.ms-excel", b"application/vnd.ms-excel")
    )
    content = rezipped(wrong, {"[Content_Types].xml": types, "xl/vbaProject.bin": b"macros"})
    returned, file_name = mark_returned(
        content, "表.xlsm", read(content, "表.xlsm"), [finding("members")], half_year(), unit()
    )
    assert file_name == "退回_表.xlsm"
    assert part_of(returned, "xl/vbaProject.bin") == b"macros"


def rezipped_types(content: bytes) -> bytes:
    return part_of(content, "[Content_Types].xml").replace(
        b"</Types>", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    )


def test_a_workbook_that_cannot_be_written_back_returns_in_our_form(wrong: bytes) -> None:
    content = rezipped(wrong, {"xl/theme/theme1.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'})
    book, _ = marked(content, finding("members"))
    assert cell_of(book, blank(), "members").fill.start_color.rgb == RED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("云桥 社区.xlsx", "退回_云桥 社区.xlsx"),
        ("../../etc/passwd.xlsx", "退回_passwd.xlsx"),
        ("a\r\nBcc: x.xlsx", "退回_aBcc_ x.xlsx"),
        ("没有扩展名", "退回_没有扩展名.xlsx"),
        ("字" * 300 + ".xlsx", "退回_" + "字" * 92 + ".xlsx"),
    ],
)
def test_the_returned_file_has_a_safe_name(name: str, expected: str) -> None:
    assert mark_returned(b"", name, None, [], half_year(), unit())[1] == expected


def test_the_same_return_is_the_same_bytes_whenever_and_wherever_it_is_made(tmp_path: Any, wrong: bytes) -> None:
    (tmp_path / "表.xlsx").write_bytes(wrong)
    code = (
        "import hashlib, sys; from pathlib import Path; from include.intake.returned import mark_returned; from tests.intake.form_samples import *; "
        f"c = Path({str(tmp_path / '表.xlsx')!r}).read_bytes(); "
        "print(*(hashlib.sha256(mark_returned(x, n, read(x, n), [finding('members')], half_year(), unit())[0]).hexdigest() "
        "for x, n in ((c, '表.xlsx'), (flat(figures()), '表.csv'))))"
    )
    digests = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai")):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(REPO), "TZ": zone}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True)
        digests.add(run.stdout)
    assert len(digests) == 1


def test_a_file_that_was_refused_gets_an_empty_form_and_the_list() -> None:
    with pytest.raises(Refusal):
        read(b"%PDF-1.7", "表.xlsx")
    content, name = mark_returned(b"%PDF-1.7", "表.xlsx", None, [finding("members")], half_year(), unit())
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert (book.worksheets[0].title, name) == ("退回说明", "退回_表.xlsx")
