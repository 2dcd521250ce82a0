"""The printed cells of a form or of the inspectors' workbook, as they came back: everything beside the cells to be filled in."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

from include.intake.locating import Spot, readable
from include.workbooks.grids import Grid
from include.workbooks.printed import Printed
from include.workbooks.texts import texts
from include.workbooks.vocabulary import normalised


def printed_beside(spots: Mapping[str, list[Spot]], used: set[str]) -> list[Printed]:
    """The printed cells in the rows of a form's input cells, by the titles above them; not those that were read for an input cell
    with which they were merged (`used`: where each was read)."""
    words = texts()
    titles = [words["columns"][key] for key in ("indicator", "unit", "cover", "previous")]
    titles += [words["told"]["column"], words["memory"]["column"]]
    columns: dict[int, list[tuple[str, list[tuple[int, int]]]]] = {}
    filled: dict[tuple[int, int], set[int]] = defaultdict(set)
    for spot in (spot for found in spots.values() for spot in found):
        filled[id(spot.grid), spot.row].add(spot.column)
        if id(spot.grid) not in columns:
            places = ((title, sorted(spot.grid.labels.get(normalised(title), ()))) for title in titles)
            columns[id(spot.grid)] = [(title, found) for title, found in places if found]
    cells: dict[tuple[int, int, int], Printed] = {}
    for key, found in spots.items():
        for grid, row, column in ((spot.grid, spot.row, spot.column) for spot in found):
            for title, heads in columns[id(grid)]:
                above = bisect_left(heads, (row, 0)) - 1
                at = heads[above][1] if above >= 0 else -1
                if at < 0 or (id(grid), row, at) in cells or at in filled[id(grid), row]:
                    continue
                text, place = grid.text(row, at), grid.reference(row, at)
                if text and place not in used:
                    cells[id(grid), row, at] = Printed(key, title, text, place, grid.reference(row, column))
    return list(cells.values())


def printed_for_inspectors(grids: list[Grid]) -> list[Printed]:
    """What stands in 报送数一览 and in the sheet of what ledgers give otherwise, a cell a figure and unit."""
    return [one for grid in readable(grids) for one in (*_reported(grid), *_told(grid))]


def _reported(grid: Grid) -> Iterator[Printed]:
    state = normalised(texts()["inspection"]["reported"]["state"])
    first = next(iter(grid.labels.get(state, ())), None)
    if first is None or first[0] == 0:
        return
    top, label = first
    heads = {
        column: text
        for column in range(label + 1, len(grid.rows[top - 1]))
        if (text := grid.text(top - 1, column)) and len(text) > 1
    }
    for row in range(top, len(grid.rows)):
        if about := grid.text(row, label):
            for column, head in heads.items():
                if text := grid.text(row, column):
                    yield Printed(about, head, text, grid.reference(row, column))


def _told(grid: Grid) -> Iterator[Printed]:
    unit, item, *figures = (normalised(title) for title in texts()["told"]["columns"])
    heads = [grid.labels.get(title) for title in (unit, item, *figures)]
    if not all(heads):
        return
    (top, units), (_, items), *places = (found[0] for found in heads if found)
    for row in range(top + 1, len(grid.rows)):
        about = f"{grid.text(row, units)} {grid.text(row, items)}".strip()
        for place in (at for _, at in places):
            if text := grid.text(row, place):
                yield Printed(about, grid.text(top, place), text, grid.reference(row, place))
