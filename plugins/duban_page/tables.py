"""A table as the page shows it: searched (by pinyin too), filtered, sorted, cut into pages, and given out as .xlsx or .csv."""

from __future__ import annotations

import datetime as dt
import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

import xlsxwriter
from fastapi import Request
from pypinyin import Style, lazy_pinyin

from include.period import in_zone
from include.reports.csv_text import as_csv
from include.safe_text import as_text_cell

ROWS_A_PAGE = 100
_SHORT = 17  # signs: a date with its hour, a name
Value = str | int | Decimal | dt.date | dt.datetime | None


class Tick(NamedTuple):
    """A box before a cell, by which its line is chosen on the page: what is sent, what it says to who cannot see it, whether it is on."""

    value: str
    label: str
    is_on: bool = False


class Cell(NamedTuple):
    """What stands in a cell. `tone`: bad, warn, good, quiet; `link`: an address inside the page; `sort`: by what instead; `mark`: a
    sign behind it on the page, which a note explains; `told`: what it stands for, said where a pointer rests on it.

    A list may have a hundred thousand, so they are made as cheaply as can be.
    """

    value: Value
    link: str = ""
    tone: str = ""
    sort: Any = None
    mark: str = ""
    told: str = ""
    tick: Tick | None = None

    @property
    def text(self) -> str:
        return shown(self.value)

    @property
    def is_short(self) -> bool:
        """Whether it stands in one line."""
        return len(self.text) <= _SHORT

    @property
    def order(self) -> tuple[int, Any]:
        value = self.sort if self.sort is not None else self.value
        if value is None or value == "":
            return (2, "")
        if isinstance(value, bool | int | Decimal | float):
            return (0, Decimal(str(value)))
        return (1, value.isoformat() if isinstance(value, dt.date) else str(value))


def shown(value: Value) -> str:
    """As people read it: 2026-07-18, 2026-07-18 16:40, 73.08."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{in_zone(value):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


@dataclass(frozen=True)
class Column:
    """`filtered`: one of its values may be chosen. `is_shown`: it has cells, too. `tells_apart`: where it says the same in every line,
    the page leaves it out (files never do). `only_in_files`: the page leaves it out, and finds lines by it all the same."""

    key: str
    title: str
    is_number: bool = False
    filtered: bool = False
    is_shown: bool = True
    tells_apart: bool = False
    only_in_files: bool = False


Line = Mapping[str, Cell | Value]


def cell_of(line: Line, key: str) -> Cell:
    """What stands in a line under a column; plain values become cells only where they are shown."""
    one = line.get(key)
    return one if isinstance(one, Cell) else Cell(one)


def _text(line: Line, key: str) -> str:
    one = line.get(key)
    return one.text if isinstance(one, Cell) else shown(one)


class Grouping(NamedTuple):
    """A way to put lines under headings: what tells the groups apart, and the heading, which the group's first line says."""

    title: str
    key: Callable[[Line], Any]
    heading: Callable[[Line], str]


class Band(NamedTuple):
    """The lines of a group that a page shows, and how many the group has in all. Without a grouping one band without a heading."""

    heading: str
    size: int
    lines: Sequence[Mapping[str, Cell]]


@dataclass(frozen=True)
class Table:
    """`bands` are the page that is looked at, `count` how many lines fit what was asked, `groups` the ways to group them."""

    name: str
    columns: Sequence[Column]
    bands: Sequence[Band]
    count: int
    total: int
    page: int
    pages: int
    asked: Mapping[str, str]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fits: Sequence[Line] = field(default_factory=list)
    alike: frozenset[str] = frozenset()  # filtered columns that say the same in every line
    groups: Mapping[str, Grouping] = field(default_factory=dict)

    @property
    def visible(self) -> list[Column]:
        """The columns that the page has cells of."""
        shown_here = [one for one in self.columns if one.is_shown and not one.only_in_files]
        return [one for one in shown_here if not (one.tells_apart and self.is_alike(one.key))]

    def is_alike(self, key: str) -> bool:
        """Whether a filtered column says the same in every line, so that there is nothing to choose."""
        return key in self.alike and not self.asked.get(f"f_{key}")

    def address(self, **more: str) -> str:
        """The query that shows the same table otherwise."""
        said = {**self.asked, **more}
        return urlencode({name: value for name, value in said.items() if value})

    def sorted_by(self, key: str) -> str:
        """The query that sorts by a column, the other way round where it is sorted by it."""
        return self.address(sort=f"-{key}" if self.asked.get("sort") == key else key, page="")


def made(
    request: Request,
    name: str,
    columns: Sequence[Column],
    lines: Sequence[Line],
    groups: Mapping[str, Grouping] | None = None,
) -> Table:
    """The table as the address asks for it: `q` is searched for in every cell, `f_<column>` filters, `sort` (−<column>: falling), `group`
    puts the page's lines under headings, in the order in which their first lines come."""
    asked = dict(request.query_params)
    filtered = [column for column in columns if column.filtered]
    values = {one.key: {_text(line, one.key) for line in lines} for one in filtered}
    choices = {key: sorted(said - {""}) for key, said in values.items()}
    alike = frozenset(key for key, said in values.items() if len(said) == 1)
    wanted = {one.key: said for one in filtered if (said := asked.get(f"f_{one.key}", ""))}
    words = asked.get("q", "").strip().lower()
    fits = [line for line in lines if _fits(line, wanted, words)] if wanted or words else list(lines)
    by = asked.get("sort", "")
    if (key := by.lstrip("-")) in {column.key for column in columns}:
        fits.sort(key=lambda line: cell_of(line, key).order, reverse=by.startswith("-"))
    columns = [one for one in columns if one.filtered or any(_text(line, one.key) for line in lines)] or columns
    pages = max(1, -(-len(fits) // ROWS_A_PAGE))
    number = asked.get("page", "1")
    page = min(max(1, int(number)), pages) if number.isdigit() and len(number) < 7 else 1
    groups = groups or {}
    bands = _bands(fits, groups.get(asked.get("group", "")), (page - 1) * ROWS_A_PAGE)
    return Table(name, columns, bands, len(fits), len(lines), page, pages, asked, choices, fits, alike, groups)


def _bands(lines: Sequence[Line], by: Grouping | None, start: int) -> list[Band]:
    """A page's lines from `start` on."""
    members: dict[Any, list[Line]] = {}
    if by is None:
        members[""] = list(lines)
    else:
        for line in lines:
            members.setdefault(by.key(line), []).append(line)
    bands, begins, end = [], 0, start + ROWS_A_PAGE
    for of_group in members.values():
        shown_lines = of_group[max(0, start - begins) : max(0, end - begins)]
        begins += len(of_group)
        if shown_lines:
            cut = [{key: cell_of(line, key) for key in line} for line in shown_lines]
            bands.append(Band(by.heading(of_group[0]) if by else "", len(of_group), cut))
    return bands


def _fits(line: Line, wanted: Mapping[str, str], words: str) -> bool:
    if any(_text(line, key) != said for key, said in wanted.items()):
        return False
    return not words or any(words in one for key in line for one in _found_by(_text(line, key)))


@functools.lru_cache(maxsize=100_000)
def _found_by(text: str) -> tuple[str, ...]:
    """What a text is found by: itself, and the pinyin of its characters, whole and by first letters."""
    if text.isascii():
        return (text.lower(),)
    whole = lazy_pinyin(text)
    return text.lower(), "".join(whole).lower(), "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()


def as_file(table: Table, ending: str) -> tuple[bytes, str]:
    """All that fits, as .xlsx or .csv, and its media type. No text can be taken for a formula."""
    columns = [one for one in table.columns if one.is_shown]
    if ending == "csv":
        rows = [[_text(line, one.key) for one in columns] for line in table.fits]
        return as_csv([one.title for one in columns], rows), "text/csv; charset=utf-8"
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(table.name[:31] or "表")
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column.title, head)
        for row, line in enumerate(table.fits, 1):
            for at, column in enumerate(columns):
                cell = cell_of(line, column.key)
                if column.is_number and isinstance(cell.value, int | Decimal):
                    sheet.write_number(row, at, float(cell.value))
                else:
                    sheet.write_string(row, at, as_text_cell(cell.text))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(table.fits), max(0, len(columns) - 1))
        sheet.autofit(max_width=400)
    return buffer.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
