"""Small files that grow, and files that are not what their name says; each with the reason that it is refused for."""

from __future__ import annotations

import io
from collections.abc import Callable

import xlwt

from tests.intake.form_samples import (
    blank,
    ods,
    part_of,
    rezipped,
    zipped,
)

SHEET, BOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
RELATIONS, STRINGS = "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
HEADER = "编码,填报项,填报值".encode()


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
