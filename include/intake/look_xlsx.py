"""A cheap look at an .xlsx or .xlsm before it is read: how far it reaches, and which cells hold errors or empty formulas."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers import expat

from include.intake.limits import (
    CHUNK_BYTES,
    MAX_ELEMENTS_OF_A_LIST,
    MAX_PART_BYTES,
    MAX_READ_BYTES,
    MAX_SHEETS,
    MAX_TEXT_BYTES,
    Package,
    broken,
    check_elements,
    elements_in,
    linked,
    read_part,
    too_large,
)
from include.intake.looks import ERROR_VALUE, FORMULA_WITHOUT_RESULT, SheetLook, check_extent, check_merges, check_texts

# A cell and a row as every program writes them, with nothing that needs a closer look: no error, and not beyond Z999.
_USUAL = re.compile(
    rb"""<c r="[A-Z][0-9]{1,3}"(?: s="[0-9]++")?+(?: t="(?:s|n|str|b|d|inlineStr)")?+/?+>|<row r="[0-9]{1,3}"[^<>]*+>"""
)
_USUAL_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,2})([0-9]{1,4}):([A-Z]{1,2})([0-9]{1,4})"/>')
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,10})")
_CALCULATED = ("str", "inlineStr")  # a formula of these kinds may have an empty text as its result


def sheet_parts(package: Package, name: str) -> list[tuple[str, str]]:
    """(sheet name, part) of an .xlsx, in the order of the workbook."""
    assert package.container is not None
    workbook, relations = (
        _parsed(read_part(package.container, part, name), name)
        for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    if any(relation.get("Type", "").endswith("/externalLink") for relation in relations):
        raise linked(name)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts = []
    for sheet in (sheet for child in workbook if child.tag.endswith("}sheets") for sheet in child):
        key = next((value for attribute, value in sheet.attrib.items() if attribute.endswith("}id")), "")
        target = targets.get(key, "")
        parts.append((sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
    return parts


def _parsed(xml: bytes, name: str) -> ElementTree.Element:
    check_elements(name, elements_in(xml), MAX_ELEMENTS_OF_A_LIST)
    try:
        return ElementTree.fromstring(xml)  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise broken(name) from error


def look_xlsx(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal."""
    assert package.container is not None
    present = {part.lower(): part for part in package.container.namelist()}
    parts = sheet_parts(package, name)
    if len(parts) > MAX_SHEETS:
        raise too_large(name, f"有 {len(parts)} 张工作表")
    styles, strings = (
        read_part(package.container, present[part], name) if part in present else b""
        for part in ("xl/styles.xml", "xl/sharedstrings.xml")
    )
    check_elements(name, elements_in(styles))
    looks, elements, size, texts = [], elements_in(strings), len(strings), 0
    for _, part in parts:
        stored = present.get(part.lower())
        if stored is None:
            raise broken(name)
        if "worksheets/" not in part:
            looks.append(SheetLook())
            continue
        xml = _sheet_xml(package, stored, name)
        elements, size = elements + elements_in(xml), size + len(xml)
        check_elements(name, elements)
        if size > MAX_READ_BYTES:
            raise too_large(name, f"的工作表展开后共有 {size / 1024 / 1024:.0f} MB")
        scan = _look_sheet_xml(xml, name)
        texts += scan.cells
        looks.append(scan.look)
    if len(strings) * texts > MAX_TEXT_BYTES:
        check_texts(name, max(map(len, strings.split(b"si>"))) * texts)
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
    check_extent(name, rows, 1)
    check_merges(name, merges)
    if info.file_size > MAX_PART_BYTES:
        raise too_large(name, f"的一张工作表展开后有 {info.file_size / 1024 / 1024:.0f} MB")
    return read_part(package.container, part, name)


def _count(data: bytes, *needles: bytes) -> int:
    return sum(data.count(needle) for needle in needles)


@dataclass
class _Scan:
    """What was seen of one sheet. `cells` is how many of them hold something, or more."""

    look: SheetLook
    cells: int


def _look_sheet_xml(xml: bytes, name: str) -> _Scan:
    """Sheets in which every element of every row is as usual are only searched; all others are followed one by one."""
    head, _, rest = xml.partition(b"<sheetData>")
    rows, ended, tail = rest.rpartition(b"</sheetData>")
    merged, merges_ended, rest = tail.partition(b"</mergeCells>")
    usual, merges = len(_USUAL.findall(rows)), _USUAL_MERGE.findall(merged)
    elements = rows.count(b"<") - rows.count(b"</")
    if (
        ended
        and elements == usual + _count(rows, b"<v>", b"<is>", b"<t>", b'<t xml:space="preserve">')
        and merged.count(b"mergeCell") == len(merges) + bool(merges_ended)
        and not _count(head + rest, b"mergeCell", b"sheetData")
        and b"sheetData" not in merged
    ):
        covered = sum(_area(*(part.decode() for part in merge)) for merge in merges)
        check_merges(name, len(merges), covered)
        return _Scan(SheetLook(), usual)
    follower = _XlsxLook(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = follower.start, follower.end
    parser.CharacterDataHandler = follower.characters
    parser.buffer_text = True
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last: an encoding that nobody knows
        raise broken(name) from error
    return _Scan(follower.look, follower.cells)


def _area(left: str, top: str, right: str, bottom: str) -> int:
    return (abs(column_number(right) - column_number(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


class _XlsxLook:
    """Follows a sheet as the reader does: cells without a reference stand behind the one before."""

    def __init__(self, name: str) -> None:
        self.name, self.look = name, SheetLook()
        self.row = self.column = -1
        self.rows = self.columns = self.cells = self.merges = self.covered = 0
        self.kind, self.value, self.formula = "", "", ""
        self.has_formula, self.inside = False, ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = tag.rpartition(" ")[2]
        if element == "c":
            self._begin_cell(attributes)
        elif element in ("v", "f", "is"):
            self.inside = element
            self.has_formula |= element == "f"
            self._reach()
        elif element == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
        elif element == "mergeCell":
            corners = _REFERENCE.findall(attributes.get("ref", ""))
            self.merges += 1
            self.covered += _area(*corners[0], *corners[-1]) if corners else 0
            check_merges(self.name, self.merges, self.covered)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        if "r" in attributes:
            match = _REFERENCE.fullmatch(attributes["r"].strip())
            if match is None:
                raise broken(self.name)
            self.row, self.column = int(match[2]) - 1, column_number(match[1]) - 1
        self.kind, self.value, self.formula, self.has_formula = attributes.get("t", ""), "", "", False

    def _reach(self) -> None:
        self.cells += 1
        self.rows, self.columns = max(self.rows, self.row + 1), max(self.columns, self.column + 1)
        check_extent(self.name, self.rows, self.columns)
        self.look.area = self.rows * self.columns

    def characters(self, text: str) -> None:
        if self.inside == "v":
            self.value += text
        elif self.inside == "f":
            self.formula += text

    def end(self, tag: str) -> None:
        element = tag.rpartition(" ")[2]
        if element in ("v", "f", "is"):
            self.inside = ""
        elif element == "c":
            place, value = (self.row, self.column), self.value.strip()
            if self.kind == "e":
                self.look.problems[place] = (ERROR_VALUE.format(error=value or "（公式错误）"), value or "#")
            elif self.has_formula and not value and self.kind not in _CALCULATED:
                self.look.problems[place] = (FORMULA_WITHOUT_RESULT, f"={self.formula}")


@functools.lru_cache(maxsize=1_000)
def column_number(letters: str) -> int:
    """A is 1; no letters, 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
