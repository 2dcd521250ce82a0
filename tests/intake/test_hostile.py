"""Files that are no forms, or meant to do harm: each refused in Chinese, none opened further than needed."""

from __future__ import annotations

import io
import random
import resource
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
import xlwt

from include.errors import UserError
from include.intake.reading import Refusal
from include.workbooks import limits
from include.workbooks.ole import workbook_stream
from tests.intake.form_samples import (
    as_ods,
    as_xls,
    blank,
    figures,
    flat,
    ods,
    part_of,
    read,
    rezipped,
    whole_form,
    zipped,
)

SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def with_sheet(rows: bytes, after: bytes = b"") -> bytes:
    return rezipped(
        blank(),
        {SHEET: b"<worksheet " + _NAMESPACE + b"><sheetData>" + rows + b"</sheetData>" + after + b"</worksheet>"},
    )


def million_rows() -> bytes:
    return with_sheet(b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 1_000_001)))


def million_merges() -> bytes:
    merges = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(1, 1_000_001))
    return with_sheet(b"", b"<mergeCells>" + merges + b"</mergeCells>")


def far_corner() -> bytes:
    return with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def wide_and_long() -> bytes:
    return with_sheet(b'<row r="19000"><c r="AAA19000"><v>1</v></c></row>')


def bomb() -> bytes:
    return rezipped(blank(), {f"xl/media/{n}.bin": bytes(30 * 1024 * 1024) for n in range(7)})


def lying_bomb() -> bytes:
    """A part that says it is small and unpacks to 100 MB."""
    content = bytearray(rezipped(blank(), {"xl/sharedStrings.xml": bytes(100 * 1024 * 1024)}))
    true_size, told_size = struct.pack("<I", 100 * 1024 * 1024), struct.pack("<I", 1000)
    return bytes(content).replace(true_size, told_size)


def encrypted_zip() -> bytes:
    content = bytearray(blank())
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    return bytes(content)


def encrypted_ods() -> bytes:
    manifest = b'<manifest:manifest xmlns:manifest="urn:x"><manifest:encryption-data/></manifest:manifest>'
    return rezipped(as_ods(blank()), {"META-INF/manifest.xml": manifest})


def encrypted_xls() -> bytes:
    """The record that announces a password, in the place of the sheet's first one."""
    content = as_xls(blank())
    place = content.index(struct.pack("<HH", 0x00E1, 2))
    return content[:place] + struct.pack("<HH", 0x002F, 2) + content[place + 4 :]


def far_corner_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, 1)
    sheet.write(65535, 255, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def announcing_xls(kind: int, place: int, number: int) -> bytes:
    """An .xls in which a record tells the reader to make room for far more than there is."""
    content = bytearray(as_xls(blank()))
    stream = workbook_stream(bytes(content)) or b""
    position = 0
    while struct.unpack_from("<H", stream, position)[0] != kind:
        position += 4 + struct.unpack_from("<H", stream, position + 2)[0]
    start = content.index(stream[position : position + 16])
    struct.pack_into("<I", content, start + 4 + place, number)
    return bytes(content)


def repeated_ods() -> bytes:
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16000"/>'
    return ods(
        f'<table:table table:name="a"><table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row></table:table>'
    )


def linked_ods() -> bytes:
    cell = '<table:table-cell table:formula="of:=\'file:///etc/passwd\'#$a.A1" office:value-type="float" office:value="1"/>'
    return ods(f'<table:table table:name="a"><table:table-row>{cell}</table:table-row></table:table>')


def entity_bomb() -> bytes:
    entities = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return rezipped(blank(), {SHEET: entities + part_of(blank(), SHEET)})


def unknown_encoding() -> bytes:
    sheet = b'<sheetData><row><c r="A1"><f>1</f></c></row></sheetData>'
    return rezipped(
        blank(),
        {SHEET: b'<?xml version="1.0" encoding="OTF-8"?><worksheet ' + _NAMESPACE + b">" + sheet + b"</worksheet>"},
    )


HTML = b"<html><table><tr><td>1</td></tr></table></html>"
CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "表.xlsx", "是空的"),
    "over 20 MB": (lambda: b"PK" + bytes(20 * 1024 * 1024), "表.xlsx", "20 MB 的上限"),
    "encrypted workbook": (lambda: OLE + bytes(600) + "EncryptedPackage\0".encode("utf-16-le"), "表.xlsx", "已加密"),
    "encrypted zip": (encrypted_zip, "表.xlsx", "已加密"),
    "encrypted ods": (encrypted_ods, "表.ods", "已加密"),
    "encrypted xls": (encrypted_xls, "表.xls", "已加密"),
    "truncated xlsx": (lambda: blank()[: len(blank()) // 2], "表.xlsx", "损坏或不完整"),
    "truncated xls": (lambda: as_xls(blank())[:3000], "表.xls", "损坏"),
    "truncated ods": (lambda: as_ods(blank())[:-30], "表.ods", "损坏或不完整"),
    "noise": (lambda: random.Random(1).randbytes(5000), "表.xlsx", "损坏或不完整"),
    "zip bomb": (bomb, "表.xlsx", "展开后有 210 MB"),
    "zip bomb that lies": (lying_bomb, "表.xlsx", "损坏或不完整"),
    "million rows": (million_rows, "表.xlsx", "有 1000000 行"),
    "million merged cells": (million_merges, "表.xlsx", "有 1000000 处合并单元格"),
    "far corner": (far_corner, "表.xlsx", "1048576 行"),
    "wide and long": (wide_and_long, "表.xlsx", "19000 行 703 列"),
    "far corner xls": (far_corner_xls, "表.xls", "65536 行"),
    "announced texts xls": (lambda: announcing_xls(0x00FC, 4, 52_000_000), "表.xls", "损坏或不完整"),
    "announced cells xls": (lambda: announcing_xls(0x0200, 4, 4_000_000), "表.xls", "4000000 行"),
    "repeated ods": (repeated_ods, "表.ods", "1000000 行"),
    "million empty ods cells": (
        lambda: ods(f'<table:table table:name="a">{"<table:table-row/>" * 1_000_000}</table:table>'),
        "表.ods",
        "超过 500000",
    ),
    "csv with one endless line": (lambda: "编码,填报项,填报值\n".encode() + b"," * 1_000_000, "表.csv", "过长的行"),
    "csv with many lines": (lambda: "编码,填报项,填报值\n".encode() + b"1,a,1\n" * 20_101, "表.csv", "20102 行"),
    "external links": (
        lambda: rezipped(blank(), {"xl/externalLinks/externalLink1.xml": b"<a/>"}),
        "表.xlsx",
        "外部链接",
    ),
    "linked ods": (linked_ods, "表.ods", "外部链接"),
    "unknown encoding": (unknown_encoding, "表.xlsx", "损坏或不完整"),
    "entity bomb": (entity_bomb, "表.xlsx", "DOCTYPE"),
    "html as xls": (lambda: HTML, "表.xls", "网页"),
    "html with mark as xls": (lambda: b"\xef\xbb\xbf\r\n<!DOCTYPE html>" + HTML, "表.xls", "网页"),
    "xml as xls": (lambda: b'<?xml version="1.0"?><Workbook/>', "表.xls", "XML"),
    "xlsx as xls": (blank, "表.xls", "扩展名.*与内容不符"),
    "xls as xlsx": (lambda: as_xls(blank()), "表.xlsx", "扩展名.*与内容不符"),
    "csv as xlsx": (lambda: flat(figures()), "表.xlsx", "扩展名.*与内容不符"),
    "xlsx as pdf": (blank, "表.pdf", "扩展名.*与内容不符"),
    "pdf": (lambda: b"%PDF-1.7\n", "表.xlsx", "PDF"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n", "表.xlsx", "图片"),
    "docx": (lambda: zipped({"word/document.xml": b"<a/>"}), "表.docx", "Word"),
    "xlsb": (lambda: zipped({"xl/workbook.bin": b"a"}), "表.xlsb", "xlsb"),
    "parts with backslashes": (
        lambda: zipped({"xl\\workbook.xml": b"<workbook/>"}),
        "表.xlsx",
        "请用 Excel 或 WPS 打开后另存为 .xlsx",
    ),
    "a part with a capital letter": (
        lambda: zipped({"xl/Workbook.xml": b"<workbook/>"}),
        "表.xlsx",
        "请用 Excel 或 WPS 打开后另存为 .xlsx",
    ),
    "rar": (lambda: b"Rar!\x1a\x07", "表.rar", "系统不会解压。请解压后"),
    "zip": (lambda: zipped({"a.txt": b"a"}), "表.xlsx", "压缩包"),
    "another workbook": (lambda: with_other_workbook(), "花名册.xlsx", "不是本系统的表单"),
}


def with_other_workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "电话"])
    book.active.append(["张三", "410102001001"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_a_clear_reason(case: str) -> None:
    make, name, why = CASES[case]
    with pytest.raises(Refusal, match=why) as refusal:
        read(make(), name)
    assert name in str(refusal.value)
    assert len(refusal.value.problems) == 1


@pytest.mark.parametrize("case", ["far corner", "far corner xls", "repeated ods", "million rows", "zip bomb that lies"])
def test_refusing_it_takes_little_memory(case: str) -> None:
    make, name, _ = CASES[case]
    content = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refusal):
        read(content, name)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.parametrize(
    "name",
    [
        "../表.xlsx",
        "a/b.xlsx",
        "c:\\表.xlsx",
        "..",
        "表\n.xlsx",
        "表\x00.xlsx",
        "\u202exslx.exe.xlsx",
        " ",
        "字" * 201 + ".xlsx",
    ],
)
def test_a_name_with_path_parts_or_control_characters_is_refused_without_repeating_them(name: str) -> None:
    with pytest.raises(Refusal, match=r"文件名|没有名字") as refusal:
        read(blank(), name)
    assert "\n" not in str(refusal.value)
    assert "\x00" not in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"2026H1", b"2026H9", "期间"),
        (b"half_year", b"half_yeat", "没有名为"),
        (b"410102001001", b"41010200100X", "单位编码"),
    ],
)
def test_a_form_whose_hidden_sheet_was_tampered_with_is_refused(old: bytes, new: bytes, why: str) -> None:
    strings = part_of(blank(), "xl/sharedStrings.xml")
    assert old in strings
    with pytest.raises(Refusal, match=why):
        read(rezipped(blank(), {"xl/sharedStrings.xml": strings.replace(old, new)}))


def test_a_zip_entry_with_a_path_is_only_a_name() -> None:
    assert read(rezipped(blank(), {"../../evil.xml": b"<a/>"})).period == "2026H1"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "csv"])
def test_a_file_with_bytes_changed_at_random_is_read_or_refused_and_never_crashes(kind: str) -> None:
    filled = whole_form()
    content = {"xlsx": filled, "xls": as_xls(filled), "ods": as_ods(filled), "csv": flat(figures())}[kind]
    chance = random.Random(kind)
    for _ in range(60):
        mutated = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        start = chance.randrange(len(mutated))
        if chance.random() < 0.3:
            del mutated[start : start + chance.randrange(200)]
        try:
            form = read(bytes(mutated), f"表.{kind}")
        except UserError as error:
            assert all(problem for problem in error.problems)
        else:
            assert len(form.cells) == len(read(content, f"表.{kind}").cells)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_xml_changed_at_random_inside_a_sound_container_is_read_or_refused(kind: str) -> None:
    filled = whole_form()
    content, parts = (filled, [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
    if kind == "ods":
        content, parts = as_ods(filled), ["content.xml"]
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        originals = {part: container.read(part) for part in parts if part in container.namelist()}
    chance = random.Random(kind)
    for _ in range(60):
        part = chance.choice(sorted(originals))
        xml = bytearray(originals[part])
        for _ in range(chance.randint(1, 5)):
            xml[chance.randrange(len(xml))] = chance.randrange(32, 127)
        try:
            read(rezipped(content, {part: bytes(xml)}), f"表.{kind}")
        except UserError as error:
            assert error.problems


def test_the_limits_leave_room_for_the_largest_real_form() -> None:
    assert limits.MAX_ROWS > 100 * 100
    assert 100 * len(whole_form()) < limits.MAX_FILE_BYTES
