"""A cheap look at an .xls before it is read: how far it reaches, which cells hold errors or marks."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator

from include.workbooks.limits import MAX_TEXT_BYTES, Package, broken, encrypted, linked, too_large
from include.workbooks.looks import ERROR_VALUE, Content, Place, SheetLook, check_extent, check_merges, check_texts
from include.workbooks.marks import NO_MARKS
from include.workbooks.marks_xls import BOF, CODEPAGE, FONT, FORMAT, XF, SharedText, XlsFormats, shared_texts
from include.workbooks.ole import workbook_stream

_CELL_RECORDS = {0x0006, 0x0203, 0x0204, 0x0205, 0x00FD, 0x027E, 0x00D6}
_BOUNDSHEET, _FILEPASS, _MERGES, _MULRK, _BOOLERR, _FORMULA = 0x0085, 0x002F, 0x00E5, 0x00BD, 0x0205, 0x0006
_NUMBER, _LABEL, _RICH_LABEL, _RK = 0x0203, 0x0204, 0x00D6, 0x027E
_EXTERNAL_BOOK = 0x01AE
_DIMENSIONS, _SHARED_STRINGS, _SHOWN_TEXT, _CONTINUED = 0x0200, 0x00FC, 0x00FD, 0x003C
_LONGEST_TEXT = 65_535
_MAX_ANNOUNCED = 4_000_000  # cells of a sheet as it announces them: the reader makes room for that many beforehand
_ERROR_NAMES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def look_xls(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal."""
    stream = workbook_stream(package.content)
    if stream is None:
        raise broken(name)
    book = _Book(name)
    starts: dict[int, SheetLook] = {}
    looks: list[SheetLook] = []
    current: SheetLook | None = None
    rows = columns = merges = shown_texts = previous = 0
    for position, kind, data in _records(stream):
        length = len(data)
        if kind == _FILEPASS:
            raise encrypted(name)
        if kind == _EXTERNAL_BOOK and length > 4 and data[2:4] not in (b"\x01\x04", b"\x01\x3a"):
            raise linked(name)
        if kind == _BOUNDSHEET and length >= 4:
            looks.append(SheetLook())
            starts[struct.unpack_from("<I", data)[0]] = looks[-1]
        elif kind == BOF:
            current = starts.get(position, current)
            if current is not None:
                current.contents = functools.partial(_contents, stream, position, book)
        elif kind in _CELL_RECORDS or kind == _MULRK:
            if length < 6:
                raise broken(name)
            shown_texts += kind == _SHOWN_TEXT
            row, column = struct.unpack_from("<HH", data)
            last = struct.unpack_from("<H", data, length - 2)[0] if kind == _MULRK else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            if current is not None:
                _look_at_cell(current, kind, data, book)
        elif kind == _DIMENSIONS and length >= 10:
            _check_announced(name, data)
        elif kind == _SHARED_STRINGS or (kind == _CONTINUED and previous == _SHARED_STRINGS):
            book.strings.append(data if kind == _CONTINUED else data[8:])
        if kind in (BOF, CODEPAGE, FONT, FORMAT, XF):
            book.formats.add(kind, data)
        previous = previous if kind == _CONTINUED else kind
        if kind == _SHARED_STRINGS and length >= 8 and struct.unpack_from("<I", data, 4)[0] > len(stream) // 3:
            raise broken(name)  # more texts than there is room for: each takes three bytes or more
        if kind == _MERGES and length >= 2:
            merges += struct.unpack_from("<H", data)[0]
    check_extent(name, rows, columns)
    check_merges(name, merges)
    if min(_LONGEST_TEXT, sum(map(len, book.strings))) * shown_texts > MAX_TEXT_BYTES:
        longest = max((text.length for text in shared_texts(book.strings, name)), default=0)
        check_texts(name, longest * shown_texts)
    for one in looks:
        one.area = rows * columns
    return looks


def _records(stream: bytes, position: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Where each record stands, its kind, what it holds."""
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield position, kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


class _Book:
    """What the sheets have in common."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.formats = XlsFormats()
        self.strings: list[bytes] = []

    @functools.cached_property
    def texts(self) -> list[SharedText]:
        """The shared texts, parsed when they are first asked for: behind the globals."""
        return list(shared_texts(self.strings, self.name))


def _look_at_cell(look: SheetLook, kind: int, data: bytes, book: _Book) -> None:
    place: Place = struct.unpack_from("<HH", data)
    error = _error_of(kind, data)
    if error:
        look.problems[place] = (ERROR_VALUE.format(error=error), error)
    elif kind == _MULRK:
        look.filled += (len(data) - 6) // 6
    elif kind != _FORMULA:
        look.filled += 1
    formats = book.formats
    if formats.are_cells_marked:
        for number, start in enumerate(range(4, len(data) - 7, 6) if kind == _MULRK else (4,)):
            look.marked((place[0], place[1] + number), formats.style(struct.unpack_from("<H", data, start)[0]))
    if formats.are_texts_marked and kind == _SHOWN_TEXT and len(data) >= 10:
        number = struct.unpack_from("<I", data, 6)[0]
        shown = book.texts[number] if number < len(book.texts) else None
        look.marked(place, formats.marks_of(shown.text, shown.runs) if shown and shown.runs else NO_MARKS)
    elif formats.are_texts_marked and kind == _RICH_LABEL:
        look.marked(place, formats.marks_of(*formats.rich_text(data)))


def _contents(stream: bytes, start: int, book: _Book) -> dict[Place, Content]:
    """What each cell of a sheet holds that is no formula: for the cells that the reader gave as empty."""
    found: dict[Place, Content] = {}
    records = _records(stream, start)
    next(records)
    for _, kind, data in records:
        if kind == BOF:
            break
        if kind not in _CELL_RECORDS and kind != _MULRK:
            continue
        row, column = struct.unpack_from("<HH", data)
        contents: list[Content] = []
        if kind == _NUMBER and len(data) >= 14:
            contents = [struct.unpack_from("<d", data, 6)[0]]
        elif kind == _RK and len(data) >= 10:
            contents = [_rk(data, 6)]
        elif kind == _MULRK:
            contents = [_rk(data, place + 2) for place in range(4, len(data) - 7, 6)]
        elif kind in (_LABEL, _RICH_LABEL):
            contents = [book.formats.text_at(data, 6)[0]]
        elif (
            kind == _SHOWN_TEXT
            and len(data) >= 10
            and (number := struct.unpack_from("<I", data, 6)[0]) < len(book.texts)
        ):
            contents = [book.texts[number].text]
        elif kind == _BOOLERR and len(data) >= 8 and data[7] == 0:
            contents = [bool(data[6])]
        found |= {(row, column + n): content for n, content in enumerate(contents) if content != ""}
    return found


def _rk(data: bytes, place: int) -> float:
    """A number in four bytes: the high half of a double, or an integer; a flag says that it is a hundred times as large."""
    coded = struct.unpack_from("<i", data, place)[0]
    number = float(coded >> 2) if coded & 2 else struct.unpack("<d", struct.pack("<Ii", 0, coded & ~3))[0]
    return float(number / 100 if coded & 1 else number)


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
