"""Where each input cell of a form stands in the workbook that came back.

By the hidden key of its row and the hidden mark of its column; where those were lost (copied into a new workbook),
by the visible labels and headers. What a person reads wins: a row whose visible label was moved without its hidden
key counts as what its label says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from include.workbooks.grids import Grid
from include.workbooks.limits import Refusal
from include.workbooks.texts import COLUMN_MARK, KEY_MARK, METADATA_MARK, VALUE_COLUMN, texts
from include.workbooks.vocabulary import Vocabulary, normalised, shown


@dataclass(frozen=True)
class Spot:
    """One cell of one sheet."""

    grid: Grid
    row: int
    column: int

    @property
    def reference(self) -> str:
        return self.grid.reference(self.row, self.column)


@dataclass
class Located:
    """Spots by key of the input cell (more than one where a row was copied), and notes in Chinese."""

    spots: dict[str, list[Spot]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)


def readable(grids: list[Grid]) -> list[Grid]:
    """The sheets that may hold input: not the metadata, not the list of errors of an earlier return."""
    ours = texts()["sheets"]["returned"]
    return [grid for grid in grids if grid.name != ours and grid.text(0, 0) != METADATA_MARK]


def locate(grids: list[Grid], words: Vocabulary) -> Located:
    """The spots of every input cell that the workbook still has."""
    located = Located()
    sheets = readable(grids)
    for grid in sheets:
        _by_keys(grid, words, located)
    missing = {cell.key for cell in words.scheme.cells_of(words.form)} - located.spots.keys()
    if missing:
        for grid in sheets:
            _by_labels(grid, words, missing, located)
    return located


class _Marks:
    """Which column holds what, row by row: the hidden marks of a sheet, else its visible headers."""

    def __init__(self, grid: Grid, words: Vocabulary, keyed: Collection[int] = ()) -> None:
        self.rows: dict[int, dict[str, int]] = defaultdict(dict)
        known = {VALUE_COLUMN} | {COLUMN_MARK + key for fields in words.columns.values() for key in fields.values()}
        for row, column, text in grid.strings:
            if text in known and row not in keyed:
                self.rows[row][text] = column
        if not self.rows:
            self._from_headers(grid, words)

    def _from_headers(self, grid: Grid, words: Vocabulary) -> None:
        value = normalised(texts()["columns"]["value"])
        titles = {title: key for fields in words.columns.values() for title, key in fields.items()}
        for row, column, text in grid.strings:
            label = normalised(text)
            if label == value:
                self.rows[row][VALUE_COLUMN] = column
            elif label in titles:
                self.rows[row][COLUMN_MARK + titles[label]] = column

    def above(self, row: int, wanted: str) -> int | None:
        """The column of a mark: the nearest above the row, else the first of the sheet."""
        having = [place for place in sorted(self.rows) if wanted in self.rows[place]]
        before = [place for place in having if place < row]
        chosen = before[-1:] or having[:1]
        return self.rows[chosen[0]][wanted] if chosen else None


def _by_keys(grid: Grid, words: Vocabulary, located: Located) -> None:
    keyed: dict[int, str] = {}
    for row, _, text in grid.strings:
        if text.startswith(KEY_MARK):
            keyed.setdefault(row, text[1:])
    if not keyed:
        return
    marks, cells = _Marks(grid, words, keyed), {cell.key for cell in words.scheme.cells_of(words.form)}
    if not marks.rows and cells & set(keyed.values()):
        raise _headless(grid)
    for row, key in keyed.items():
        if key in cells:
            column = marks.above(row, VALUE_COLUMN)
            if column is not None:
                key = _what_the_label_says(grid, row, column, key, words, located)
                located.spots[key].append(Spot(grid, row, column))
            continue
        group = key.rpartition("_")[0]
        if group in words.items:
            key = f"{group}_{_item_in(grid, row, words.items[group]) or key.rpartition('_')[2]}"
        for name in words.columns.get(group, {}).values():
            column = marks.above(row, COLUMN_MARK + name)
            if column is not None and f"{key}_{name}" in cells:
                located.spots[f"{key}_{name}"].append(Spot(grid, row, column))


def _what_the_label_says(grid: Grid, row: int, value: int, key: str, words: Vocabulary, located: Located) -> str:
    labelled = [
        words.keys[label]
        for column, cell in enumerate(grid.rows[row])
        if column != value and isinstance(cell, str) and (label := normalised(cell)) in words.keys
    ]
    if not labelled or key in labelled:
        return key
    label = words.scheme.cell[labelled[0]].label
    located.notes.append(f"{grid.reference(row, value)}：行已移动，按可见的填报项“{label}”读取。")
    return labelled[0]


def _by_labels(grid: Grid, words: Vocabulary, missing: set[str], located: Located) -> None:
    marks = _Marks(grid, words)
    for row, column, text in grid.strings:
        key = words.keys.get(normalised(text))
        if key not in missing or key is None:
            continue
        value = marks.above(row, VALUE_COLUMN)
        if value is None:
            value = column + 1
            if _is_our_layout(grid, row, value, words.scheme.cell[key].unit):
                raise _headless(grid)
        if value != column:
            located.spots[key].append(Spot(grid, row, value))
    _rows_by_headers(marks, grid, words, missing, located)


def _is_our_layout(grid: Grid, row: int, column: int, unit: str) -> bool:
    """Whether the cell beside a label is that of our form's unit, so that the values stand farther right."""
    return normalised(grid.text(row, column)) in {normalised(unit), texts()["no_previous"]} - {""}


def _headless(grid: Grid) -> Refusal:
    """For a sheet of ours that lost the header: any other column may hold what was filled in."""
    return Refusal(
        f"工作表“{shown(grid.name)}”的表头（“填报项、填报值”那一行）被删，看不出哪一列是填报值，没有读取。"
        "请在收到的填报表原件中填写后发回；找不到的，请联系街道重发。"
    )


def _rows_by_headers(marks: _Marks, grid: Grid, words: Vocabulary, missing: set[str], located: Located) -> None:
    """The rows below a header that shows every field of a repeat or a tally are its entries: by their name, else in order."""
    for group, fields in words.columns.items():
        wanted = {COLUMN_MARK + key for key in fields.values()}
        header = next((row for row in sorted(marks.rows) if marks.rows[row].keys() >= wanted), None)
        if header is None:
            continue
        is_named = group in words.items
        last = len(grid.rows) if is_named else header + 1 + words.rows[group]
        for row in range(header + 1, last):
            entry = _item_in(grid, row, words.items[group]) if is_named else row - header
            for name in fields.values():
                key = f"{group}_{entry}_{name}"
                if key in missing:
                    located.spots[key].append(Spot(grid, row, marks.rows[header][COLUMN_MARK + name]))


def _item_in(grid: Grid, row: int, items: Mapping[str, int]) -> int | None:
    """Which item of a tally a row is visibly about; None where it names none."""
    labels = (normalised(cell) for cell in grid.rows[row] if isinstance(cell, str))
    return next((items[label] for label in labels if label in items), None)
