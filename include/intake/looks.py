"""A cheap look at a workbook before it is read: how far it reaches, and which cells hold errors or empty formulas.

The reader (calamine) builds each sheet as a full rectangle and shows error values as empty cells, so both must be
known beforehand: a single cell at the far corner would take gigabytes, and #REF! is not "not filled in".
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from include.intake.limits import (
    CHUNK_BYTES,
    MAX_AREA,
    MAX_COLUMNS,
    MAX_ELEMENTS,
    MAX_MERGES,
    MAX_PART_BYTES,
    MAX_ROWS,
    MAX_SHEETS,
    Package,
    Refusal,
    broken,
    encrypted,
    read_part,
    too_large,
)
from include.intake.ole import workbook_stream

FORMULA_WITHOUT_RESULT = "单元格是公式且没有计算结果，请改填数字"
ERROR_VALUE = "单元格是错误值 {error}，请改填正确的内容"

Place = tuple[int, int]  # row and column, from 0


@dataclass
class SheetLook:
    """What a sheet holds that its values do not show: sentences by place, and what stood there."""

    problems: dict[Place, tuple[str, str]] = field(default_factory=dict)
    area: int = 0  # cells of the rectangle that the reader will build


def look(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal for sheets beyond the limits."""
    looks = {"xlsx": _look_xlsx, "ods": _look_ods, "xls": _look_xls}[package.kind](package, name)
    if len(looks) > MAX_SHEETS:
        raise too_large(name, f"有 {len(looks)} 张工作表")
    area = sum(one.area for one in looks)
    if area > MAX_AREA:
        raise too_large(name, f"的工作表共有 {area} 个单元格")
    return looks


def _check_extent(name: str, rows: int, columns: int) -> None:
    if rows > MAX_ROWS:
        raise too_large(name, f"的工作表有 {rows} 行")
    if columns > MAX_COLUMNS:
        raise too_large(name, f"的工作表有 {columns} 列")
    if rows * columns > MAX_AREA:
        raise too_large(name, f"的工作表有 {rows} 行 {columns} 列")


# ---- .xlsx, .xlsm

_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*\$?([A-Za-z]{1,4})?\$?([0-9]{1,10})\s*["']""")
# A reference beyond Z999, or one written in a way that needs a closer look.
_FAR = re.compile(rb"""\sr(?:=["'](?:[A-Za-z]{2}|[A-Za-z]?[0-9]{4}|[^A-Za-z0-9])|\s|=[^"'])""")


def sheet_parts(package: Package, name: str) -> list[tuple[str, str]]:
    """(sheet name, part) of an .xlsx, in the order of the workbook."""
    assert package.container is not None
    try:
        workbook = ElementTree.fromstring(read_part(package.container, "xl/workbook.xml", name))  # noqa: S314
        relations = ElementTree.fromstring(  # noqa: S314
            read_part(package.container, "xl/_rels/workbook.xml.rels", name)
        )
    except ElementTree.ParseError as error:
        raise broken(name) from error
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts = []
    for sheet in (sheet for child in workbook if child.tag.endswith("}sheets") for sheet in child):
        key = next((value for attribute, value in sheet.attrib.items() if attribute.endswith("}id")), "")
        target = targets.get(key, "")
        parts.append((sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
    return parts


def _look_xlsx(package: Package, name: str) -> list[SheetLook]:
    assert package.container is not None
    present = {part.lower(): part for part in package.container.namelist()}
    for part in ("xl/sharedstrings.xml", "xl/styles.xml"):
        if part in present:
            read_part(package.container, present[part], name)
    looks = []
    parts = sheet_parts(package, name)
    for _, part in parts[: MAX_SHEETS + 1]:
        stored = present.get(part.lower())
        if stored is None:
            raise broken(name)
        looks.append(_look_sheet_xml(_sheet_xml(package, stored, name), name) if "worksheets/" in part else SheetLook())
    return looks


def _sheet_xml(package: Package, part: str, name: str) -> bytes:
    """The part, unpacked; a very large one is first counted in pieces, so that the answer names its rows."""
    assert package.container is not None
    info = package.container.getinfo(part)
    if info.file_size <= 8 * CHUNK_BYTES:
        return read_part(package.container, part, name)
    rows = merges = 0
    try:
        with package.container.open(info) as stream:
            tail = b""
            while chunk := stream.read(CHUNK_BYTES):
                joined = tail + chunk
                rows += _count(joined, b"<row", b":row ") - _count(tail, b"<row", b":row ")
                merges += joined.count(b"mergeCell ") - tail.count(b"mergeCell ")
                tail = chunk[-9:]
    except Exception as error:  # zlib, struct, zipfile …: whatever a damaged container may raise
        raise broken(name) from error
    _check_extent(name, rows, 1)
    _check_merges(name, merges)
    if info.file_size > MAX_PART_BYTES:
        raise too_large(name, f"的一张工作表展开后有 {info.file_size / 1024 / 1024:.0f} MB")
    return read_part(package.container, part, name)


def _count(data: bytes, *needles: bytes) -> int:
    return sum(data.count(needle) for needle in needles)


def _check_merges(name: str, merges: int) -> None:
    if merges > MAX_MERGES:
        raise too_large(name, f"的工作表有 {merges} 处合并单元格")


def _look_sheet_xml(xml: bytes, name: str) -> SheetLook:
    _check_merges(name, xml.count(b"mergeCell "))
    rows, columns = _extent(xml)
    _check_extent(name, rows, columns)
    has_formula = xml.count(b"<f") > xml.count(b"<formula") or b":f" in xml
    if not has_formula and b't="e"' not in xml and b"t='e'" not in xml:
        return SheetLook(area=rows * columns)
    return SheetLook(_problem_cells(xml, name), rows * columns)


def _extent(xml: bytes) -> tuple[int, int]:
    """Rows and columns of the rectangle that the references span; nothing to speak of where none is far away."""
    if _FAR.search(xml) is None:
        return 0, 0
    places = set(_PLACE.findall(xml))
    rows = max((int(row) for row in {row for _, row in places}), default=0)
    columns = max((column_number(letters.decode()) for letters in {letters for letters, _ in places}), default=0)
    return rows, columns


def _problem_cells(xml: bytes, name: str) -> dict[Place, tuple[str, str]]:
    problems: dict[Place, tuple[str, str]] = {}
    try:
        cells = [element for element in ElementTree.fromstring(xml).iter() if element.tag.endswith("}c")]  # noqa: S314
    except ElementTree.ParseError as error:
        raise broken(name) from error
    for cell in cells:
        match = re.fullmatch(r"([A-Za-z]{1,4})([0-9]{1,10})", cell.get("r", ""))
        if match is None:
            continue
        place = (int(match[2]) - 1, column_number(match[1]) - 1)
        value = cell.findtext("{*}v") or ""
        if cell.get("t") == "e":
            problems[place] = (ERROR_VALUE.format(error=value), value)
        elif cell.find("{*}f") is not None and not value and cell.get("t") != "str":
            problems[place] = (FORMULA_WITHOUT_RESULT, "=" + (cell.findtext("{*}f") or ""))
    return problems


def column_number(letters: str) -> int:
    """A is 1; no letters, 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


# ---- .ods

_TABLE, _OFFICE = "table:", "office:"


class _OdsLook:
    """Follows content.xml: counts rows and columns up to the last cell that holds something."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.looks: list[SheetLook] = []
        self.row = self.column = self.row_step = self.elements = 0
        self.formula: tuple[Place, str, bool] | None = None
        self.text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise too_large(self.name, f"的单元格超过 {MAX_ELEMENTS} 个")
        if tag == f"{_TABLE}table":
            self.looks.append(SheetLook())
            self.row = self.row_step = 0
        elif tag == f"{_TABLE}table-row":
            self.column = 0
            self.row_step = int(attributes.get(f"{_TABLE}number-rows-repeated", "1"))
        elif tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            self._cell(attributes)
        elif tag == f"{_TABLE}table-source" or any("'file:" in value for value in attributes.values()):
            raise Refusal(f"文件“{self.name}”含有指向其他文件的外部链接，系统不会打开别的文件。请改成数值后再发。")

    def _cell(self, attributes: dict[str, str]) -> None:
        repeated = int(attributes.get(f"{_TABLE}number-columns-repeated", "1"))
        kind = attributes.get(f"{_OFFICE}value-type", "")
        formula = attributes.get(f"{_TABLE}formula", "")
        if "'file:" in formula:
            raise Refusal(f"文件“{self.name}”含有指向其他文件的外部链接，系统不会打开别的文件。请改成数值后再发。")
        if kind or formula:
            rows, columns = self.row + self.row_step, self.column + repeated
            _check_extent(self.name, rows, columns)
            self.looks[-1].area = max(self.looks[-1].area, rows * columns)
            is_error = attributes.get("calcext:value-type") == "error"
            self.formula = ((self.row, self.column), formula, is_error) if formula or is_error else None
            has_value = any(
                f"{_OFFICE}{v}" in attributes for v in ("value", "date-value", "time-value", "boolean-value")
            )
            if has_value and not is_error:
                self.formula = None
        self.text = ""
        self.column += repeated

    def end(self, tag: str) -> None:
        if tag == f"{_TABLE}table-row":
            self.row += self.row_step
        elif tag == f"{_TABLE}table-cell" and self.formula is not None:
            place, formula, is_error = self.formula
            if is_error or self.text.startswith(("#", "Err:")):
                self.looks[-1].problems[place] = (ERROR_VALUE.format(error=self.text or "（公式错误）"), self.text)
            elif not self.text:
                self.looks[-1].problems[place] = (FORMULA_WITHOUT_RESULT, formula)
            self.formula = None

    def characters(self, text: str) -> None:
        if self.formula is not None:
            self.text += text


def _look_ods(package: Package, name: str) -> list[SheetLook]:
    assert package.container is not None
    follower = _OdsLook(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = follower.start
    parser.EndElementHandler = follower.end
    parser.CharacterDataHandler = follower.characters
    try:
        parser.Parse(read_part(package.container, "content.xml", name), True)
    except (expat.ExpatError, ValueError) as error:
        raise broken(name) from error
    return follower.looks


# ---- .xls

_CELL_RECORDS = {0x0006, 0x0203, 0x0204, 0x0205, 0x00FD, 0x027E, 0x00D6}
_BOF, _BOUNDSHEET, _FILEPASS, _MERGES, _MULRK, _BOOLERR, _FORMULA = (
    0x0809,
    0x0085,
    0x002F,
    0x00E5,
    0x00BD,
    0x0205,
    0x0006,
)
_EXTERNAL_BOOK = 0x01AE
_DIMENSIONS, _SHARED_STRINGS = 0x0200, 0x00FC
_MAX_ANNOUNCED = 4_000_000  # cells of a sheet as it announces them: the reader makes room for that many beforehand
_ERROR_NAMES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def _look_xls(package: Package, name: str) -> list[SheetLook]:
    stream = workbook_stream(package.content)
    if stream is None:
        raise broken(name)
    starts: dict[int, SheetLook] = {}
    looks: list[SheetLook] = []
    current: SheetLook | None = None
    rows = columns = merges = position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        data = stream[position + 4 : position + 4 + length]
        if kind == _FILEPASS:
            raise encrypted(name)
        if kind == _EXTERNAL_BOOK and length > 4 and data[2:4] not in (b"\x01\x04", b"\x01\x3a"):
            raise Refusal(f"文件“{name}”含有指向其他文件的外部链接，系统不会打开别的文件。请改成数值后再发。")
        if kind == _BOUNDSHEET and length >= 4:
            looks.append(SheetLook())
            starts[struct.unpack_from("<I", data)[0]] = looks[-1]
        elif kind == _BOF:
            current = starts.get(position, current)
        elif kind in _CELL_RECORDS or kind == _MULRK:
            if length < 6:
                raise broken(name)
            row, column = struct.unpack_from("<HH", data)
            last = struct.unpack_from("<H", data, length - 2)[0] if kind == _MULRK else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            error = _error_of(kind, data)
            if error and current is not None:
                current.problems[(row, column)] = (ERROR_VALUE.format(error=error), error)
        elif kind == _DIMENSIONS and length >= 10:
            _check_announced(name, data)
        elif kind == _SHARED_STRINGS and length >= 8 and struct.unpack_from("<I", data, 4)[0] > len(stream) // 3:
            raise broken(name)  # more texts than there is room for: each takes three bytes or more
        elif kind == _MERGES and length >= 2:
            merges += struct.unpack_from("<H", data)[0]
        position += 4 + length
    _check_extent(name, rows, columns)
    _check_merges(name, merges)
    for one in looks:
        one.area = rows * columns
    return looks


def _check_announced(name: str, data: bytes) -> None:
    """The first and last rows and columns of a DIMENSIONS record, in the form of Excel 97 or of those before it."""
    top, bottom, left, right = struct.unpack_from("<IIHH" if len(data) >= 14 else "<HHHH", data)
    if top > bottom or left > right:
        raise broken(name)
    rows, columns = bottom - top, right - left
    if rows * columns > _MAX_ANNOUNCED:
        raise too_large(name, f"的工作表有 {rows} 行 {columns} 列")


def _error_of(kind: int, data: bytes) -> str:
    """The error value that a BOOLERR or FORMULA record holds; empty where none."""
    if kind == _BOOLERR and len(data) >= 8 and data[7] == 1:
        return _ERROR_NAMES.get(data[6], "#N/A")
    if kind == _FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
        return _ERROR_NAMES.get(data[8], "#N/A")
    return ""
