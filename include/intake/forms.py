"""The workbooks that go out: one a unit and form, and the inspectors' own.

Each input cell can be found again by a hidden key in its row and a hidden mark above its column, so a form still
reads after rows were moved and columns inserted. The bytes depend on the arguments alone.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

import xlsxwriter

from include.intake.styles import STYLES, lines_of
from include.intake.texts import COLUMN_MARK, INSPECTION, KEY_MARK, METADATA_MARK, VALUE_COLUMN, texts
from include.intake.values import LARGEST, MAX_TEXT_LENGTH
from include.period import chinese_date
from include.schemes.model import Checklist, Form, FormField, Repeat, Scheme

if TYPE_CHECKING:
    from include.registry.units import Unit

_WEEKDAYS = "一二三四五六日"
_A4 = 9
# Columns of a form's tables, from A: key (hidden), number, indicator, field, unit, cover, value, previous.
_WIDTHS = [4, 5.5, 16, 23, 6.5, 21, 16, 11]
_LAST = len(_WIDTHS) - 1
_VALUE = 6
# Half-width characters that surely fit into one line, less than the columns are wide: punctuation may not begin a line.
_NOTE_LINE, _PARAGRAPH_LINE = 90, 68


def write_form(
    scheme: Scheme,
    form_key: str,
    unit: Unit,
    previous: Mapping[str, str],
    values: Mapping[str, str] | None = None,
) -> bytes:
    """The .xlsx of one form for one unit. `previous` are last period's figures, shown beside the input cells.

    `values` are texts to be copied into the input cells as they stood (a CSV that goes back to its sender).
    """
    form = next(form for form in scheme.forms if form.key == form_key)
    return _Writer(scheme, form.key, unit.code, unit.name).form(form, previous, values or {})


def write_inspection_form(scheme: Scheme, units: Sequence[Unit], street: str) -> bytes:
    """The inspectors' .xlsx for one street: which figure of which unit was found to be different, why, by whom."""
    street_code = units[0].street_code if units else ""
    return _Writer(scheme, INSPECTION, street_code, street).inspection(units)


def inspection_labels(scheme: Scheme) -> dict[str, str]:
    """Key of each input cell by the label that inspectors choose; one that several forms share gets its form's name."""
    count = Counter(cell.label_in_errors for cell in scheme.cells)
    names = {form.key: form.name for form in scheme.forms}
    return {
        (label if count[label := cell.label_in_errors] == 1 else f"{label}（{names[cell.form]}）"): cell.key
        for cell in scheme.cells
    }


class _Writer:
    """One workbook under construction."""

    def __init__(self, scheme: Scheme, form_key: str, code: str, name: str) -> None:
        self.scheme, self.form_key, self.code, self.name = scheme, form_key, code, name
        self.texts = texts()
        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.buffer,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        common = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
        self.styles = {key: self.book.add_format({**common, **style}) for key, style in STYLES.items()}

    # ---- the forms of a scheme

    def form(self, form: Form, previous: Mapping[str, str], values: Mapping[str, str]) -> bytes:
        scheme = self.scheme
        cells = scheme.cells_of(form.key)
        plain = [cell for cell in cells if not cell.group]
        parts: list[Checklist | Repeat] = [*scheme.checklists, *scheme.repeats]
        groups = {part.key: part for part in parts}
        if plain:
            sheet = self._sheet(self.texts["sheets"]["main"])
            row = self._head(sheet, form.name, self._deadline())
            row = self._table(sheet, row, plain, previous, values)
            self._foot(sheet, row)
        for key, members in groupby((cell for cell in cells if cell.group), key=lambda cell: cell.group):
            part = groups[key]
            sheet = self._sheet(part.name)
            if isinstance(part, Repeat):
                note = self.texts["repeat_note"].format(rows=part.rows)
                row = self._head(sheet, part.name, note)
                self._repeat(sheet, row, part, list(members), values)
            else:
                note = self.texts["checklist_note"].format(options="、".join(part.options))
                row = self._head(sheet, part.name, note)
                self._checklist(sheet, row, list(members), previous, values)
        self._instructions(form)
        return self._finish()

    def _deadline(self) -> str:
        dates = self.scheme.dates
        sentence: str = self.texts["head"]["sentence"]
        return sentence.format(
            due=chinese_date(dates.due_date),
            weekday=f"星期{_WEEKDAYS[dates.due_date.weekday()]}",
            window_ends=chinese_date(dates.window_ends_date),
        )

    def _title(self, title: str) -> str:
        text: str = self.texts["head"]["title"]
        return text.format(title=title, period=self.scheme.period.name)

    def _sheet(self, name: str, widths: Sequence[float] = _WIDTHS, is_landscape: bool = False) -> Any:
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, None, {"hidden": column == 0})
        sheet.set_paper(_A4)
        if is_landscape:
            sheet.set_landscape()
        else:
            sheet.set_portrait()
        sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self.texts["head"]["page"])
        sheet.hide_gridlines(2)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        return sheet

    def _head(self, sheet: Any, title: str, note: str) -> int:
        """Title, period, unit, note; the next free row."""
        head, styles = self.texts["head"], self.styles
        sheet.set_row(0, 34)
        sheet.merge_range(0, 1, 0, _LAST, self._title(title), styles["title"])
        due = head["due_value"].format(due=chinese_date(self.scheme.dates.due_date))
        for row, (left, left_text, right, right_text) in enumerate(
            [
                (head["unit"], self.name, head["code"], self.code),
                (head["period"], self.scheme.period.name, head["due"], due),
            ],
            start=1,
        ):
            sheet.set_row(row, 21)
            sheet.merge_range(row, 1, row, 2, left, styles["head_label"])
            sheet.merge_range(row, 3, row, 4, left_text, styles["head_value"])
            sheet.write_string(row, 5, right, styles["head_label"])
            sheet.merge_range(row, 6, row, _LAST, right_text, styles["head_value"])
        sheet.set_row(3, 10 + 14 * lines_of(note, _NOTE_LINE))
        sheet.merge_range(3, 1, 3, _LAST, note, styles["note"])
        return 4

    def _columns(self, sheet: Any, row: int, marks: Mapping[int, str], titles: Mapping[int, str]) -> int:
        """The hidden row of marks and the visible header, repeated on every page; the next free row."""
        for column, mark in marks.items():
            sheet.write_string(row, column, mark)
        sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_row(row + 1, 22)
        for column, title in titles.items():
            sheet.write_string(row + 1, column, title, self.styles["column"])
        sheet.repeat_rows(row + 1)
        sheet.freeze_panes(row + 2, 0)
        return row + 2

    def _table(
        self, sheet: Any, row: int, cells: list[FormField], previous: Mapping[str, str], values: Mapping[str, str]
    ) -> int:
        names = self.texts["columns"]
        row = self._columns(sheet, row, {_VALUE: VALUE_COLUMN}, dict(enumerate(names.values(), start=1)))
        number, area_shown = 0, ""
        for (area, indicator), members in groupby(self._placed(cells), key=lambda placed: placed[:2]):
            if area and area != area_shown:
                sheet.set_row(row, 20)
                sheet.merge_range(row, 1, row, _LAST, area, self.styles["area"])
                area_shown, row = area, row + 1
            group = [cell for _, _, cell in members]
            for offset, cell in enumerate(group):
                number += 1
                self._row(sheet, row + offset, number, cell, previous.get(cell.key), values)
            self._span(sheet, row, row + len(group) - 1, 2, indicator)
            row += len(group)
        return row

    def _placed(self, cells: list[FormField]) -> Iterator[tuple[str, str, FormField]]:
        """(area, indicator, cell): the first indicator that reads the cell, else that of the cell before."""
        area = indicator = ""
        for cell in cells:
            found = next((i for i in self.scheme.indicators if cell.key in self.scheme.figures_of(i)), None)
            if found is not None:
                indicator = f"{found.code} {found.name}"
                part = next((a for a in self.scheme.areas if found.code.startswith(a.code)), None)
                is_band = part is not None and part.name != found.name
                area = f"{part.code} {part.name}（{part.full.normalize():f}分）" if part and is_band else ""
            yield area, indicator, cell

    def _row(
        self, sheet: Any, row: int, number: int, cell: FormField, previous: str | None, values: Mapping[str, str]
    ) -> None:
        cover = "；".join(filter(None, [cell.cover, cell.help, self.texts["optional"] if cell.is_optional else ""]))
        sheet.set_row(row, 22 if lines_of(cover, 24) == 1 else 13 * lines_of(cover, 24) + 4)
        sheet.write_string(row, 0, KEY_MARK + cell.key)
        sheet.write_number(row, 1, number, self.styles["center"])
        sheet.write_string(row, 3, cell.label, self.styles["left"])
        sheet.write_string(row, 4, cell.unit or self.texts["no_previous"], self.styles["center"])
        sheet.write_string(row, 5, cover, self.styles["small"])
        self._input(sheet, row, _VALUE, cell, values.get(cell.key, ""))
        self._previous(sheet, row, cell, previous)

    def _previous(self, sheet: Any, row: int, cell: FormField, previous: str | None) -> None:
        style = self.styles["previous_yuan" if cell.type == "yuan" else "previous"]
        if previous and cell.type in ("count", "yuan", "decimal"):
            sheet.write_number(row, _LAST, float(Decimal(previous)), style)
        else:
            sheet.write_string(row, _LAST, previous or self.texts["no_previous"], style)

    def _checklist(
        self, sheet: Any, row: int, cells: list[FormField], previous: Mapping[str, str], values: Mapping[str, str]
    ) -> None:
        names = self.texts["columns"]
        titles = {1: names["number"], 2: names["field"], 6: names["value"], 7: names["previous"]}
        row = self._columns(sheet, row, {_VALUE: VALUE_COLUMN}, titles)
        sheet.merge_range(row - 1, 2, row - 1, 5, names["field"], self.styles["column"])
        for offset, cell in enumerate(cells):
            place = row + offset
            sheet.set_row(place, 22)
            sheet.write_string(place, 0, KEY_MARK + cell.key)
            sheet.write_number(place, 1, cell.row, self.styles["center"])
            sheet.merge_range(place, 2, place, 5, cell.label, self.styles["left"])
            self._input(sheet, place, _VALUE, cell, values.get(cell.key, ""))
            self._previous(sheet, place, cell, previous.get(cell.key))

    def _repeat(self, sheet: Any, row: int, part: Repeat, cells: list[FormField], values: Mapping[str, str]) -> None:
        """One row an entry. The first field takes the room; the others stand in the columns at the right."""
        last = len(part.fields) - 1
        column = {field.key: 2 if i == 0 else _LAST - last + i for i, field in enumerate(part.fields)}
        marks = {place: COLUMN_MARK + key for key, place in column.items()}
        titles = {1: self.texts["columns"]["number"]} | {column[field.key]: field.label for field in part.fields}
        row = self._columns(sheet, row, marks, titles)
        until = _LAST - last
        sheet.merge_range(row - 1, 2, row - 1, until, part.fields[0].label, self.styles["column"])
        for entry, members in groupby(cells, key=lambda cell: cell.row):
            sheet.set_row(row, 30)
            sheet.write_string(row, 0, f"{KEY_MARK}{part.key}_{entry}")
            sheet.write_number(row, 1, entry, self.styles["center"])
            for field, cell in zip(part.fields, members, strict=True):
                if column[field.key] == 2 and until > 2:
                    sheet.merge_range(row, 2, row, until, "", self.styles["input_text"])
                self._input(sheet, row, column[field.key], cell, values.get(cell.key, ""))
            row += 1

    def _input(self, sheet: Any, row: int, column: int, cell: FormField, value: str) -> None:
        style = self.styles.get(f"input_{cell.type}", self.styles["input"])
        if value:
            sheet.write_string(row, column, value, style)
        else:
            sheet.write_blank(row, column, None, style)
        sheet.data_validation(row, column, row, column, self._validation(cell))

    def _validation(self, cell: FormField) -> dict[str, Any]:
        tooltip, label = self.texts["tooltips"][cell.type], cell.label_in_errors
        text = tooltip["text"].format(label=label) + (cell.help if len(cell.help) < 80 else "")
        options: dict[str, Any] = {
            "ignore_blank": True,
            "input_title": tooltip["title"],
            "input_message": text[:255],
            "error_title": self.texts["error_title"],
            "error_message": self.texts["errors"][cell.type],
        }
        if cell.choices:
            return options | {"validate": "list", "source": cell.choices}
        if cell.type == "text":
            return options | {"validate": "length", "criteria": "<=", "value": MAX_TEXT_LENGTH}
        if cell.type == "date":
            return options | {"validate": "date", "criteria": ">=", "value": dt.date(1990, 1, 1)}
        return options | self._range(cell, text)

    def _range(self, cell: FormField, text: str) -> dict[str, Any]:
        smallest = -LARGEST if cell.type == "decimal" else Decimal(0)
        low = cell.at_least if cell.at_least is not None else smallest
        high = cell.at_most if cell.at_most is not None else LARGEST
        options: dict[str, Any] = {
            "validate": "integer" if cell.type == "count" else "decimal",
            "criteria": "between",
            "minimum": int(low) if low == int(low) else float(low),
            "maximum": int(high) if high == int(high) else float(high),
        }
        if cell.at_least is not None or cell.at_most is not None:
            bounds = self.texts["range_text"].format(at_least=f"{low:f}", at_most=f"{high:f}")
            options |= {
                "input_message": (text + bounds)[:255],
                "error_message": self.texts["errors"][cell.type] + bounds,
            }
        return options

    def _span(self, sheet: Any, first: int, last: int, column: int, text: str) -> None:
        if first == last:
            sheet.write_string(first, column, text, self.styles["center"])
        else:
            sheet.merge_range(first, column, last, column, text, self.styles["center"])

    def _foot(self, sheet: Any, row: int) -> None:
        sheet.set_row(row, 30)
        sheet.merge_range(row, 1, row, _LAST, self.texts["head"]["foot"], self.styles["note"])
        sheet.print_area(0, 1, row, _LAST)

    def _instructions(self, form: Form) -> None:
        words, dates = self.texts["instructions"], self.scheme.dates
        sheet = self._sheet(self.texts["sheets"]["instructions"], [4, 78])
        spelled = {key.removesuffix("_date"): chinese_date(day) for key, day in dates.model_dump().items()}
        sections = [
            (words["filling_title"], [f"{i}. {line}" for i, line in enumerate(form.instructions, 1)]),
            (words["dates_title"], [line.format(**spelled) for line in words["dates"]]),
        ]
        sheet.set_row(0, 34)
        sheet.write_string(0, 1, words["title"], self.styles["title"])
        row = 1
        for heading, lines in sections:
            sheet.set_row(row, 26)
            sheet.write_string(row, 1, heading, self.styles["heading"])
            for offset, line in enumerate(lines, start=1):
                sheet.set_row(row + offset, 4 + 16 * lines_of(line, _PARAGRAPH_LINE))
                sheet.write_string(row + offset, 1, line, self.styles["paragraph"])
            row += len(lines) + 1
        sheet.print_area(0, 1, row - 1, 1)

    # ---- the inspectors' workbook

    def inspection(self, units: Sequence[Unit]) -> bytes:
        words = self.texts["inspection"]
        names = list(words["columns"].values())
        labels = list(inspection_labels(self.scheme))
        sheet = self._sheet(self.texts["sheets"]["inspection"], [4, 5.5, 17, 22, 26, 13, 34, 12], is_landscape=True)
        sheet.set_row(0, 34)
        sheet.merge_range(0, 1, 0, _LAST, self._title(self.texts["sheets"]["inspection"]), self.styles["title"])
        sheet.set_row(1, 22)
        sheet.merge_range(1, 1, 1, _LAST, f"{self.name}    {words['note']}", self.styles["note"])
        marks = {column: COLUMN_MARK + key for column, key in enumerate(words["columns"], start=2)}
        titles = {1: self.texts["columns"]["number"]} | dict(enumerate(names, start=2))
        start = self._columns(sheet, 2, marks, titles)
        for offset in range(words["rows"]):
            row = start + offset
            sheet.set_row(row, 21)
            sheet.write_string(row, 0, f"{KEY_MARK}entry_{offset + 1}")
            sheet.write_number(row, 1, offset + 1, self.styles["center"])
            for column in range(2, _LAST + 1):
                style = "input_text" if column != 5 else "input"
                sheet.write_blank(row, column, None, self.styles[style])
        hidden = self.texts["sheets"]["metadata"]
        for column, values, letter in [
            (2, [u.code for u in units], "D"), (3, [u.name for u in units], "E"), (4, labels, "F"),
        ]:  # fmt: skip
            if values:
                sheet.data_validation(
                    start, column, start + words["rows"] - 1, column,
                    {
                        "validate": "list", "source": f"={hidden}!${letter}$2:${letter}${len(values) + 1}",
                        "error_title": self.texts["error_title"], "error_message": self.texts["errors"]["choice"],
                    },
                )  # fmt: skip
        sheet.print_area(0, 1, start + words["rows"] - 1, _LAST)
        lists = [[u.code for u in units], [u.name for u in units], labels]
        return self._finish(dict(zip((3, 4, 5), lists, strict=True)))

    # ---- what both have

    def _finish(self, lists: Mapping[int, Sequence[str]] | None = None) -> bytes:
        scheme = self.scheme
        sheet = self.book.add_worksheet(self.texts["sheets"]["metadata"])
        sheet.very_hidden()
        for row, (key, value) in enumerate(
            [
                (METADATA_MARK, "1"), ("scheme", scheme.scheme), ("scheme_version", scheme.version),
                ("period", str(scheme.period)), ("form", self.form_key), ("unit_code", self.code),
                ("unit_name", self.name),
            ]
        ):  # fmt: skip
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, value)
        for column, values in (lists or {}).items():
            for row, value in enumerate(values, start=1):
                sheet.write_string(row, column, value)
        opens = scheme.dates.opens_date
        self.book.set_properties(
            {
                "title": f"{scheme.period.name}{scheme.name} {self.name}",
                "comments": self.texts["marker"],
                "created": dt.datetime.combine(opens, dt.time()),
            }
        )
        self.book.close()
        return self.buffer.getvalue()
