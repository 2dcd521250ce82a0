"""Which cells of an .xls carry marks, by the fonts and number formats of its records; and what its texts say."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from include.workbooks.limits import broken
from include.workbooks.marks import NO_MARKS, PERCENT, RAISED, STRUCK, Marks, is_percent

FONT, FORMAT, XF, CODEPAGE, BOF = 0x0031, 0x041E, 0x00E0, 0x0042, 0x0809
_OF_1997 = 0x0600  # the version from which texts are Unicode
_NO_FONT = 4  # fonts are numbered 0 to 3, then 5 …
_STRUCK_OUT = 0x0008
_PERCENT_IDS = (9, 10)
_RUNS, _EXTENDED, _WIDE = 8, 4, 1  # flags of a text: it has formats within, something after it, two bytes a character
_CODE_PAGES = {936: "gb18030", 1200: "utf-16-le", 10008: "gb18030"}

Run = tuple[int, int]  # the first character and its font, up to the next run


@dataclass(frozen=True)
class SharedText:
    """A text of the shared list: how many characters, in pieces (bytes, whether two bytes a character), and its runs."""

    length: int
    pieces: list[tuple[bytes, bool]]
    runs: list[Run]

    @property
    def text(self) -> str:
        return "".join(piece.decode("utf-16-le" if wide else "latin-1", "replace") for piece, wide in self.pieces)


class XlsFormats:
    """The fonts, number formats and cell styles of a book, as its records come; then the marks of cells."""

    def __init__(self) -> None:
        self.version, self.encoding = _OF_1997, "cp1252"
        self.fonts: list[Marks] = []
        self.percents = set(_PERCENT_IDS)
        self.styles: list[Marks] = []
        self.are_texts_marked = False  # some font could mark a run of a text
        self.are_cells_marked = False

    def add(self, kind: int, data: bytes) -> None:
        """Take a record of the book's globals."""
        if kind == BOF and len(data) >= 2 and not self.fonts:
            self.version = struct.unpack_from("<H", data)[0]
        elif kind == CODEPAGE and len(data) >= 2:
            number = struct.unpack_from("<H", data)[0]
            self.encoding = _CODE_PAGES.get(number, f"cp{number}")
        elif kind == FONT and len(data) >= 10:
            struck = STRUCK if struct.unpack_from("<H", data, 2)[0] & _STRUCK_OUT else ""
            raised = RAISED if struct.unpack_from("<H", data, 8)[0] in (1, 2) else ""
            self.fonts.append(frozenset(filter(None, (struck, raised))))
            self.are_texts_marked |= bool(self.fonts[-1])
        elif kind == FORMAT and len(data) >= 4:
            number = struct.unpack_from("<H", data)[0]
            if is_percent(self.text_at(data, 2, length_bytes=2 if self.version >= _OF_1997 else 1)[0]):
                self.percents.add(number)
        elif kind == XF and len(data) >= 4:
            font, number_format = struct.unpack_from("<HH", data)
            marks = self.font(font) | ({PERCENT} if number_format in self.percents else NO_MARKS)
            self.styles.append(marks)
            self.are_cells_marked |= bool(marks)

    def font(self, number: int) -> Marks:
        """What a font does to a text."""
        place = number - (number > _NO_FONT)
        return self.fonts[place] if place < len(self.fonts) else NO_MARKS

    def style(self, number: int) -> Marks:
        """What a cell style does to the whole cell."""
        return self.styles[number] if number < len(self.styles) else NO_MARKS

    def marks_of(self, text: str, runs: list[Run]) -> Marks:
        """The marks of what can be seen of a text."""
        found, ends = NO_MARKS, [start for start, _ in runs[1:]] + [len(text)]
        for (start, font), after in zip(runs, ends, strict=False):
            if text[start:after].strip():
                found |= self.font(font)
        return found

    def text_at(self, data: bytes, place: int, length_bytes: int = 2) -> tuple[str, int]:
        """The text at a place of a record, and where it ends."""
        length = int.from_bytes(data[place : place + length_bytes], "little")
        place += length_bytes
        if self.version < _OF_1997:
            return _decoded(data[place : place + length], self.encoding), place + length
        wide = bool(data[place] & _WIDE) if place < len(data) else False
        end = place + 1 + (length << wide)
        return data[place + 1 : end].decode("utf-16-le" if wide else "latin-1", "replace"), end

    def rich_text(self, data: bytes) -> tuple[str, list[Run]]:
        """The text of an RSTRING record with its runs, which stand behind it."""
        text, place = self.text_at(data, 6)
        pattern, width = ("<HH", 4) if self.version >= _OF_1997 else ("<BB", 2)
        place += width // 2  # the number of runs
        runs = [struct.unpack_from(pattern, data, at) for at in range(place, len(data) - width + 1, width)]
        return text, [(start, font) for start, font in runs]


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("latin-1")


def shared_texts(pieces: list[bytes], name: str) -> Iterator[SharedText]:
    """The texts of the shared list. One may go on in the next piece, which begins with its width anew. Raises Refusal."""
    number = position = 0
    try:
        while number < len(pieces):
            piece = pieces[number]
            if position >= len(piece):
                number, position = number + 1, position - len(piece)
                continue
            length, flags = struct.unpack_from("<HB", piece, position)
            position += 3
            runs = extended = 0
            if flags & _RUNS:
                runs, position = struct.unpack_from("<H", piece, position)[0], position + 2
            if flags & _EXTENDED:
                extended, position = struct.unpack_from("<I", piece, position)[0], position + 4
            left, found = length, []
            while left > (room := max((len(pieces[number]) - position) >> (flags & _WIDE), 0)):
                found.append((pieces[number][position:], bool(flags & _WIDE)))
                left, number = left - room, number + 1
                flags, position = pieces[number][0], 1
            end = position + (left << (flags & _WIDE))
            found.append((pieces[number][position:end], bool(flags & _WIDE)))
            position = end + 4 * runs + extended
            yield SharedText(length, found, _runs(pieces, number, end, runs))
    except (struct.error, IndexError) as error:
        raise broken(name) from error


def _runs(pieces: list[bytes], number: int, position: int, how_many: int) -> list[Run]:
    """The runs behind a text, which may go on in the next piece."""
    if not how_many:
        return []
    behind = pieces[number][position : position + 4 * how_many]
    for piece in itertools.islice(pieces, number + 1, None):
        if len(behind) >= 4 * how_many:
            break
        behind += piece[: 4 * how_many - len(behind)]
    return [struct.unpack_from("<HH", behind, place) for place in range(0, len(behind) - 3, 4)]
