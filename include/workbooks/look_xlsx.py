"""A cheap look at an .xlsx or .xlsm before it is read: how far it reaches, which cells hold errors, empty formulas or marks."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from include.workbooks.limits import (
    CHUNK_BYTES,
    MAX_AREA,
    MAX_ELEMENTS_OF_A_LIST,
    MAX_PART_BYTES,
    MAX_READ_BYTES,
    MAX_ROWS,
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
from include.workbooks.looks import (
    ERROR_VALUE,
    FORMULA_WITHOUT_RESULT,
    Content,
    Place,
    SheetLook,
    check_extent,
    check_merges,
    check_texts,
)
from include.workbooks.marks import NO_MARKS, PICTURE, Marks, is_picture
from include.workbooks.marks_xlsx import Formats, RichText, SharedTexts, formats_of, parse

# A cell and a row as every program writes them, with nothing that needs a closer look: no error, and not beyond Z99999.
_USUAL = re.compile(
    rb"""<c r="([A-Z])([0-9]{1,5})"(?: s="[0-9]++")?+(?: t="(?:s|n|str|b|d|inlineStr)")?+/?+>|<row r="([0-9]{1,5})"[^<>]*+>"""
)
_SMALL = 1_000  # rows of a sheet that, to Z, is far below all limits
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
    formats = formats_of(styles, strings, name)
    formats.has_pictures = _may_have_pictures(package, present, name)
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
        scan = _look_sheet_xml(xml, formats, name)
        scan.look.contents = functools.partial(_contents, xml, strings, name)
        texts += scan.cells
        looks.append(scan.look)
    if len(strings) * texts > MAX_TEXT_BYTES:
        check_texts(name, max(map(len, strings.split(b"si>"))) * texts)
    return looks


def _may_have_pictures(package: Package, present: dict[str, str], name: str) -> bool:
    """Whether an error value of Excel's newer kind may stand for a picture: all of them may where the file does not say."""
    assert package.container is not None
    kinds = present.get("xl/richdata/rdrichvaluestructure.xml")
    return kinds is None or b"image" in read_part(package.container, kinds, name).lower()


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


def _look_sheet_xml(xml: bytes, formats: Formats, name: str) -> _Scan:
    """Sheets in which every element of every row is as usual are only searched; all others are followed one by one, and those
    that reach farther than any form does."""
    head, _, rest = xml.partition(b"<sheetData>")
    rows, ended, tail = rest.rpartition(b"</sheetData>")
    merged, merges_ended, rest = tail.partition(b"</mergeCells>")
    found, merges = _USUAL.findall(rows), _USUAL_MERGE.findall(merged)
    usual, last = len(found), max(map(int, {cell or row for _, cell, row in found}), default=0)
    area = 0 if last < _SMALL else last * max(column_number(one.decode()) for one in {column for column, _, _ in found})
    elements = rows.count(b"<") - rows.count(b"</")
    values, inline = rows.count(b"<v>"), rows.count(b"<is>")
    if (
        ended
        and elements == usual + values + inline + _count(rows, b"<t>", b'<t xml:space="preserve">')
        and merged.count(b"mergeCell") == len(merges) + bool(merges_ended)
        and not _count(head + rest, b"mergeCell", b"sheetData")
        and b"sheetData" not in merged
        and not formats.may_mark(rows)
        and last <= MAX_ROWS
        and area <= MAX_AREA
    ):
        covered = sum(_area(*(part.decode() for part in merge)) for merge in merges)
        check_merges(name, len(merges), covered)
        empty = rows.count(b"<v></v>")
        empty += rows.count(f't="s"><v>{formats.empty}</v>'.encode()) if formats.empty else 0
        return _Scan(SheetLook(area=area, filled=values + inline - empty), usual)
    follower = _XlsxLook(name, formats)
    parse(xml, name, follower.start, follower.end, follower.characters)
    return _Scan(follower.look, follower.cells)


def _contents(xml: bytes, strings: bytes, name: str) -> dict[Place, Content]:
    """What each cell of a sheet holds, by the file itself: for the cells that the reader gave as empty."""
    shared = SharedTexts()
    if strings:
        parse(strings, name, shared.start, shared.end, shared.characters)
    follower = _XlsxLook(name, Formats(), shared.texts)
    parse(xml, name, follower.start, follower.end, follower.characters)
    return follower.contents


def _area(left: str, top: str, right: str, bottom: str) -> int:
    return (abs(column_number(right) - column_number(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


class _XlsxLook:
    """Follows a sheet as the reader does: cells without a reference stand behind the one before."""

    def __init__(self, name: str, formats: Formats, texts: list[str] | None = None) -> None:
        """`texts` are the shared ones, where what the cells hold is wanted too."""
        self.name, self.formats, self.texts, self.look = name, formats, texts, SheetLook()
        self.contents: dict[Place, Content] = {}
        self.row = self.column = -1
        self.rows = self.columns = self.cells = self.merges = self.covered = 0
        self.attributes: dict[str, str] = {}
        self.value: list[str] = []
        self.formula: list[str] = []
        self.inline = RichText()
        self.has_formula, self.inside = False, ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = tag.rpartition(" ")[2]
        if element == "c":
            self._begin_cell(attributes)
        elif element in ("v", "f", "is"):
            self.inside = element
            self.has_formula |= element == "f"
            self._reach()
        elif self.inside == "is":
            self.inline.start(element, attributes)
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
        self.attributes, self.has_formula = attributes, False
        self.value, self.formula, self.inline = [], [], RichText()

    def _reach(self) -> None:
        self.cells += 1
        self.rows, self.columns = max(self.rows, self.row + 1), max(self.columns, self.column + 1)
        check_extent(self.name, self.rows, self.columns)
        self.look.area = self.rows * self.columns

    def characters(self, text: str) -> None:
        if self.inside == "v":
            self.value.append(text)
        elif self.inside == "f":
            self.formula.append(text)
        elif self.inside == "is":
            self.inline.characters(text)

    def end(self, tag: str) -> None:
        element = tag.rpartition(" ")[2]
        if element in ("v", "f", "is"):
            self.inside = ""
        elif self.inside == "is":
            self.inline.end(element)
        elif element == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        place, value, formula = (self.row, self.column), "".join(self.value).strip(), "".join(self.formula)
        kind = self.attributes.get("t", "")
        if is_picture(f"={formula}") or (kind == "e" and "vm" in self.attributes and self.formats.has_pictures):
            self.look.marked(place, frozenset({PICTURE}))
        elif kind == "e":
            self.look.problems[place] = (ERROR_VALUE.format(error=value or "（公式错误）"), value or "#")
        elif self.has_formula and not value and kind not in _CALCULATED:
            self.look.problems[place] = (FORMULA_WITHOUT_RESULT, f"={formula}")
        content = self._content(kind, value) if self.texts is not None and kind != "e" else ""
        if content != "":
            self.contents[place] = content
        is_empty = kind == "e" or (kind == "s" and value == self.formats.empty)
        self.look.filled += not is_empty and bool(value or self.inline.pieces)
        self.look.marked(place, self._marks(kind, value))

    def _marks(self, kind: str, value: str) -> Marks:
        marks = self.formats.styles.get(self.attributes.get("s", ""), NO_MARKS) | self.inline.marks
        if kind == "s" and self.formats.strings and value.isdecimal():
            marks |= self.formats.strings.get(int(value), NO_MARKS)
        return marks

    def _content(self, kind: str, value: str) -> Content:
        """Numbers as numbers, as the reader gives them; whatever is odd as the text that it is."""
        text = value or self.inline.text
        if kind == "s" and value.isdecimal() and self.texts is not None and int(value) < len(self.texts):
            return self.texts[int(value)]
        if kind == "b" and text.lower() in ("1", "0", "true", "false"):
            return text.lower() in ("1", "true")
        if kind in ("", "n"):
            try:
                return float(text)
            except ValueError:
                return text
        return text


@functools.lru_cache(maxsize=1_000)
def column_number(letters: str) -> int:
    """A is 1; no letters, 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
