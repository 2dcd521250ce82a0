"""What a cheap look at a workbook finds before it is read, and the limits of its sheets.

The reader (calamine) builds each sheet as a full rectangle, copies a shared text into every cell, shows error values as
empty cells and knows no formatting, so all this must be known beforehand: a single cell at the far corner would take
gigabytes, #REF! is not "not filled in", and 12 with the 1 struck out is 2 to everybody who sees it. Each format has a
module of its own: look_xlsx, look_ods, look_xls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from include.workbooks.limits import (
    MAX_AREA,
    MAX_COLUMNS,
    MAX_MERGED_CELLS,
    MAX_MERGES,
    MAX_ROWS,
    MAX_TEXT_BYTES,
    too_large,
)
from include.workbooks.marks import NO_MARKS, Marks

FORMULA_WITHOUT_RESULT = "单元格是公式且没有计算结果，请改填数字"
ERROR_VALUE = "单元格是错误值 {error}，请改填正确的内容"

Place = tuple[int, int]  # row and column, from 0
Content = str | float | bool


@dataclass
class SheetLook:
    """What a sheet holds that its values do not show: sentences by place, and what stood there; marks by place.

    `filled` counts the cells that hold something, or a few more; where the reader gave fewer, `contents` says what each
    of them holds.
    """

    problems: dict[Place, tuple[str, str]] = field(default_factory=dict)
    marks: dict[Place, Marks] = field(default_factory=dict)
    area: int = 0  # cells of the rectangle that the reader will build
    filled: int = 0
    contents: Callable[[], Mapping[Place, Content]] = dict

    def marked(self, place: Place, marks: Marks) -> None:
        """Add marks to a cell."""
        if marks:
            self.marks[place] = self.marks.get(place, NO_MARKS) | marks


def check_texts(name: str, size: int) -> None:
    """The reader copies a text into every cell that shows it."""
    if size > MAX_TEXT_BYTES:
        raise too_large(name, f"的文字共有 {size / 1024 / 1024:.0f} MB")


def check_extent(name: str, rows: int, columns: int) -> None:
    """Raise Refusal for a sheet beyond the limits."""
    if rows > MAX_ROWS:
        raise too_large(name, f"的工作表有 {rows} 行")
    if columns > MAX_COLUMNS:
        raise too_large(name, f"的工作表有 {columns} 列")
    if rows * columns > MAX_AREA:
        raise too_large(name, f"的工作表有 {rows} 行 {columns} 列")


def check_area(name: str, area: int) -> None:
    """`area` is that of all sheets together."""
    if area > MAX_AREA:
        raise too_large(name, f"的工作表共有 {area} 个单元格")


def check_merges(name: str, merges: int, covered: int = 0) -> None:
    """`covered` is how many cells the merges span together."""
    if merges > MAX_MERGES:
        raise too_large(name, f"的工作表有 {merges} 处合并单元格")
    if covered > MAX_MERGED_CELLS:
        raise too_large(name, f"的合并单元格共覆盖 {covered} 格")
