"""A cheap look at an .xls before it is read: how far it reaches, and which cells hold errors."""

from __future__ import annotations

import struct

from include.intake.limits import MAX_TEXT_BYTES, Package, broken, encrypted, linked, too_large
from include.intake.looks import ERROR_VALUE, SheetLook, check_extent, check_merges, check_texts
from include.intake.ole import workbook_stream

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
_DIMENSIONS, _SHARED_STRINGS, _SHOWN_TEXT, _CONTINUED = 0x0200, 0x00FC, 0x00FD, 0x003C
_LONGEST_TEXT = 65_535
_RUNS, _EXTENDED, _WIDE = 8, 4, 1  # flags of a text: it has formats within, something after it, two bytes a character
_MAX_ANNOUNCED = 4_000_000  # cells of a sheet as it announces them: the reader makes room for that many beforehand
_ERROR_NAMES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def look_xls(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal."""
    stream = workbook_stream(package.content)
    if stream is None:
        raise broken(name)
    starts: dict[int, SheetLook] = {}
    looks: list[SheetLook] = []
    current: SheetLook | None = None
    rows = columns = merges = shown_texts = position = 0
    strings: list[bytes] = []
    previous = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        data = stream[position + 4 : position + 4 + length]
        if kind == _FILEPASS:
            raise encrypted(name)
        if kind == _EXTERNAL_BOOK and length > 4 and data[2:4] not in (b"\x01\x04", b"\x01\x3a"):
            raise linked(name)
        if kind == _BOUNDSHEET and length >= 4:
            looks.append(SheetLook())
            starts[struct.unpack_from("<I", data)[0]] = looks[-1]
        elif kind == _BOF:
            current = starts.get(position, current)
        elif kind in _CELL_RECORDS or kind == _MULRK:
            if length < 6:
                raise broken(name)
            shown_texts += kind == _SHOWN_TEXT
            row, column = struct.unpack_from("<HH", data)
            last = struct.unpack_from("<H", data, length - 2)[0] if kind == _MULRK else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            error = _error_of(kind, data)
            if error and current is not None:
                current.problems[(row, column)] = (ERROR_VALUE.format(error=error), error)
        elif kind == _DIMENSIONS and length >= 10:
            _check_announced(name, data)
        elif kind == _SHARED_STRINGS or (kind == _CONTINUED and previous == _SHARED_STRINGS):
            strings.append(data if kind == _CONTINUED else data[8:])
        previous = previous if kind == _CONTINUED else kind
        if kind == _SHARED_STRINGS and length >= 8 and struct.unpack_from("<I", data, 4)[0] > len(stream) // 3:
            raise broken(name)  # more texts than there is room for: each takes three bytes or more
        if kind == _MERGES and length >= 2:
            merges += struct.unpack_from("<H", data)[0]
        position += 4 + length
    check_extent(name, rows, columns)
    check_merges(name, merges)
    if min(_LONGEST_TEXT, sum(map(len, strings))) * shown_texts > MAX_TEXT_BYTES:
        check_texts(name, _longest(strings, name) * shown_texts)
    for one in looks:
        one.area = rows * columns
    return looks


def _longest(pieces: list[bytes], name: str) -> int:
    """Characters of the longest shared text. A text may go on in the next piece, which begins with its width anew."""
    longest = number = position = 0
    try:
        while number < len(pieces):
            piece = pieces[number]
            if position >= len(piece):
                number, position = number + 1, position - len(piece)
                continue
            left, flags = struct.unpack_from("<HB", piece, position)
            longest = max(longest, left)
            position += 3
            after = 0
            if flags & _RUNS:
                after, position = 4 * struct.unpack_from("<H", piece, position)[0], position + 2
            if flags & _EXTENDED:
                after, position = after + struct.unpack_from("<I", piece, position)[0], position + 4
            while left > (room := (len(pieces[number]) - position) >> (flags & _WIDE)):
                left, number = left - max(room, 0), number + 1
                flags, position = pieces[number][0], 1
            position += (left << (flags & _WIDE)) + after
    except (struct.error, IndexError) as error:
        raise broken(name) from error
    return longest


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
