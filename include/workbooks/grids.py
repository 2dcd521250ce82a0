"""The sheets of a workbook as plain grids, whatever its format."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError

from include.workbooks.limits import MAX_READ_BYTES, MAX_SHEETS, Package, broken, encrypted, read_part, too_large
from include.workbooks.look_ods import look_ods
from include.workbooks.look_xls import look_xls
from include.workbooks.look_xlsx import look_xlsx
from include.workbooks.looks import Place, SheetLook, check_area
from include.workbooks.marks import NO_MARKS, Marks
from include.workbooks.values import text_of
from include.workbooks.vocabulary import normalised

_LONGEST_LABEL = 20
_NEW_ERROR = "Unsupported cell error value"  # as the reader says of #SPILL! and its like
_ERROR_CELL = re.compile(rb"""(<c\s[^<>]*?t=["']e["'][^<>]*+>(?:<f[^<>]*+/>|<f[^<>]*+>[^<]*+</f>)?+<v>)[^<]*+(</v>)""")


@dataclass(frozen=True)
class Grid:
    """A sheet from its first cell on; rows and columns count from 0."""

    name: str
    rows: list[list[Any]]
    look: SheetLook
    merges: list[tuple[Place, Place]]

    def at(self, row: int, column: int) -> Any:
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    def marks(self, row: int, column: int) -> Marks:
        """How a cell is shown that a person reads otherwise than it is stored."""
        return self.look.marks.get((row, column), NO_MARKS)

    def text(self, row: int, column: int) -> str:
        return text_of(self.at(row, column))

    @cached_property
    def labels(self) -> dict[str, list[Place]]:
        """Where each short Chinese text stands, by the text as labels are compared."""
        places: dict[str, list[Place]] = defaultdict(list)
        for row, cells in enumerate(self.rows):
            for column, text in enumerate(cells):
                if text.__class__ is str and not text.isascii() and len(text) < _LONGEST_LABEL:
                    places[text].append((row, column))
        found: dict[str, list[Place]] = {}
        for text, several in places.items():  # thousands of rows say the same few things
            found.setdefault(normalised(text), []).extend(several)
        return {label: sorted(several) for label, several in found.items()}

    @cached_property
    def strings(self) -> list[tuple[int, int, str]]:
        """Every non-empty text, with its place."""
        return [
            (row, column, cell)
            for row, cells in enumerate(self.rows)
            for column, cell in enumerate(cells)
            if cell and isinstance(cell, str)
        ]

    def reference(self, row: int, column: int) -> str:
        """As people name a cell: 填报表!G7."""
        return f"{self.name}!{letters(column)}{row + 1}"


def letters(column: int) -> str:
    """0 is A."""
    text, column = "", column + 1
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def read_grids(package: Package, name: str) -> list[Grid]:
    """All sheets, hidden ones included. Raises Refusal for what cannot be read or is beyond the limits."""
    looks = _looks(package, name)
    try:
        return _read(package.content, looks)
    except PasswordError as error:
        raise encrypted(name) from error
    except BaseException as error:
        # Damaged files make the reader raise its own errors, and its Rust half panic, which is a BaseException.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if _NEW_ERROR not in str(error) or package.container is None or _unpacked(package) > MAX_READ_BYTES:
            raise broken(name) from error
        try:
            return _read(_with_usual_errors(package, name), looks)
        except Exception as again:
            raise broken(name) from again


def _read(content: bytes, looks: list[SheetLook]) -> list[Grid]:
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        grids = []
        for index, sheet_name in enumerate(book.sheet_names):
            sheet = book.get_sheet_by_index(index)
            rows = sheet.to_python(skip_empty_area=False)
            found = looks[index] if index < len(looks) else SheetLook()
            _complete(rows, found)
            grids.append(Grid(sheet_name, rows, found, sheet.merged_cell_ranges or []))
        return grids


def _unpacked(package: Package) -> int:
    """Bytes of all parts."""
    return sum(part.file_size for part in package.container.infolist()) if package.container else 0


def _with_usual_errors(package: Package, name: str) -> bytes:
    """An .xlsx whose error values are all such as the reader knows; the looks have kept what they were."""
    assert package.container is not None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for part in package.container.namelist():
            data = read_part(package.container, part, name)
            target.writestr(part, _ERROR_CELL.sub(rb"\g<1>#N/A\g<2>", data) if "worksheets/" in part else data)
    return buffer.getvalue()


def _complete(rows: list[list[Any]], look: SheetLook) -> None:
    """Put in what the file holds and the reader dropped: a cell with content never counts as not filled in."""
    if sum(len(row) - row.count("") for row in rows) >= look.filled:
        return
    width = max(map(len, rows), default=0)
    for (row, column), content in look.contents().items():
        if row >= len(rows) or column >= width:
            width = max(width, column + 1)
            rows += [[] for _ in range(row + 1 - len(rows))]
            for cells in rows:
                cells += [""] * (width - len(cells))
        if rows[row][column] == "":
            rows[row][column] = content


def _looks(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal for sheets beyond the limits."""
    looks = {"xlsx": look_xlsx, "ods": look_ods, "xls": look_xls}[package.kind](package, name)
    if len(looks) > MAX_SHEETS:
        raise too_large(name, f"有 {len(looks)} 张工作表")
    check_area(name, sum(one.area for one in looks))
    return looks
