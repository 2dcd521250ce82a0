"""Forms filled in as people would, for the tests of this folder."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Mapping
from typing import Any
from unittest import mock

import openpyxl
import xlwt
from openpyxl.worksheet.merge import MergedCellRange

from include.intake.reading import ReadForm, read_file
from include.period import Period
from include.registry.units import Unit
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.validation.findings import Finding
from include.workbooks.forms import write_form

H1 = Period.parse("2026H1")
CODE = "410102001001"


def half_year(period: str = "2026H1") -> Scheme:
    return load_scheme("half_year", Period.parse(period))


def unit(code: str = CODE, name: str = "云桥社区") -> Unit:
    return Unit(
        code,
        name,
        code[:9],
        "云街街道",
        "社区",
        1200,
        "shuji@example.org",
        "zuzhi@example.org",
        "fuwu@example.org",
        False,
    )


def figures() -> dict[str, Any]:
    """A whole and sound set of figures, as typed: numbers as numbers, choices as texts."""
    values: dict[str, Any] = {}
    for index, cell in enumerate(half_year().cells):
        if cell.group == "bonus":
            continue
        sound = {"count": index % 7, "yuan": 1584.8, "yes_no": "是", "choice": "有", "text": "邻里节、读书会"}
        values[cell.key] = sound[cell.type]
    return values | {"bonus_1_matter": "抗台抢险受表彰", "bonus_1_level": "市"}


def canonical(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}


@functools.cache
def blank(period: str = "2026H1") -> bytes:
    return write_form(half_year(period), "main", unit(), {})


@functools.lru_cache(maxsize=8)
def places(content: bytes) -> dict[str, str]:
    """Where the input cells of one of our workbooks stand, by their keys: 填报表!G7."""
    return {key: cell.source_cell for key, cell in read_file(content, "表.xlsx", H1).cells.items()}


def book_of(content: bytes) -> Any:
    """One of our workbooks as openpyxl opens it; the borders of merged cells, which cost more than all else, stay aside."""
    with mock.patch.object(MergedCellRange, "format", lambda _: None):
        return openpyxl.load_workbook(io.BytesIO(content))


def fill(content: bytes, values: Mapping[str, Any]) -> bytes:
    """The workbook with raw values typed into the input cells, saved by openpyxl."""
    book = book_of(content)
    for key, value in values.items():
        put(book, places(content)[key], value)
    return saved(book)


@functools.cache
def whole_form() -> bytes:
    """Our form with every figure in it."""
    return fill(blank(), figures())


def put(book: Any, place: str, value: Any) -> None:
    sheet, _, reference = place.rpartition("!")
    cell = book[sheet][reference]
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def saved(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(content: bytes, name: str = "表.xlsx") -> ReadForm:
    return read_file(content, name, H1)


def values_of(form: ReadForm) -> dict[str, str]:
    return {key: cell.value for key, cell in form.cells.items() if cell.value is not None}


def as_xls(content: bytes) -> bytes:
    """Our form as an old Excel would save it: every sheet and text, the hidden ones too."""
    book, old = book_of(content), xlwt.Workbook(encoding="utf-8")
    for sheet in book.worksheets:
        copy = old.add_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    copy.write(cell.row - 1, cell.column - 1, cell.value)
    buffer = io.BytesIO()
    old.save(buffer)
    return buffer.getvalue()


def as_ods(content: bytes, wrap: str = "{}") -> bytes:
    """Our form as a minimal OpenDocument file. `wrap` may add XML inside the first table."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    tables = []
    for index, sheet in enumerate(book.worksheets):
        rows = "".join(
            "<table:table-row>" + "".join(_ods_cell(cell.value) for cell in row) + "</table:table-row>"
            for row in sheet.iter_rows()
        )
        tables.append(
            f'<table:table table:name="{sheet.title}">{wrap.format(rows) if index == 0 else rows}</table:table>'
        )
    return ods("".join(tables))


def ods(tables: str) -> bytes:
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": xml.encode(),
            "META-INF/manifest.xml": b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        }
    )


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def zipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in parts.items():
            container.writestr(name, data)
    return buffer.getvalue()


def rezipped(content: bytes, changes: Mapping[str, bytes]) -> bytes:
    """The same package with parts replaced or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    return zipped(parts | dict(changes))


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        return container.read(name)


def flat(values: Mapping[str, Any], code: str = CODE, encoding: str = "utf-8-sig") -> bytes:
    """The figures in the flat CSV layout."""
    scheme = half_year()
    lines = [f"{code},{scheme.cell[key].label},{value}" for key, value in values.items()]
    return "\r\n".join(["编码,填报项,填报值", *lines, ""]).encode(encoding)


RED = "FFFF9999"


def finding(field: str, found: str = "12次", severity: str = "fail", place: str = "") -> Finding:
    return Finding(
        f"type:{field}", field, severity, "false", found, "整数", "整句", label=half_year().cell[field].label,
        source_cell=place, advice="请只填数字",
    )  # fmt: skip
