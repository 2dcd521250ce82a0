"""The forms that go out, a workbook a unit and form: figures, checklists, repeats, instructions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from include.beforehand import beforehand
from include.period import chinese_date, chinese_weekday
from include.registry.units import Unit
from include.schemes.fields import Form, FormField, Repeat
from include.schemes.model import Group, Scheme
from include.schemes.tallies import NAME, Tally
from include.workbooks.codes import CODE, code_for, of_form
from include.workbooks.form_book import LAST, WIDTHS, FormBook, Shared
from include.workbooks.input_rules import validation_of
from include.workbooks.styles import lines_of
from include.workbooks.texts import COLUMN_MARK, KEY_MARK, VALUE_COLUMN, VERSION

_VALUE = 6
# Half-width characters that surely fit into one line, less than the columns are wide: punctuation may not begin a line.
_NOTE_LINE, _PARAGRAPH_LINE, _COVER_LINE = 90, 90, 24
_ROW, _LIST_ROW, _LINE = 17, 21, 14  # heights in points
_MEMORY_WIDTH, _TOLD_WIDTH, _VOTES_WIDTH = 24, 26, 12


@beforehand(meanwhile=b"")
def write_form(
    scheme: Scheme,
    form_key: str,
    unit: Unit,
    previous: Mapping[str, str],
    values: Mapping[str, str] | None = None,
    marks: Mapping[str, str] | None = None,
    memory: Mapping[str, str] | None = None,
    *,
    told: Mapping[str, str] | None = None,
    is_proving: bool = True,
    into: Shared | None = None,
) -> bytes:
    """The .xlsx of one form for one unit. `previous` are last period's figures, shown beside the input cells.

    `values` are texts to be copied into the input cells as they stood (a CSV that goes back to its sender). `marks` are
    further pairs of the hidden sheet; without them it says that the form starts from nothing. `memory` says by cell what
    was wrong with it the last time, in one line; `told` what ledgers say of it, with source and day. Not `is_proving`: it does not carry the code that proves the unit's
    hand-ins, for it goes to somebody else. `into`: a workbook of several forms to which its sheets are added.
    """
    form = next(form for form in scheme.forms if form.key == form_key)
    proof = {CODE: form_code(scheme, form_key, unit.code)} if is_proving else {}
    book = UnitBook(
        scheme, form.key, unit.code, unit.name, {**({VERSION: "0"} if marks is None else marks), **proof}, into
    )
    book.memory, book.told = memory or {}, told or {}
    return book.form(form, previous, values or {})


def form_code(scheme: Scheme, form_key: str, unit_code: str) -> str:
    """The code of a unit's form of the scheme's period."""
    return code_for(of_form(scheme.scheme, str(scheme.period), form_key, unit_code))


def _widths(options: int) -> list[float]:
    """Of the columns of a tally: as wide in all as every sheet, the options alike."""
    words = LAST - 1 - options
    return [*WIDTHS[:2], *[(sum(WIDTHS[2:]) - _VOTES_WIDTH * options) / words] * words, *[_VOTES_WIDTH] * options]


class UnitBook(FormBook):
    """One unit's form under construction. `last` is the last column of its sheets."""

    memory: Mapping[str, str] = {}  # by cell, what was wrong the last time
    told: Mapping[str, str] = {}  # by cell, what ledgers say: in a column of its own, where there is anything
    last: int = LAST
    has_memory: bool = False
    told_at: int = 0  # that column; 0: none

    def form(self, form: Form, previous: Mapping[str, str], values: Mapping[str, str]) -> bytes:
        scheme = self.scheme
        cells = scheme.cells_of(form.key)
        self.has_memory = any(cell.key in self.memory for cell in cells)
        self.told_at = LAST + 1 if any(cell.key in self.told for cell in cells) else 0
        self.last = LAST + bool(self.told_at) + self.has_memory
        plain = [cell for cell in cells if not cell.group]
        groups = scheme.groups
        if plain:
            sheet = self._sheet(self.texts["sheets"]["main"])
            row = self._head(sheet, form.name, self._deadline() + self._sheets(cells, groups))
            row = self._table(sheet, row, plain, groups, previous, values)
            self._foot(sheet, row)
        for key, members in groupby((cell for cell in cells if cell.group), key=lambda cell: cell.group):
            part, members_of = groups[key], list(members)
            sheet = self._sheet(part.name, _widths(len(part.options)) if isinstance(part, Tally) else WIDTHS)
            if isinstance(part, Tally):
                note = self.texts["tally_note"] + (
                    self.texts["tally_rows_note"].format(rows=part.rows) if part.rows else ""
                )
                row = self._head(sheet, part.name, note)
                self._tally(sheet, row, part, members_of, values)
            elif isinstance(part, Repeat):
                note = self.texts["repeat_note"].format(rows=part.rows)
                row = self._head(sheet, part.name, note)
                self._repeat(sheet, row, part, members_of, values)
            else:
                note = self.texts["checklist_note"].format(options="、".join(part.options))
                row = self._head(sheet, part.name, note)
                self._checklist(sheet, row, members_of, previous, values)
        return self.finish(form)

    def _sheet(self, name: str, widths: Sequence[float] = WIDTHS) -> Any:
        """A sheet; with columns more, as all of the book have them, for what ledgers say, and what was wrong the last time."""
        more = [*([_TOLD_WIDTH] if self.told_at else []), *([_MEMORY_WIDTH] if self.has_memory else [])]
        return self.sheet(name, [*widths, *more])

    def _remember(self, sheet: Any, row: int, cells: Sequence[tuple[FormField, int]], label: bool = False) -> None:
        """What was wrong the last time: a note at each cell (by its column), and a line at the end of the row."""
        if self.told_at:
            said = "；".join(dict.fromkeys(self.told[cell.key] for cell, _ in cells if cell.key in self.told))
            sheet.write_string(row, self.told_at, said, self.styles["small"])
        if not self.has_memory:
            return
        words, lines = self.texts["memory"], []
        for cell, column in cells:
            line = self.memory.get(cell.key, "")
            if line:
                options = {"author": words["author"], "width": 260, "height": 70}
                sheet.write_comment(row, column, words["note"].format(line=line), options)
                lines.append(words["of_row"].format(label=cell.label, line=line) if label else line)
        sheet.write_string(row, self.last, "；".join(lines), self.styles["small"])

    def _memory_height(self, *cells: FormField) -> int:
        """Height of a row that holds what was wrong with its cells, and what ledgers say of them."""
        texts = "；".join(cell.label + self.memory[cell.key] for cell in cells if cell.key in self.memory)
        told = "；".join(self.told[cell.key] for cell in cells if self.told_at and cell.key in self.told)
        lines = max(lines_of(texts, _MEMORY_WIDTH - 3) if texts else 0, lines_of(told, _TOLD_WIDTH - 3) if told else 0)
        return _LINE * lines + 4 if lines else 0

    def _sheets(self, cells: list[FormField], groups: Mapping[str, Group]) -> str:
        """That there is more than this sheet to be filled in; empty where there is not."""
        names = [self.texts["sheets"]["main"], *dict.fromkeys(groups[cell.group].name for cell in cells if cell.group)]
        said: str = self.texts["head"]["sheets"]
        return said.format(count=len(names), sheets="、".join(names)) if len(names) > 1 else ""

    def _deadline(self) -> str:
        dates = self.dates
        sentence: str = self.texts["head"]["sentence"]
        return sentence.format(
            due=chinese_date(dates.due_date),
            weekday=chinese_weekday(dates.due_date),
            window_ends=chinese_date(dates.window_ends_date),
        )

    def _head(self, sheet: Any, title: str, note: str) -> int:
        """Title, period, unit, note; the next free row."""
        head, styles = self.texts["head"], self.styles
        sheet.set_row(0, 30)
        sheet.merge_range(0, 1, 0, self.last, self.title(title), styles["title"])
        due = head["due_value"].format(due=chinese_date(self.dates.due_date))
        for row, (left, left_text, right, right_text) in enumerate(
            [
                (head["unit"], self.name, head["code"], self.code),
                (head["period"], self.scheme.period.name, head["due"], due),
            ],
            start=1,
        ):
            sheet.set_row(row, 18)
            sheet.merge_range(row, 1, row, 2, left, styles["head_label"])
            sheet.merge_range(row, 3, row, 4, left_text, styles["head_value"])
            sheet.write_string(row, 5, right, styles["head_label"])
            sheet.merge_range(row, 6, row, self.last, right_text, styles["head_value"])
        sheet.set_row(3, 6 + 14 * lines_of(note, _NOTE_LINE))
        sheet.merge_range(3, 1, 3, self.last, note, styles["note"])
        return 4

    def _table(
        self,
        sheet: Any,
        row: int,
        cells: list[FormField],
        groups: Mapping[str, Group],
        previous: Mapping[str, str],
        values: Mapping[str, str],
    ) -> int:
        titles = dict(enumerate(self.texts["columns"].values(), start=1))
        row = self.columns(sheet, row, {_VALUE: VALUE_COLUMN}, titles | self._title_of_memory())
        number, area_shown = 0, ""
        for (area, indicator), members in groupby(self._placed(cells, groups), key=lambda placed: placed[:2]):
            if area and area != area_shown:
                sheet.set_row(row, _ROW)
                sheet.merge_range(row, 1, row, self.last, area, self.styles["area"])
                area_shown, row = area, row + 1
            group = [cell for _, _, cell in members]
            for offset, cell in enumerate(group):
                number += 1
                self._row(sheet, row + offset, number, cell, previous.get(cell.key), values)
            self._span(sheet, row, row + len(group) - 1, 2, indicator)
            row += len(group)
        return row

    def _title_of_memory(self) -> dict[int, str]:
        memory = {self.last: self.texts["memory"]["column"]} if self.has_memory else {}
        return ({self.told_at: self.texts["told"]["column"]} if self.told_at else {}) | memory

    def _placed(self, cells: list[FormField], groups: Mapping[str, Group]) -> Iterator[tuple[str, str, FormField]]:
        """(area, indicator, cell): the first indicator that reads the cell, else that of the cell before."""
        area = indicator = ""
        named: dict[str, str] = {}
        for cell in cells:
            found = next((i for i in self.scheme.indicators if cell.key in self.scheme.figures_of[i.code]), None)
            if found is not None:
                indicator = f"{found.code} {found.name}"
                part = next((a for a in self.scheme.areas if found.code.startswith(a.code)), None)
                is_band = part is not None and part.name != found.name
                if part and is_band and part.code not in named:
                    elsewhere = self._elsewhere(part.code, groups)
                    named[part.code] = f"{part.code} {part.name}（{part.full.normalize():f}分{elsewhere}）"
                area = named[part.code] if part and is_band else ""
            yield area, indicator, cell

    def _elsewhere(self, area: str, groups: Mapping[str, Group]) -> str:
        """Which indicators of an area are filled in on sheets of their own; empty where none is."""
        found: dict[str, list[str]] = {}
        for indicator in self.scheme.indicators:
            keys = self.scheme.figures_of[indicator.code] if indicator.code.startswith(area) else []
            for group in dict.fromkeys(self.scheme.cell[key].group for key in keys):
                if group in groups and self.scheme.group(group)[0].form == self.form_key:
                    found.setdefault(groups[group].name, []).append(f"{indicator.code} {indicator.name}")
        return "".join(
            self.texts["head"]["elsewhere"].format(indicators="、".join(names), sheet=sheet)
            for sheet, names in found.items()
        )

    def _row(
        self, sheet: Any, row: int, number: int, cell: FormField, previous: str | None, values: Mapping[str, str]
    ) -> None:
        cover = "；".join(filter(None, [cell.cover, cell.help, self.texts["optional"] if cell.is_optional else ""]))
        height = _ROW if lines_of(cover, _COVER_LINE) == 1 else _LINE * lines_of(cover, _COVER_LINE) + 4
        sheet.set_row(row, max(height, self._memory_height(cell)))
        sheet.write_string(row, 0, KEY_MARK + cell.key)
        sheet.write_number(row, 1, number, self.styles["center"])
        sheet.write_string(row, 3, cell.label, self.styles["left"])
        sheet.write_string(row, 4, cell.unit or self.texts["no_previous"], self.styles["center"])
        sheet.write_string(row, 5, cover, self.styles["small"])
        self._input(sheet, row, _VALUE, cell, values.get(cell.key, ""))
        self._previous(sheet, row, cell, previous)
        self._remember(sheet, row, [(cell, _VALUE)])

    def _previous(self, sheet: Any, row: int, cell: FormField, previous: str | None) -> None:
        style = self.styles["previous_yuan" if cell.type == "yuan" else "previous"]
        if previous and cell.type in ("count", "yuan", "decimal"):
            sheet.write_number(row, LAST, float(Decimal(previous)), style)
        else:
            sheet.write_string(row, LAST, previous or self.texts["no_previous"], style)

    def _checklist(
        self, sheet: Any, row: int, cells: list[FormField], previous: Mapping[str, str], values: Mapping[str, str]
    ) -> None:
        names = self.texts["columns"]
        titles = {1: names["number"], 2: names["field"], 6: names["value"], 7: names["previous"]}
        row = self.columns(sheet, row, {_VALUE: VALUE_COLUMN}, titles | self._title_of_memory())
        sheet.merge_range(row - 1, 2, row - 1, 5, names["field"], self.styles["column"])
        for offset, cell in enumerate(cells):
            place = row + offset
            sheet.set_row(place, max(_LIST_ROW, self._memory_height(cell)))
            sheet.write_string(place, 0, KEY_MARK + cell.key)
            sheet.write_number(place, 1, cell.row, self.styles["center"])
            sheet.merge_range(place, 2, place, 5, cell.label, self.styles["left"])
            self._input(sheet, place, _VALUE, cell, values.get(cell.key, ""))
            self._previous(sheet, place, cell, previous.get(cell.key))
            self._remember(sheet, place, [(cell, _VALUE)])

    def _repeat(self, sheet: Any, row: int, part: Repeat, cells: list[FormField], values: Mapping[str, str]) -> None:
        """One row an entry. The first field takes the room; the others stand in the columns at the right."""
        last = len(part.fields) - 1
        column = {field.key: 2 if i == 0 else LAST - last + i for i, field in enumerate(part.fields)}
        marks = {place: COLUMN_MARK + key for key, place in column.items()}
        titles = {1: self.texts["columns"]["number"]} | {column[field.key]: field.label for field in part.fields}
        row = self.columns(sheet, row, marks, titles | self._title_of_memory())
        until = LAST - last
        sheet.merge_range(row - 1, 2, row - 1, until, part.fields[0].label, self.styles["column"])
        for entry, of_entry in groupby(cells, key=lambda cell: cell.row):
            members = list(of_entry)
            sheet.set_row(row, max(30, self._memory_height(*members)))
            sheet.write_string(row, 0, f"{KEY_MARK}{part.key}_{entry}")
            sheet.write_number(row, 1, entry, self.styles["center"])
            for field, cell in zip(part.fields, members, strict=True):
                if column[field.key] == 2 and until > 2:
                    sheet.merge_range(row, 2, row, until, "", self.styles["input_text"])
                self._input(sheet, row, column[field.key], cell, values.get(cell.key, ""))
            places = [(cell, column[field.key]) for field, cell in zip(part.fields, members, strict=True)]
            self._remember(sheet, row, places, label=True)
            row += 1

    def _tally(self, sheet: Any, row: int, part: Tally, cells: list[FormField], values: Mapping[str, str]) -> None:
        """One row an item, or one that is to be named; the options' votes stand in the columns at the right."""
        until = LAST - len(part.options)
        column = {option: until + place for place, option in enumerate(part.options, 1)} | (
            {NAME: 2} if part.rows else {}
        )
        marks = {place: COLUMN_MARK + field for field, place in column.items()}
        name = part.row_label or self.texts["tally_item"]
        titles = {1: self.texts["columns"]["number"], 2: name} | {column[option]: option for option in part.options}
        row = self.columns(sheet, row, marks, titles | self._title_of_memory())
        self._across(sheet, row - 1, until, name, "column")
        for number, of_row in groupby(cells, key=lambda cell: cell.row):
            members = list(of_row)
            sheet.set_row(row, max(_LIST_ROW, self._memory_height(*members)))
            sheet.write_string(row, 0, f"{KEY_MARK}{part.key}_{number}")
            sheet.write_number(row, 1, number, self.styles["center"])
            self._across(
                sheet, row, until, "" if part.rows else part.names[number - 1], "input_text" if part.rows else "left"
            )
            places = [(cell, column[cell.key.removeprefix(f"{part.key}_{number}_")]) for cell in members]
            for cell, place in places:
                self._input(sheet, row, place, cell, values.get(cell.key, ""))
            self._remember(sheet, row, places, label=True)
            row += 1

    def _across(self, sheet: Any, row: int, until: int, text: str, style: str) -> None:
        """A text from the column after the number to that column."""
        if until > 2:
            sheet.merge_range(row, 2, row, until, text, self.styles[style])
        else:
            sheet.write_string(row, 2, text, self.styles[style])

    def _input(self, sheet: Any, row: int, column: int, cell: FormField, value: str) -> None:
        style = self.styles.get(f"input_{cell.type}", self.styles["input"])
        if value:
            sheet.write_string(row, column, value, style)
        else:
            sheet.write_blank(row, column, None, style)
        sheet.data_validation(row, column, row, column, validation_of(cell))

    def _span(self, sheet: Any, first: int, last: int, column: int, text: str) -> None:
        if first == last:
            sheet.write_string(first, column, text, self.styles["center"])
        else:
            sheet.merge_range(first, column, last, column, text, self.styles["center"])

    def _foot(self, sheet: Any, row: int) -> None:
        """Who filled it in, their telephone, signature, seal and date: on paper, in cells that have no key."""
        head, styles = self.texts["head"], self.styles
        for left, right in head["foot"]:
            sheet.set_row(row, 24)
            sheet.merge_range(row, 1, row, 2, left, styles["head_label"])
            sheet.write_blank(row, 3, None, styles["head_value"])
            sheet.merge_range(row, 4, row, 5, right, styles["head_label"])
            sheet.merge_range(row, 6, row, self.last, "", styles["head_value"])
            row += 1
        sheet.set_row(row, 20)
        sheet.merge_range(row, 1, row, self.last, head["seal"], styles["seal"])
        sheet.print_area(0, 1, row, self.last)

    def instructions(self, form: Form) -> None:
        words, dates = self.texts["instructions"], self.dates
        sheet = self._sheet(self.texts["sheets"]["instructions"])
        spelled = {key.removesuffix("_date"): chinese_date(day) for key, day in dates.model_dump().items()}
        sections = [
            (words["filling_title"], [f"{i}. {line}" for i, line in enumerate(form.instructions, 1)]),
            (words["dates_title"], [line.format(**spelled) for line in words["dates"]]),
        ]
        sheet.set_row(0, 34)
        sheet.merge_range(0, 1, 0, self.last, words["title"], self.styles["title"])
        row = 1
        for heading, lines in sections:
            sheet.set_row(row, 26)
            sheet.merge_range(row, 1, row, self.last, heading, self.styles["heading"])
            for offset, line in enumerate(lines, start=1):
                sheet.set_row(row + offset, 4 + 16 * lines_of(line, _PARAGRAPH_LINE))
                sheet.merge_range(row + offset, 1, row + offset, self.last, line, self.styles["paragraph"])
            row += len(lines) + 1
        sheet.print_area(0, 1, row - 1, self.last)
